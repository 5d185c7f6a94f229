"""Each mitigation action on each check: through the API, from preview to undo; what does not fit is
refused. One account has something wrong for every check of AWS."""

import itertools

import pytest

import test_snapshots as snapshots
from bulwark import ACCOUNT, REGION, Daemon, error_of
from test_mitigation import KINDS, ROLE, hold_role, wait_task

CA = {"REVOKED_CA_CERTIFICATE_STILL_ACTIVE_CHECK", "CA_CERTIFICATE_EXPIRING_CHECK",
      "CA_CERTIFICATE_KEY_QUALITY_CHECK"}
DEVICE = {"INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES_CHECK",
          "DEVICE_CERTIFICATE_SHARED_CHECK", "DEVICE_CERTIFICATE_EXPIRING_CHECK",
          "DEVICE_CERTIFICATE_AGE_CHECK", "REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE_CHECK",
          "DEVICE_CERTIFICATE_KEY_QUALITY_CHECK"}
POLICY = {"IOT_POLICY_OVERLY_PERMISSIVE_CHECK", "IOT_POLICY_POTENTIAL_MISCONFIGURATION_CHECK"}
LOGGING = {"LOGGING_DISABLED_CHECK"}
TOLD = {"CONFLICTING_CLIENT_IDS_CHECK", "IOT_ROLE_ALIAS_OVERLY_PERMISSIVE_CHECK",
        "IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES_CHECK",
        "UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK",
        "AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK"}
CHECKS = sorted(CA | DEVICE | POLICY | LOGGING | TOLD)
FITS = {"UPDATE_CA_CERTIFICATE": CA, "UPDATE_DEVICE_CERTIFICATE": DEVICE,
        "ADD_THINGS_TO_THING_GROUP": DEVICE, "REPLACE_DEFAULT_POLICY_VERSION": POLICY,
        "ENABLE_IOT_LOGGING": LOGGING, "PUBLISH_FINDING_TO_SNS": set(CHECKS)}
PAIRS = list(itertools.product(sorted(KINDS), CHECKS))


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("matrix"), "--crl-dir", snapshots.ACCOUNT / "lists",
                "--weak-key-dir", snapshots.ACCOUNT / "weak-keys", "--session-lag-seconds", "0",
                auth=False) as daemon:
        names = snapshots.build(daemon)
        hold_role(daemon)
        devices = [identity for identity, name in names.items() if name.startswith("device")]
        for number, identity in enumerate(devices):
            daemon.iot.create_thing(thingName=f"thing-{number}")
            daemon.iot.attach_thing_principal(
                thingName=f"thing-{number}",
                principal=f"arn:aws:iot:{REGION}:{ACCOUNT}:cert/{identity}")
        daemon.iot.create_thing_group(thingGroupName="Quarantine")
        daemon.client("sns").create_topic(Name="findings")
        for kind in KINDS:
            daemon.iot.create_mitigation_action(actionName=kind, roleArn=ROLE,
                                                actionParams=KINDS[kind])
        daemon.enable(*CHECKS)
        daemon.task = daemon.audit(*CHECKS)["taskId"]
        yield daemon


def state(daemon):
    """All that an action could change, but what is told to others."""
    iot = daemon.iot
    try:
        logging = iot.get_v2_logging_options()["defaultLogLevel"]
    except iot.exceptions.ClientError:
        logging = None
    return {
        "devices": {c["certificateId"]: c["status"]
                    for c in iot.list_certificates(pageSize=250)["certificates"]},
        "authorities": {c["certificateId"]: c["status"]
                        for c in iot.list_ca_certificates(pageSize=250)["certificates"]},
        "group": sorted(iot.list_things_in_thing_group(thingGroupName="Quarantine",
                                                       maxResults=250)["things"]),
        "policies": {p["policyName"]: [(v["versionId"], v["isDefaultVersion"]) for v in
                                       iot.list_policy_versions(policyName=p["policyName"])[
                                           "policyVersions"]]
                     for p in iot.list_policies(pageSize=250)["policies"]},
        "logging": logging}


def request(daemon, kind, check):
    return {"target": {"auditTaskId": daemon.task}, "auditCheckToActionsMapping": {check: [kind]}}


def preview(daemon, asked):
    reply = daemon.raw("POST", "/bulwark/mitigationactions/preview", {**asked, "maxResults": 250},
                       sign=False)
    assert reply.status == 200, reply.body
    return reply.json["steps"]


def changes_of(daemon, task):
    return daemon.raw("GET", f"/bulwark/mitigationactions/changes?taskId={task}&maxResults=250",
                      sign=False).json["changes"]


def undo(daemon, task):
    path = f"/bulwark/mitigationactions/tasks/{task}/undo"
    assert daemon.raw("POST", path, {}, sign=False).status == 200
    while True:
        told = daemon.raw("GET", path, sign=False).json
        if told["undoStatus"] == "COMPLETED":
            return told


def test_something_is_found_for_every_check(account):
    assert {f["checkName"] for f in account.findings(account.task)} == set(CHECKS)


@pytest.mark.parametrize("kind,check", [p for p in PAIRS if p[1] not in FITS[p[0]]])
def test_an_action_that_does_not_fit_the_check_is_refused(account, kind, check):
    asked = request(account, kind, check)
    told = error_of(account.iot.start_audit_mitigation_actions_task, taskId="refused",
                    clientRequestToken="refused", **asked)
    assert told[:2] == ("InvalidRequestException", 400) and kind in told[2] and check in told[2]
    reply = account.raw("POST", "/bulwark/mitigationactions/preview", asked, sign=False)
    assert reply.status == 400, reply.body


@pytest.mark.parametrize("kind,check", [p for p in PAIRS if p[1] in FITS[p[0]]])
def test_an_action_does_what_was_foreseen_and_is_undone(account, kind, check):
    before = state(account)
    task = f"{kind}-{check}"[:128]
    token = f"pair-{PAIRS.index((kind, check))}"
    foreseen = preview(account, request(account, kind, check))
    assert state(account) == before
    assert {step["status"] for step in foreseen} == {"COMPLETED"}, foreseen
    account.iot.start_audit_mitigation_actions_task(
        taskId=task, clientRequestToken=token, **request(account, kind, check))
    done = wait_task(account, task)
    assert done["taskStatus"] == "COMPLETED", done
    findings = account.findings(account.task, checkName=check)
    numbers = done["taskStatistics"][check]
    assert numbers["succeededFindingsCount"] == len(findings) == len(foreseen)
    for finding in findings:
        [execution] = account.iot.list_audit_mitigation_actions_executions(
            taskId=task, findingId=finding["findingId"])["actionsExecutions"]
        assert (execution["status"], execution["actionName"]) == ("COMPLETED", kind)
    changes = changes_of(account, task)
    assert {change["actionType"] for change in changes} == {kind}
    assert 0 < len(changes) <= sum(step["changesCount"] for step in foreseen)
    after = state(account)
    told = undo(account, task)
    if kind == "PUBLISH_FINDING_TO_SNS":
        assert after == before
        assert (told["restoredCount"], told["keptCount"]) == (0, len(findings))
    else:
        assert after != before
        assert (told["restoredCount"], told["keptCount"]) == (len(changes), 0)
    assert state(account) == before


def test_what_would_exceed_a_limit_is_foreseen(account):
    """A policy with as many versions as it may have; a thing in as many groups."""
    iot = account.iot
    check = "IOT_POLICY_OVERLY_PERMISSIVE_CHECK"
    finding = account.findings(account.task, checkName=check)[0]
    named = finding["nonCompliantResource"]["resourceIdentifier"]["policyVersionIdentifier"]
    text = iot.get_policy(policyName=named["policyName"])["policyDocument"]
    made = [iot.create_policy_version(policyName=named["policyName"], policyDocument=text)[
        "policyVersionId"] for _ in range(4)]
    before = state(account)
    [step] = [step for step in preview(account, request(
        account, "REPLACE_DEFAULT_POLICY_VERSION", check))
        if step["findingId"] == finding["findingId"]]
    assert (step["status"], step["errorCode"]) == ("FAILED", "VersionsLimitExceededException")
    assert step.get("changesCount", 0) == 0 and state(account) == before
    for version in made:
        iot.delete_policy_version(policyName=named["policyName"], policyVersionId=version)

    check = "DEVICE_CERTIFICATE_EXPIRING_CHECK"
    finding = account.findings(account.task, checkName=check)[0]
    identity = finding["nonCompliantResource"]["resourceIdentifier"]["deviceCertificateId"]
    [thing] = iot.list_principal_things(
        principal=f"arn:aws:iot:{REGION}:{ACCOUNT}:cert/{identity}")["things"]
    for number in range(10):
        iot.create_thing_group(thingGroupName=f"full-{number}")
        iot.add_thing_to_thing_group(thingGroupName=f"full-{number}", thingName=thing)
    before = state(account)
    [step] = [step for step in preview(account, request(
        account, "ADD_THINGS_TO_THING_GROUP", check)) if step["findingId"] == finding["findingId"]]
    assert (step["status"], step["errorCode"]) == ("FAILED", "InvalidRequestException")
    assert "10" in step["message"] and thing in step["message"] and state(account) == before
    account.iot.start_audit_mitigation_actions_task(
        taskId="full", clientRequestToken="full",
        **request(account, "ADD_THINGS_TO_THING_GROUP", check))
    assert wait_task(account, "full")["taskStatus"] == "FAILED"
    [execution] = iot.list_audit_mitigation_actions_executions(
        taskId="full", findingId=finding["findingId"])["actionsExecutions"]
    assert (execution["status"], execution["errorCode"]) == ("FAILED", "InvalidRequestException")
    assert execution["message"] == step["message"]
