"""The audit guide (AWS IoT Device Defender: "Audit") and the examples of `aws iot ... help`: each
command with the real aws CLI, unchanged but for ids and the endpoint, and each printed document used
as printed; each printed output compared for its members and their forms.

    section of the guide               commands and documents                       test
    Permissions: audit role            permissions and trust policy, create-role,   test_the_role_of_audits_...
                                       attach-role-policy
    Permissions: notifications         sns:Publish policy, trust policy             test_an_audit_tells_its_topic_...
    Permissions: pass the role         iam:PassRole policy                          test_callers.py
    Manage audit settings              update-, describe-, delete-account-audit-    test_the_configuration_...
                                       configuration, the cli-input-json document
    Enable audit checks                auditCheckConfigurations                     test_each_check_...
    Schedule audits                    create-, update-, list-, describe-,          test_scheduled_audits
                                       delete-scheduled-audit
    Run an on-demand audit             start-on-demand-audit-task                   test_an_audit_of_an_account_...
    Manage audit instances             describe-audit-task, list-audit-tasks,       test_an_audit_of_an_account_...,
                                       cancel-audit-task                            test_times_before_...
    Check audit results                list-audit-findings, describe-audit-finding, test_findings_are_listed_...
                                       list-related-resources-for-audit-finding     test_related_resources_...
    Audit notifications                the schema and the message                   test_an_audit_tells_its_topic_...
    Audit finding suppressions         create-, describe-, update-, list-,          test_suppressions
                                       delete-audit-suppression
    Permissions of callers             the statements on audit commands             test_callers.py, each document of
                                                                                    tests/vectors/permissions

Corrections of misprints stand at the commands as "Misprint:". Left out: the walk-throughs of the
console.

Tested elsewhere: the walk through suppressions and what they do (test_audit_schedules.py), when
schedules run (there), the checks themselves (test_audit*.py, test_connections.py, test_role_checks.py).
"""

import json
import subprocess
import time

import pytest

from bulwark import BUILD, Daemon
from guide import Guide, like
from receiver import Receiver

REGION = "us-west-2"  # that of the guide's ARNs
ROLE = "arn:aws:iam::123456789012:role/service-role/AWSIoTDeviceDefenderAudit"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"},
    "Action": "sts:AssumeRole"}]})
MANAGED = "arn:aws:iam::aws:policy/service-role/AWSIoTDeviceDefenderAudit"
# Those of the output that describe-account-audit-configuration shows.
SHOWN_CHECKS = [
    "AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK", "CA_CERTIFICATE_EXPIRING_CHECK",
    "CONFLICTING_CLIENT_IDS_CHECK", "DEVICE_CERTIFICATE_EXPIRING_CHECK",
    "DEVICE_CERTIFICATE_SHARED_CHECK", "IOT_POLICY_OVERLY_PERMISSIVE_CHECK",
    "LOGGING_DISABLED_CHECK", "REVOKED_CA_CERTIFICATE_STILL_ACTIVE_CHECK",
    "REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE_CHECK",
    "UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK"]
CERTS = ["CA_CERTIFICATE_EXPIRING_CHECK", "DEVICE_CERTIFICATE_EXPIRING_CHECK",
         "REVOKED_CA_CERTIFICATE_STILL_ACTIVE_CHECK"]
SHARED = "DEVICE_CERTIFICATE_SHARED_CHECK"
POLICY = "IOT_POLICY_OVERLY_PERMISSIVE_CHECK"
TASK = "a3aea009955e501a31b764abe1bebd3d"


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("audit"), "--region", REGION, "--session-lag-seconds", "0",
                "--fetch-allow", "127.0.0.0/8") as daemon:
        iam = daemon.client("iam")
        iam.create_role(RoleName="AWSIoTDeviceDefenderAudit", Path="/service-role/",
                        AssumeRolePolicyDocument=TRUST)
        iam.attach_role_policy(RoleName="AWSIoTDeviceDefenderAudit", PolicyArn=MANAGED)
        daemon.client("sns").create_topic(Name="ddaudits")
        yield daemon


@pytest.fixture(scope="module")
def guide(account, tmp_path_factory):
    return Guide(account, tmp_path_factory.mktemp("shell"), REGION)


@pytest.fixture(scope="module")
def enabled(account):
    """The checks that these commands use, enabled."""
    account.iot.update_account_audit_configuration(
        roleArn=ROLE, auditCheckConfigurations={
            check: {"enabled": True} for check in (*CERTS, SHARED, POLICY)})


# ---- permissions


# The permissions policy that the guide prints for the role of audits. Those on role aliases came
# later, with the managed policy.
PRINTED_PERMISSIONS = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow",
    "Action": ["iot:GetLoggingOptions", "iot:GetV2LoggingOptions", "iot:ListCACertificates",
               "iot:ListCertificates", "iot:DescribeCACertificate", "iot:DescribeCertificate",
               "iot:ListPolicies", "iot:GetPolicy", "iot:GetEffectivePolicies",
               "cognito-identity:GetIdentityPoolRoles", "iam:ListRolePolicies",
               "iam:ListAttachedRolePolicies", "iam:GetPolicy", "iam:GetPolicyVersion",
               "iam:GetRolePolicy"],
    "Resource": ["*"]}]}
ALIASES = ["IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES_CHECK",
           "IOT_ROLE_ALIAS_OVERLY_PERMISSIVE_CHECK"]


def test_the_role_of_audits_with_the_printed_policies(tmp_path, tmp_path_factory):
    """With the printed policies every check runs but those on role aliases, which say what they lack;
    with the managed policy of today these run too."""
    with Daemon(tmp_path, "--region", REGION, "--session-lag-seconds", "0") as daemon:
        shell = Guide(daemon, tmp_path_factory.mktemp("role"), REGION)
        (shell.folder / "trust.json").write_text(TRUST)
        (shell.folder / "permissions.json").write_text(json.dumps(PRINTED_PERMISSIONS))
        made = shell("""aws iam create-role --role-name AWSIoTDeviceDefenderAudit --path /service-role/ \\
            --assume-role-policy-document file://trust.json""")
        assert made["Role"]["Arn"] == ROLE
        shell("""aws iam put-role-policy --role-name AWSIoTDeviceDefenderAudit \\
            --policy-name audit --policy-document file://permissions.json""")
        checks = sorted(daemon.iot.describe_account_audit_configuration()["auditCheckConfigurations"])
        daemon.iot.update_account_audit_configuration(
            roleArn=ROLE, auditCheckConfigurations={check: {"enabled": True} for check in checks})
        details = daemon.audit(*checks)["auditDetails"]
        failed = {check: run for check, run in details.items() if run["checkRunStatus"] == "FAILED"}
        assert sorted(failed) == ALIASES and len(details) == 17
        for run in failed.values():
            assert run["errorCode"] == "INSUFFICIENT_PERMISSIONS"
            assert "iot:ListRoleAliases" in run["message"]
        shell(f"""aws iam attach-role-policy --role-name AWSIoTDeviceDefenderAudit \\
            --policy-arn {MANAGED}""")
        details = daemon.audit(*checks)["auditDetails"]
        assert not [run for run in details.values() if run["checkRunStatus"] == "FAILED"]


# ---- manage audit settings: in this order


def test_the_configuration_is_updated_described_and_deleted(guide):
    """The document that the guide calls the cli-input-json format. Misprint: it shows "enabled" as
    a string, "boolean"; the CLI takes true. On a first update the role and a check are required,
    which the shorter examples below it take for granted."""
    (guide.folder / "settings.json").write_text(json.dumps({
        "roleArn": ROLE,
        "auditNotificationTargetConfigurations": {"SNS": {
            "targetArn": "arn:aws:sns:us-west-2:123456789012:ddaudits", "roleArn": ROLE,
            "enabled": False}},
        "auditCheckConfigurations": {"LOGGING_DISABLED_CHECK": {"enabled": True}}}))
    assert guide("aws iot update-account-audit-configuration "
                 "--cli-input-json file://settings.json") is None
    assert guide(r'''aws iot update-account-audit-configuration \
        --audit-notification-target-configurations "SNS={targetArn=\"arn:aws:sns:us-west-2:123456789012:ddaudits\",roleArn=\"arn:aws:iam::123456789012:role/service-role/AWSIoTDeviceDefenderAudit\",enabled=true}"
        ''') is None
    got = guide("aws iot describe-account-audit-configuration")
    like({"roleArn": ROLE,
          "auditNotificationTargetConfigurations": {"SNS": {
              "targetArn": "arn:aws:sns:us-west-2:123456789012:ddaudits", "roleArn": ROLE,
              "enabled": True}},
          "auditCheckConfigurations": {}}, got, more=got["auditCheckConfigurations"])
    assert got["auditNotificationTargetConfigurations"]["SNS"]["enabled"] is True
    on = [name for name, c in got["auditCheckConfigurations"].items() if c["enabled"]]
    assert on == ["LOGGING_DISABLED_CHECK"]
    assert guide("aws iot delete-account-audit-configuration --delete-scheduled-audits") is None
    got = guide("aws iot describe-account-audit-configuration")
    assert "roleArn" not in got
    assert not any(c["enabled"] for c in got["auditCheckConfigurations"].values())


@pytest.mark.parametrize("check", SHOWN_CHECKS)
def test_each_check_that_the_guide_shows(account, enabled, check):
    """With the document of the example, which enables AUTHENTICATED_COGNITO_..._CHECK."""
    path, body = "/audit/configuration", {"auditCheckConfigurations": {check: {"enabled": True}}}
    reply = account.raw("PATCH", path, body)
    shown = account.raw("GET", path).json["auditCheckConfigurations"][check]
    assert (reply.status, shown) == (200, {"enabled": True}), reply.body


# ---- schedule audits


def test_scheduled_audits(guide, enabled):
    made = guide('''aws iot create-scheduled-audit \\
        --scheduled-audit-name WednesdayCertCheck \\
        --frequency WEEKLY \\
        --day-of-week WED \\
        --target-check-names CA_CERTIFICATE_EXPIRING_CHECK DEVICE_CERTIFICATE_EXPIRING_CHECK''')
    wednesday = "arn:aws:iot:us-west-2:123456789012:scheduledaudit/WednesdayCertCheck"
    assert made == {"scheduledAuditArn": wednesday}
    changed = guide('''aws iot update-scheduled-audit \\
        --scheduled-audit-name WednesdayCertCheck \\
        --target-check-names CA_CERTIFICATE_EXPIRING_CHECK DEVICE_CERTIFICATE_EXPIRING_CHECK REVOKED_CA_CERTIFICATE_STILL_ACTIVE_CHECK''')
    assert changed == made
    (guide.folder / "daily.json").write_text(json.dumps({
        "frequency": "DAILY", "targetCheckNames": [SHARED, POLICY],
        "tags": [{"Key": "stage", "Value": "test"}],
        "scheduledAuditName": "AWSIoTDeviceDefenderDailyAudit"}))
    guide("aws iot create-scheduled-audit --cli-input-json file://daily.json")
    daily = "arn:aws:iot:us-west-2:123456789012:scheduledaudit/AWSIoTDeviceDefenderDailyAudit"
    assert guide("aws iot list-scheduled-audits") == {"scheduledAudits": [
        {"scheduledAuditName": "AWSIoTDeviceDefenderDailyAudit", "scheduledAuditArn": daily,
         "frequency": "DAILY"},
        {"scheduledAuditName": "WednesdayCertCheck", "scheduledAuditArn": wednesday,
         "frequency": "WEEKLY", "dayOfWeek": "WED"}]}
    assert guide('''aws iot describe-scheduled-audit \\
        --scheduled-audit-name AWSIoTDeviceDefenderDailyAudit''') == {
        "frequency": "DAILY", "targetCheckNames": [SHARED, POLICY],
        "scheduledAuditName": "AWSIoTDeviceDefenderDailyAudit", "scheduledAuditArn": daily}
    assert guide('''aws iot delete-scheduled-audit \\
        --scheduled-audit-name AWSIoTDeviceDefenderDailyAudit''') is None
    refused = guide.refused('''aws iot update-account-audit-configuration \\
        --audit-check-configurations "{\\"CA_CERTIFICATE_EXPIRING_CHECK\\":{\\"enabled\\":false}}"''')
    assert "InvalidRequestException" in refused and "WednesdayCertCheck" in refused
    guide("aws iot delete-scheduled-audit --scheduled-audit-name WednesdayCertCheck")


# ---- run an on-demand audit, manage audit instances


def test_an_audit_of_an_account_without_certificates(account, guide, enabled):
    started = guide('''aws iot start-on-demand-audit-task \\
        --target-check-names CA_CERTIFICATE_EXPIRING_CHECK DEVICE_CERTIFICATE_EXPIRING_CHECK REVOKED_CA_CERTIFICATE_STILL_ACTIVE_CHECK''')
    like({"taskId": TASK}, started)
    account.audit_wait(started["taskId"])
    got = guide(f"aws iot describe-audit-task --task-id {TASK}", {TASK: started["taskId"]})
    compliant = {"checkRunStatus": "COMPLETED_COMPLIANT", "checkCompliant": True,
                 "totalResourcesCount": 0, "nonCompliantResourcesCount": 0}
    shown = {"taskStatus": "COMPLETED", "taskType": "ON_DEMAND_AUDIT_TASK",
             "taskStartTime": 1560356923.434,
             "taskStatistics": {"totalChecks": 3, "inProgressChecks": 0,
                                "waitingForDataCollectionChecks": 0, "compliantChecks": 3,
                                "nonCompliantChecks": 0, "failedChecks": 0, "canceledChecks": 0},
             "auditDetails": {check: compliant for check in CERTS}}
    # The examples are older than suppressions, which every check counts now.
    like(shown, got, more=["suppressedNonCompliantResourcesCount"])
    assert got["taskStatistics"] == shown["taskStatistics"]
    for detail in got["auditDetails"].values():
        assert {key: detail[key] for key in compliant} == compliant
    assert guide(f"aws iot list-audit-findings --task-id {TASK}", {TASK: started["taskId"]}) == {
        "findings": []}
    tasks = guide('''aws iot list-audit-tasks \\
        --start-time 1559747125 \\
        --end-time 1560357228''', {"1559747125": int(time.time()) - 3600,
                                   "1560357228": int(time.time()) + 60})
    assert {"taskId": started["taskId"], "taskStatus": "COMPLETED",
            "taskType": "ON_DEMAND_AUDIT_TASK"} in tasks["tasks"]
    like({"tasks": [{"taskId": TASK, "taskStatus": "COMPLETED",
                     "taskType": "ON_DEMAND_AUDIT_TASK"}]}, tasks)
    refused = guide.refused(f"aws iot cancel-audit-task --task-id {TASK}",
                            {TASK: started["taskId"]})
    assert "InvalidRequestException" in refused  # "You cannot cancel a task that is complete."


def test_times_before_the_retention_are_refused(guide):
    """The example asks for June 2019. AWS keeps audits for 90 days, and refuses an earlier start."""
    refused = guide.refused('''aws iot list-audit-tasks \\
        --start-time 1559747125 \\
        --end-time 1560357228''')
    assert "InvalidRequestException" in refused


# ---- check audit results


def share(account, certificate):
    """Two clients with one certificate, at the same time."""
    now = int(time.time() * 1000)
    lines = [{"clientId": client, "timestamp": now - minutes * 60000, "eventType": "connected",
              "sessionIdentifier": client, "principalIdentifier": certificate,
              "ipAddress": "192.0.2.1", "versionNumber": 0}
             for client, minutes in (("ZipxgAIl", 60), ("xShGENLW", 30))]
    lines.append({**lines[0], "timestamp": now - 10 * 60000, "eventType": "disconnected",
                  "disconnectReason": "CLIENT_INITIATED_DISCONNECT"})
    subprocess.run([BUILD / "bulwark", "import", "--data", account.data, "--connections", "-"],
                   input="".join(json.dumps(line) + "\n" for line in lines), text=True, check=True,
                   capture_output=True, timeout=60)


def test_findings_are_listed_and_described(account, guide, enabled):
    certificate = account.iot.create_keys_and_certificate(setAsActive=True)["certificateId"]
    share(account, certificate)
    account.iot.create_policy(policyName="smp-ggrass-group_Core-policy", policyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": ["iot:Connect", "iot:Publish"], "Resource": "*"}]}))
    task = account.audit(SHARED, POLICY)["taskId"]
    shared = guide('''aws iot list-audit-findings \\
        --check-name DEVICE_CERTIFICATE_SHARED_CHECK \\
        --start-time 1559747125 \\
        --end-time 1560962028''', {"1559747125": int(time.time()) - 3600,
                                   "1560962028": int(time.time()) + 60})
    finding = {
        "taskId": "eeef61068b0eb03c456d746c5a26ee04", "checkName": SHARED,
        "taskStartTime": 1560161017.172, "findingTime": 1560161017.592, "severity": "CRITICAL",
        "nonCompliantResource": {"resourceType": "DEVICE_CERTIFICATE", "resourceIdentifier": {
            "deviceCertificateId": certificate}},
        "relatedResources": [{
            "resourceType": "CLIENT_ID", "resourceIdentifier": {"clientId": "ZipxgAIl"},
            "additionalInfo": {"CONNECTION_TIME": "1560086374068"}}],
        "reasonForNonCompliance": "Certificate shared by one or more devices.",
        "reasonForNonComplianceCode": "CERTIFICATE_SHARED_BY_MULTIPLE_DEVICES"}
    # DISCONNECTION_TIME is shown where a connection has ended; findings have had ids and a mark of
    # suppression since after the example was written.
    [got] = shared["findings"]
    connections = [r["additionalInfo"] for r in got["relatedResources"]]
    for info in connections:
        assert {"CONNECTION_TIME"} <= set(info) <= {"CONNECTION_TIME", "DISCONNECTION_TIME"}
        assert all(value.isdigit() and len(value) == 13 for value in info.values())
    assert sorted(len(info) for info in connections) == [1, 2]
    assert {r["resourceIdentifier"]["clientId"] for r in got["relatedResources"]} == {
        "ZipxgAIl", "xShGENLW"}
    for related in (*got["relatedResources"], *finding["relatedResources"]):
        related["additionalInfo"] = {}
    like({"findings": [finding]}, shared, more=["findingId", "isSuppressed"])
    same = ("checkName", "severity", "nonCompliantResource", "reasonForNonComplianceCode")
    assert {key: got[key] for key in same} == {key: finding[key] for key in same}

    [broad] = account.iot.list_audit_findings(taskId=task, checkName=POLICY)["findings"]
    described = guide('''aws iot describe-audit-finding \\
        --finding-id "ef4826b8-e55a-44b9-b460-5c485355371b"''',
                      {"ef4826b8-e55a-44b9-b460-5c485355371b": broad["findingId"]})
    resource = {"resourceType": "IOT_POLICY", "resourceIdentifier": {"policyVersionIdentifier": {
        "policyName": "smp-ggrass-group_Core-policy", "policyVersionId": "1"}}}
    like({"finding": {
        "findingId": "ef4826b8-e55a-44b9-b460-5c485355371b",
        "taskId": "873ed69c74a9ec8fa9b8e88e9abc4661", "checkName": POLICY,
        "taskStartTime": 1576012045.745, "findingTime": 1576012046.168, "severity": "CRITICAL",
        "nonCompliantResource": resource, "reasonForNonCompliance": "Policy allows ...",
        "reasonForNonComplianceCode": "ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS"}},
        described, more=["isSuppressed"])
    assert described["finding"]["nonCompliantResource"] == resource
    assert described["finding"]["reasonForNonCompliance"].startswith(
        "Policy allows broad access to IoT data plane actions: [iot:Connect, iot:Publish].")
    assert described["finding"]["reasonForNonComplianceCode"] == \
        "ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS"
    refused = guide.refused(f"aws iot list-audit-findings --check-name {SHARED}")
    assert "InvalidRequestException" in refused  # "you must provide a start and end time"


def test_related_resources_are_listed(account, guide, enabled):
    finding, = account.iot.list_audit_findings(
        taskId=account.audit(POLICY)["taskId"], checkName=POLICY)["findings"]
    got = guide("aws iot list-related-resources-for-audit-finding --finding-id "
                "\"ef4826b8-e55a-44b9-b460-5c485355371b\"",
                {"ef4826b8-e55a-44b9-b460-5c485355371b": finding["findingId"]})
    assert got == {"relatedResources": finding.get("relatedResources", [])}


# ---- audit notifications


# The members that the guide's schema, arn:aws:iot:::schema:auditnotification/1.0, requires.
REQUIRED = {"accountId": str, "taskId": str, "taskStatus": str, "taskType": str,
            "failedChecksCount": int, "canceledChecksCount": int, "nonCompliantChecksCount": int,
            "compliantChecksCount": int, "totalChecksCount": int, "taskStartTime": int,
            "auditDetails": list}


def test_an_audit_tells_its_topic_by_the_printed_role(account, guide, enabled):
    """Misprint: the schema's trailing comma, and its names of checks, which are older than those that
    notifications have."""
    (guide.folder / "publish.json").write_text(json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": ["sns:Publish"],
            "Resource": [f"arn:aws:sns:{REGION}:123456789012:ddaudits"]}]}))
    (guide.folder / "trust.json").write_text(TRUST)
    guide("""aws iam create-role --role-name audit-notifications \\
        --assume-role-policy-document file://trust.json""")
    guide("""aws iam put-role-policy --role-name audit-notifications --policy-name publish \\
        --policy-document file://publish.json""")
    with Receiver() as receiver:
        guide(f"""aws sns subscribe --topic-arn arn:aws:sns:{REGION}:123456789012:ddaudits \\
            --protocol http --notification-endpoint {receiver.url}/audits \\
            --attributes BulwarkConfirmed=true""")
        guide(f"""aws iot update-account-audit-configuration \\
            --audit-notification-target-configurations "SNS={{targetArn=arn:aws:sns:{REGION}:123456789012:ddaudits,roleArn=arn:aws:iam::123456789012:role/audit-notifications,enabled=true}}"
            """)
        task = account.audit(*CERTS)["taskId"]
        [got] = receiver.wait("/audits", 1)
        message = json.loads(got.json["Message"])
        account.iot.update_account_audit_configuration(auditNotificationTargetConfigurations={
            "SNS": {"enabled": False}})
    assert set(message) == set(REQUIRED)
    assert all(type(message[name]) is kind for name, kind in REQUIRED.items())
    assert message["taskId"] == task and message["taskStatus"] == "COMPLETED"
    assert message["totalChecksCount"] == len(CERTS) == len(message["auditDetails"])
    assert {run["checkName"] for run in message["auditDetails"]} == set(CERTS)
    for run in message["auditDetails"]:
        assert {"checkName", "checkRunStatus", "nonCompliantResourcesCount",
                "totalResourcesCount"} <= set(run)


# ---- audit finding suppressions


def test_suppressions(guide, enabled):
    """Misprints: the resource is printed as policyVersionIdentifier={"policyName"="..."...}, of which
    the shell makes two words; quoted it must be without quotes of its own, for the CLI. A space
    follows a backslash at the end of a line. The dates have passed, and a suppression that has
    ended is refused. The id is shortened."""
    certificate = "c7691e" + "0" * 58
    refused = guide.refused('''aws iot create-audit-suppression \\
        --check-name IOT_POLICY_OVERLY_PERMISSIVE_CHECK \\
        --resource-identifier 'policyVersionIdentifier={policyName=virtualMachinePolicy,policyVersionId=1}' \\
        --no-suppress-indefinitely \\
        --expiration-date 2020-10-20''')
    assert "InvalidRequestException" in refused
    assert guide('''aws iot create-audit-suppression \\
        --check-name IOT_POLICY_OVERLY_PERMISSIVE_CHECK \\
        --resource-identifier 'policyVersionIdentifier={policyName=virtualMachinePolicy,policyVersionId=1}' \\
        --no-suppress-indefinitely \\
        --expiration-date 2090-10-20''') is None
    guide(f"aws iot create-audit-suppression --check-name DEVICE_CERTIFICATE_EXPIRING_CHECK "
          f"--resource-identifier deviceCertificateId={certificate} --suppress-indefinitely")
    ids = {"c7691e<shortened>": certificate}
    assert guide('''aws iot update-audit-suppression \\
        --check-name DEVICE_CERTIFICATE_EXPIRING_CHECK \\
        --resource-identifier deviceCertificateId=c7691e<shortened> \\
        --no-suppress-indefinitely \\
        --expiration-date 2090-09-21''', ids) is None
    shown = {"checkName": "DEVICE_CERTIFICATE_EXPIRING_CHECK",
             "resourceIdentifier": {"deviceCertificateId": certificate},
             "expirationDate": "2090-09-21T00:00:00+00:00", "suppressIndefinitely": False}
    listed = guide("aws iot list-audit-suppressions")["suppressions"]
    assert [s["checkName"] for s in listed] == ["DEVICE_CERTIFICATE_EXPIRING_CHECK", POLICY]
    assert listed[0] == shown
    assert listed[1]["resourceIdentifier"] == {"policyVersionIdentifier": {
        "policyName": "virtualMachinePolicy", "policyVersionId": "1"}}
    # Misprint: the example of describe-audit-suppression shows describe-audit-task.
    assert guide('''aws iot describe-audit-suppression \\
        --check-name DEVICE_CERTIFICATE_EXPIRING_CHECK \\
        --resource-identifier deviceCertificateId="c7691e<shortened>"''', ids) == shown
    assert guide('''aws iot delete-audit-suppression \\
        --check-name DEVICE_CERTIFICATE_EXPIRING_CHECK \\
        --resource-identifier deviceCertificateId="c7691e<shortened>"''', ids) is None
    [left] = guide("aws iot list-audit-suppressions")["suppressions"]
    assert left["checkName"] == POLICY
