"""The mitigation guide (AWS IoT Device Defender: "Mitigation actions", "Mitigation action commands",
the tutorial from roles to an applied action) and the examples of `aws iot ... help`: each command
with the real aws CLI, unchanged but for ids and the endpoint; each printed output compared for its
members and their forms; each permission and trust document attached and tried.

    section of the guide               commands and documents                       test
    Permissions: an action's role      the policy of each of the six types          test_an_action_needs_...,
                                                                                    test_what_the_actions_...
    Confused deputy                    the trust policy                             test_the_trust_policy_...
    Define and manage actions          create-, update-, describe-, list-,          test_actions_are_defined_...
                                       delete-mitigation-action
    Apply actions, and their results   start-, describe-, list-,                    test_an_action_is_applied_...
                                       cancel-audit-mitigation-actions-task(s),
                                       list-audit-mitigation-actions-executions
    Tutorial                           roles, update-account-audit-configuration,   test_the_tutorial
                                       an audit, an action, set-v2-logging-options
    Permissions of callers             the statements on mitigation commands,       test_callers.py, each document of
                                       iam:PassRole                                 tests/vectors/permissions

Corrections of misprints stand at the commands as "Misprint:". Not possible yet: the commands for
Detect alarms (start-, describe-, list- and cancel-detect-mitigation-actions-...). Left out: the
console's walk-throughs.

Tested elsewhere: tasks that are canceled or killed in the middle, dry runs and undo
(test_mitigation.py).
"""

import json
import time

import pytest

import pki
from bulwark import ACCOUNT, Daemon
from guide import Guide, like
from test_mitigation import wait_task

REGION = "us-west-2"  # that of the guide's ARNs
LOGGING = "LOGGING_DISABLED_CHECK"
DEVICE = "DEVICE_CERTIFICATE_EXPIRING_CHECK"
CA = "CA_CERTIFICATE_EXPIRING_CHECK"
POLICY = "IOT_POLICY_OVERLY_PERMISSIVE_CHECK"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:findings"
LOG_ROLE = f"arn:aws:iam::{ACCOUNT}:role/AWSIoTLoggingRole"
FINDING = "0edbaaec-2fe1-4cf5-abc9-d4c3e51f7464"
# Misprints of the printed trust policy: "arn:aws:iot:*:111122223333::*" has a colon too many, and
# the account, "111122223333:", ends in one. As printed it lets nobody in.
TRUST = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"}, "Action": "sts:AssumeRole",
    "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:iot:*:{ACCOUNT}:*"},
                  "StringEquals": {"aws:SourceAccount": f"{ACCOUNT}"}}}]}
PRINTED_TRUST = json.dumps(TRUST).replace(f":{ACCOUNT}:*", f":{ACCOUNT}::*").replace(
    f'"aws:SourceAccount": "{ACCOUNT}"', f'"aws:SourceAccount": "{ACCOUNT}:"')


def permissions(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": [resource]}
        for actions, resource in statements]})


# Of each type: its parameters, the permissions that the guide prints for its role, and a check
# whose findings it can be applied to.
TYPES = {
    "UPDATE_DEVICE_CERTIFICATE": (
        {"updateDeviceCertificateParams": {"action": "DEACTIVATE"}},
        permissions((["iot:UpdateCertificate"], "*")), DEVICE),
    "UPDATE_CA_CERTIFICATE": (
        {"updateCACertificateParams": {"action": "DEACTIVATE"}},
        permissions((["iot:UpdateCACertificate"], "*")), CA),
    "ADD_THINGS_TO_THING_GROUP": (
        {"addThingsToThingGroupParams": {"thingGroupNames": ["QuarantineGroup1"],
                                         "overrideDynamicGroups": True}},
        permissions((["iot:ListPrincipalThings", "iot:AddThingToThingGroup"], "*")), DEVICE),
    "REPLACE_DEFAULT_POLICY_VERSION": (
        {"replaceDefaultPolicyVersionParams": {"templateName": "BLANK_POLICY"}},
        permissions((["iot:CreatePolicyVersion"], "*")), POLICY),
    "ENABLE_IOT_LOGGING": (
        {"enableIoTLoggingParams": {"roleArnForLogging": LOG_ROLE, "logLevel": "WARN"}},
        permissions((["iot:SetV2LoggingOptions"], "*"), (["iam:PassRole"], LOG_ROLE)), LOGGING),
    "PUBLISH_FINDING_TO_SNS": (
        {"publishFindingToSnsParams": {"topicArn": TOPIC}},
        permissions((["sns:Publish"], TOPIC)), LOGGING),
}


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    """An account in which something is wrong for every type of action, and its audit."""
    with Daemon(tmp_path_factory.mktemp("mitigation"), "--region", REGION) as daemon:
        iot, iam = daemon.iot, daemon.client("iam")
        ca = pki.Authority("Factory", days=(-1, 10))
        code = iot.get_registration_code()["registrationCode"]
        iot.register_ca_certificate(caCertificate=ca.pem, setAsActive=True,
                                    verificationCertificate=ca.verification(code))
        arn = iot.register_certificate(certificatePem=ca.device(days=(-1, 5))[0], status="ACTIVE",
                                       caCertificatePem=ca.pem)["certificateArn"]
        iot.create_thing(thingName="lamp")
        iot.attach_thing_principal(thingName="lamp", principal=arn)
        iot.create_thing_group(thingGroupName="QuarantineGroup1")
        for name in ("printed", "reset"):
            iot.create_policy(policyName=name, policyDocument=permissions((["iot:*"], "*")))
        daemon.client("sns").create_topic(Name="findings")
        iam.create_role(RoleName="AWSIoTLoggingRole", AssumeRolePolicyDocument=json.dumps(TRUST))
        daemon.enable(LOGGING, DEVICE, CA, POLICY)
        daemon.task = daemon.audit(LOGGING, DEVICE, CA, POLICY)["taskId"]
        yield daemon


@pytest.fixture(scope="module")
def guide(account, tmp_path_factory):
    return Guide(account, tmp_path_factory.mktemp("shell"), REGION)


def hold_role(account, name, trust, allowed):
    path = "/service-role/"
    iam = account.client("iam")
    role = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="permissions", PolicyDocument=allowed)
    return role["Arn"]


def apply(account, name, role, params, check):
    """An action of this role on one finding of the check: its one execution, and the task's."""
    account.iot.create_mitigation_action(actionName=name, roleArn=role, actionParams=params)
    finding = account.findings(account.task, checkName=check)[0]["findingId"]
    account.iot.start_audit_mitigation_actions_task(
        taskId=name, target={"findingIds": [finding]}, auditCheckToActionsMapping={check: [name]},
        clientRequestToken=name)
    status = wait_task(account, name)["taskStatus"]
    [done] = account.iot.list_audit_mitigation_actions_executions(
        taskId=name, findingId=finding)["actionsExecutions"]
    return status, done


# ---- permissions


@pytest.mark.parametrize("kind", TYPES)
def test_an_action_needs_what_the_guide_prints_for_its_role(account, kind):
    params, allowed, check = TYPES[kind]
    others = [json.loads(other[1])["Statement"] for name, other in TYPES.items() if name != kind]
    lacking = json.dumps({"Version": "2012-10-17", "Statement": sum(others, [])})
    role = hold_role(account, f"{kind}-lacks", json.dumps(TRUST), lacking)
    status, done = apply(account, f"{kind}-lacks", role, params, check)
    assert (status, done["status"], done["errorCode"]) == (
        "FAILED", "FAILED", "INSUFFICIENT_PERMISSIONS")
    assert json.loads(allowed)["Statement"][0]["Action"][0] in done["message"]
    role = hold_role(account, f"{kind}-has", json.dumps(TRUST), allowed)
    status, done = apply(account, f"{kind}-has", role, params, check)
    assert (status, done["status"]) == ("COMPLETED", "COMPLETED"), done


def test_what_the_actions_have_done(account):
    """After the test above, of one account."""
    iot = account.iot
    [device] = iot.list_certificates()["certificates"]
    [ca] = iot.list_ca_certificates()["certificates"]
    assert (device["status"], ca["status"]) == ("INACTIVE", "INACTIVE")
    assert iot.list_things_in_thing_group(thingGroupName="QuarantineGroup1")["things"] == ["lamp"]
    logging = iot.get_v2_logging_options()
    assert (logging["roleArn"], logging["defaultLogLevel"]) == (LOG_ROLE, "WARN")
    replaced = [p for p in ("printed", "reset")
                if iot.get_policy(policyName=p)["defaultVersionId"] == "2"]
    assert len(replaced) == 1
    blank = json.loads(iot.get_policy(policyName=replaced[0])["policyDocument"])
    assert blank["Statement"] == []


def test_the_trust_policy_as_printed_lets_nobody_in(account):
    params, allowed, check = TYPES["UPDATE_DEVICE_CERTIFICATE"]
    assert PRINTED_TRUST.count(f"{ACCOUNT}:") == 2
    role = hold_role(account, "printed-trust", PRINTED_TRUST, allowed)
    status, done = apply(account, "printed-trust", role, params, check)
    assert (status, done["errorCode"]) == ("FAILED", "INSUFFICIENT_PERMISSIONS")
    assert "does not let iot.amazonaws.com assume it" in done["message"]


# ---- define and manage actions


def test_actions_are_defined_and_managed(account, guide):
    """Misprint: file::params.json, for file://params.json."""
    role = hold_role(account, "MoveThingsToQuarantineGroupRole", json.dumps(TRUST),
                     TYPES["ADD_THINGS_TO_THING_GROUP"][1])
    assert role == f"arn:aws:iam::{ACCOUNT}:role/service-role/MoveThingsToQuarantineGroupRole"
    document = {"actionName": "AddThingsToQuarantineGroup1Action",
                "actionParams": TYPES["ADD_THINGS_TO_THING_GROUP"][0], "roleArn": role}
    (guide.folder / "params.json").write_text(json.dumps(document))
    made = guide("aws iot create-mitigation-action --cli-input-json file://params.json")
    shown = {"actionArn": f"arn:aws:iot:{REGION}:{ACCOUNT}:mitigationaction/"
                          "AddThingsToQuarantineGroup1Action",
             "actionId": "992e9a63-a899-439a-aa50-4e20c52367e1"}
    like(shown, made)
    assert made["actionArn"] == shown["actionArn"]
    # The other examples are of an action AddThingsToQuarantineGroupAction.
    name = {"AddThingsToQuarantineGroupAction": "AddThingsToQuarantineGroup1Action"}
    described = guide('''aws iot describe-mitigation-action \\
        --action-name AddThingsToQuarantineGroupAction''', name)
    like({**document, **shown, "actionType": "ADD_THINGS_TO_THING_GROUP",
          "creationDate": "2019-12-10T11:09:35.999000-08:00",
          "lastModifiedDate": "2019-12-10T11:09:35.999000-08:00"}, described)
    assert {key: described[key] for key in document} == document
    changed = guide(r'''aws iot update-mitigation-action \
        --cli-input-json "{ \"actionName\": \"AddThingsToQuarantineGroupAction\", \"actionParams\": { \"addThingsToThingGroupParams\": {\"thingGroupNames\":[\"QuarantineGroup2\"],\"overrideDynamicGroups\": false}}}"
        ''', name)
    assert changed == made
    assert account.iot.describe_mitigation_action(actionName=document["actionName"])[
        "actionParams"] == {"addThingsToThingGroupParams": {
            "thingGroupNames": ["QuarantineGroup2"], "overrideDynamicGroups": False}}
    listed = guide("aws iot list-mitigation-actions")
    like({"actionIdentifiers": [{
        "actionName": "DeactivateCACertAction",
        "actionArn": f"arn:aws:iot:{REGION}:{ACCOUNT}:mitigationaction/DeactivateCACertAction",
        "creationDate": "2019-12-10T11:12:47.574000-08:00"}]}, listed)
    assert "AddThingsToQuarantineGroup1Action" in [
        a["actionName"] for a in listed["actionIdentifiers"]]
    assert guide('''aws iot delete-mitigation-action \\
        --action-name AddThingsToQuarantineGroup1Action''') is None
    gone = guide.refused('''aws iot describe-mitigation-action \\
        --action-name AddThingsToQuarantineGroup1Action''')
    assert "ResourceNotFoundException" in gone


# ---- start and manage their application


def test_an_action_is_applied_to_a_finding(account, guide):
    role = hold_role(account, "ReplacePolicyVersionRole", json.dumps(TRUST),
                     TYPES["REPLACE_DEFAULT_POLICY_VERSION"][1])
    params = TYPES["REPLACE_DEFAULT_POLICY_VERSION"][0]
    account.iot.create_mitigation_action(actionName="ResetPolicyVersionAction", roleArn=role,
                                         actionParams=params)
    # A policy of its own: that of an older finding may have been replaced since.
    account.iot.create_policy(policyName="myPolicy", policyDocument=permissions((["iot:*"], "*")))
    audit = account.audit(POLICY)["taskId"]
    [finding] = [f["findingId"] for f in account.findings(audit)
                 if f["nonCompliantResource"]["resourceIdentifier"]["policyVersionIdentifier"][
                     "policyName"] == "myPolicy"]
    began = int(time.time())
    started = guide(r'''aws iot start-audit-mitigation-actions-task \
        --task-id "myActionsTaskId" \
        --target "findingIds=[\"0edbaaec-2fe1-4cf5-abc9-d4c3e51f7464\"]" \
        --audit-check-to-actions-mapping "IOT_POLICY_OVERLY_PERMISSIVE_CHECK=[\"ResetPolicyVersionAction\"]" \
        --client-request-token "adhadhahda"''', {FINDING: finding})
    assert started == {"taskId": "myActionsTaskId"}
    wait_task(account, "myActionsTaskId")
    got = guide("aws iot describe-audit-mitigation-actions-task --task-id ResetPolicyTask01",
                {"ResetPolicyTask01": "myActionsTaskId"})
    shown = {
        "taskStatus": "COMPLETED", "startTime": "2019-12-10T15:13:19.457000-08:00",
        "endTime": "2019-12-10T15:13:19.947000-08:00",
        "taskStatistics": {POLICY: {
            "totalFindingsCount": 1, "failedFindingsCount": 0, "succeededFindingsCount": 1,
            "skippedFindingsCount": 0, "canceledFindingsCount": 0}},
        "target": {"findingIds": [finding]},
        "auditCheckToActionsMapping": {POLICY: ["ResetPolicyVersionAction"]},
        "actionsDefinition": [{
            "name": "ResetPolicyVersionAction", "id": "1ea0b415-bef1-4a01-bd13-72fb63c59afb",
            "roleArn": role, "actionParams": params}]}
    like(shown, got)
    for key in ("taskStatus", "taskStatistics", "target", "auditCheckToActionsMapping"):
        assert got[key] == shown[key]
    assert account.iot.get_policy(policyName="myPolicy")["defaultVersionId"] == "2"
    executions = guide('''aws iot list-audit-mitigation-actions-executions \\
        --task-id myActionsTaskId \\
        --finding-id 0edbaaec-2fe1-4cf5-abc9-d4c3e51f7464''', {FINDING: finding})
    execution = {"taskId": "myActionsTaskId", "findingId": finding,
                 "actionName": "ResetPolicyVersionAction",
                 "actionId": got["actionsDefinition"][0]["id"], "status": "COMPLETED",
                 "startTime": "2019-12-10T15:19:13.279000-08:00",
                 "endTime": "2019-12-10T15:19:13.337000-08:00"}
    like({"actionsExecutions": [execution]}, executions)
    [done] = executions["actionsExecutions"]
    for key in ("taskId", "findingId", "actionName", "actionId", "status"):
        assert done[key] == execution[key]
    tasks = guide('''aws iot list-audit-mitigation-actions-tasks \\
        --start-time 1594157400 \\
        --end-time 1594157430''', {"1594157400": began - 1, "1594157430": int(time.time()) + 60})
    like({"tasks": [{"taskId": "0062f2d6-3999-488f-88c7-bef005414103",
                     "startTime": "2020-07-07T14:30:15.172000-07:00",
                     "taskStatus": "COMPLETED"}]}, tasks)
    assert "myActionsTaskId" in [task["taskId"] for task in tasks["tasks"]]
    # Misprint: the backslash that continues the line is missing.
    refused = guide.refused('''aws iot cancel-audit-mitigation-actions-task \\
        --task-id "myActionsTaskId"''')
    assert "InvalidRequestException" in refused  # "You cannot cancel tasks that are completed."


# ---- the tutorial


def test_the_tutorial(tmp_path):
    """From an empty account to an applied action, a topic for notifications, and its cleaning up.
    Its policy for the action's role names iot:PublishToTopic, which no service has; it is accepted,
    as AWS does, and allows nothing. Misprint: list-mitigation-actions has no --action-name."""
    with Daemon(tmp_path, "--region", REGION) as daemon:
        guide = Guide(daemon, tmp_path, REGION)
        iam = daemon.client("iam")
        trust = json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"},
            "Action": "sts:AssumeRole"}]})
        for name in ("AWSIoTDeviceDefenderAuditRole", "AWSIoTLoggingRole"):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        iam.attach_role_policy(RoleName="AWSIoTDeviceDefenderAuditRole", PolicyArn=(
            "arn:aws:iam::aws:policy/service-role/AWSIoTDeviceDefenderAudit"))
        role = hold_role(daemon, "IoTMitigationActionErrorLoggingRole", trust, permissions(([
            "iot:UpdateCACertificate", "iot:UpdateCertificate", "iot:SetV2LoggingOptions",
            "iot:SetLoggingOptions", "iot:AddThingToThingGroup", "iot:PublishToTopic",
            "iam:PassRole"], "*")))
        audit_role = f"arn:aws:iam::{ACCOUNT}:role/AWSIoTDeviceDefenderAuditRole"
        names = {"$AUDIT_ROLE_ARN": audit_role}
        guide('''aws iot update-account-audit-configuration \\
            --role-arn "$AUDIT_ROLE_ARN" \\
            --audit-check-configurations '{"LOGGING_DISABLED_CHECK":{"enabled":true}}' ''', names)
        audit = guide('''aws iot start-on-demand-audit-task \\
            --target-check-names LOGGING_DISABLED_CHECK''')["taskId"]
        assert daemon.audit_wait(audit)["taskStatus"] == "COMPLETED"
        [finding] = daemon.findings(audit)
        guide(r'''aws iot create-mitigation-action \
            --action-name "EnableErrorLoggingAction" \
            --role-arn "$MITIGATION_ROLE_ARN" \
            --action-params "{\"enableIoTLoggingParams\":{\"roleArnForLogging\":\"$LOGGING_ROLE_ARN\",\"logLevel\":\"ERROR\"}}"
            ''', {"$MITIGATION_ROLE_ARN": role, "$LOGGING_ROLE_ARN": LOG_ROLE})
        guide(r'''aws iot start-audit-mitigation-actions-task \
            --task-id "MitigationTask-1" \
            --target "{\"findingIds\":[\"$FINDING_ID\"]}" \
            --audit-check-to-actions-mapping "{\"LOGGING_DISABLED_CHECK\":[\"EnableErrorLoggingAction\"]}"
            ''', {"$FINDING_ID": finding["findingId"]})
        assert wait_task(daemon, "MitigationTask-1")["taskStatus"] == "COMPLETED"
        [task] = guide('''aws iot list-audit-mitigation-actions-tasks \\
            --start-time "$(date -u -d 'today' '+%Y-%m-%dT00:00:00.000Z')" \\
            --end-time "$(date -u -d 'tomorrow' '+%Y-%m-%dT%H:%M:%S.000Z')"''')["tasks"]
        assert task["taskId"] == "MitigationTask-1"
        assert daemon.iot.get_v2_logging_options()["defaultLogLevel"] == "ERROR"
        topic = guide('aws sns create-topic --name "IoTDDNotifications"')["TopicArn"]
        guide(r'''aws iot update-account-audit-configuration \
            --audit-notification-target-configurations "{\"SNS\":{\"targetArn\":\"$TOPIC_ARN\",\"roleArn\":\"$AUDIT_ROLE_ARN\",\"enabled\":true}}"
            ''', {"$TOPIC_ARN": topic, **names})
        # It takes the account as it was before.
        guide('aws iot set-v2-logging-options --default-log-level "DISABLED"')
        [again] = daemon.findings(daemon.audit(LOGGING)["taskId"])
        assert again["reasonForNonComplianceCode"] == finding["reasonForNonComplianceCode"]
