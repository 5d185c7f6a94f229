"""Who may do what: the permission documents of the guides (tests/vectors/permissions), each given to
a user whose commands work with it and are refused without it; the role of audits; and the log of
changes."""

import datetime
import json
import os
import re
import signal
import stat
import time

import pytest

from bulwark import ACCOUNT, REGION, ROOT, Daemon, error_of

DOCUMENTS = ROOT / "tests/vectors/permissions"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/guide"
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/other"
LOGGING = "LOGGING_DISABLED_CHECK"
EXPIRING = "CA_CERTIFICATE_EXPIRING_CHECK"
CONFIGURATION = {"roleArn": ROLE, "auditCheckConfigurations": {LOGGING: {"enabled": True}}}
NOW = datetime.datetime.now(datetime.timezone.utc)
YESTERDAY = NOW - datetime.timedelta(days=1)
TOMORROW = NOW + datetime.timedelta(days=1)
ENABLE = {"enableIoTLoggingParams": {"roleArnForLogging": ROLE, "logLevel": "WARN"}}
TRUST = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"}, "Action": "sts:AssumeRole",
    "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:iot:{REGION}:{ACCOUNT}:*"},
                  "StringEquals": {"aws:SourceAccount": ACCOUNT}}}]}


def arn(name):
    return f"arn:aws:iot:{REGION}:{ACCOUNT}:{name}"


def sentence(user, action, resource):
    return (f"User: arn:aws:iam::{ACCOUNT}:user/{user} is not authorized to perform: {action} on "
            f"resource: {resource} because no identity-based policy allows the {action} action")


def make_user(daemon, name, document=None):
    """The document is given by the CLI, as the guide says; asked as that user."""
    daemon.client("iam").create_user(UserName=name)
    if document:
        daemon.aws("iam", "put-user-policy", "--user-name", name, "--policy-name", document,
                   "--policy-document", f"file://{DOCUMENTS / document}.json")
    key = daemon.client("iam").create_access_key(UserName=name)["AccessKey"]
    return daemon.as_user(key)


@pytest.fixture(scope="module")
def prepared(daemon):
    """An account with an audit, a finding and an action for it; and a user who may nothing."""
    daemon.iot.update_account_audit_configuration(**CONFIGURATION)
    audit = daemon.audit(LOGGING)
    daemon.iot.create_mitigation_action(actionName="log", roleArn=ROLE, actionParams=ENABLE)
    daemon.finding = daemon.findings(audit["taskId"])[0]["findingId"]
    daemon.task = audit["taskId"]
    daemon.nobody = make_user(daemon, "nobody")
    return daemon


SCHEDULE = {"scheduledAuditName": "guide"}
ACTION = {"actionName": "guide"}
TASK = {"taskId": "guide"}
SUPPRESSION = {"checkName": LOGGING, "resourceIdentifier": {"account": ACCOUNT}}
BETWEEN = {"startTime": YESTERDAY, "endTime": TOMORROW}

# document -> the guide's commands: operation, arguments, the resource that a refusal names ("*"
# unless said).
GUIDE = {
    "audit-configuration": [
        ("describe_account_audit_configuration", {}),
        ("update_account_audit_configuration", CONFIGURATION),
        ("delete_account_audit_configuration", {"deleteScheduledAudits": True}),
        ("update_account_audit_configuration", CONFIGURATION),
    ],
    "scheduled-audits": [
        ("create_scheduled_audit", {**SCHEDULE, "frequency": "DAILY", "targetCheckNames": [LOGGING],
                                    "clientRequestToken": None}, "scheduledaudit/guide"),
        ("describe_scheduled_audit", SCHEDULE, "scheduledaudit/guide"),
        ("list_scheduled_audits", {}),
        ("update_scheduled_audit", {**SCHEDULE, "frequency": "WEEKLY", "dayOfWeek": "MON"},
         "scheduledaudit/guide"),
        ("delete_scheduled_audit", SCHEDULE, "scheduledaudit/guide"),
    ],
    "on-demand-audits": [
        ("start_on_demand_audit_task", {"targetCheckNames": [LOGGING]}),
        ("describe_audit_task", {"taskId": "TASK"}),
        ("list_audit_tasks", BETWEEN),
    ],
    "audit-findings": [
        ("list_audit_findings", {"taskId": "TASK"}),
        ("describe_audit_finding", {"findingId": "FINDING"}),
    ],
    "audit-suppressions": [
        ("create_audit_suppression", {**SUPPRESSION, "suppressIndefinitely": True,
                                      "clientRequestToken": "guide"}),
        ("describe_audit_suppression", SUPPRESSION),
        ("list_audit_suppressions", {}),
        ("update_audit_suppression", {**SUPPRESSION, "suppressIndefinitely": True,
                                      "description": "known"}),
        ("delete_audit_suppression", SUPPRESSION),
    ],
    "mitigation-actions": [
        ("create_mitigation_action", {**ACTION, "roleArn": ROLE, "actionParams": ENABLE},
         "mitigationaction/guide"),
        ("describe_mitigation_action", ACTION, "mitigationaction/guide"),
        ("list_mitigation_actions", {}),
        ("update_mitigation_action", {**ACTION, "actionParams": ENABLE}, "mitigationaction/guide"),
        ("delete_mitigation_action", ACTION, "mitigationaction/guide"),
    ],
    "mitigation-tasks": [
        ("start_audit_mitigation_actions_task", {
            **TASK, "target": {"findingIds": ["FINDING"]}, "clientRequestToken": "guide",
            "auditCheckToActionsMapping": {LOGGING: ["log"]}}),
        ("describe_audit_mitigation_actions_task", TASK),
        ("list_audit_mitigation_actions_tasks", BETWEEN),
        ("list_audit_mitigation_actions_executions", {**TASK, "findingId": "FINDING"}),
    ],
}
# One command of each document by the CLI.
BY_CLI = {
    "audit-configuration": "describe-account-audit-configuration",
    "scheduled-audits": "list-scheduled-audits",
    "on-demand-audits": f"start-on-demand-audit-task --target-check-names {LOGGING}",
    "audit-findings": "list-audit-findings --task-id TASK",
    "audit-suppressions": "list-audit-suppressions",
    "mitigation-actions": "list-mitigation-actions",
    "mitigation-tasks": f"list-audit-mitigation-actions-tasks --start-time {YESTERDAY:%Y-%m-%d} "
                        f"--end-time {TOMORROW:%Y-%m-%d}",
}


def filled(arguments, daemon):
    text = {"TASK": daemon.task, "FINDING": daemon.finding}

    def fill(value):
        if isinstance(value, dict):
            return {key: fill(entry) for key, entry in value.items() if entry is not None}
        if isinstance(value, list):
            return [fill(entry) for entry in value]
        return text.get(value, value) if isinstance(value, str) else value
    return fill(arguments)


def action_of(operation):
    return "iot:" + "".join(word.capitalize() for word in operation.split("_"))


def test_each_document_is_in_the_guide():
    assert sorted(GUIDE) == sorted(path.stem for path in DOCUMENTS.glob("*.json"))
    assert sorted(BY_CLI) == sorted(GUIDE)


@pytest.mark.parametrize("document", GUIDE)
def test_with_the_document_the_commands_work_and_without_they_are_refused(prepared, document):
    user = make_user(prepared, document, document)
    for operation, arguments, *resource in GUIDE[document]:
        arguments = filled(arguments, prepared)
        name = arn(resource[0]) if resource else "*"
        assert error_of(getattr(prepared.nobody.iot, operation), **arguments) == (
            "AccessDeniedException", 403, sentence("nobody", action_of(operation), name))
        getattr(user.iot, operation)(**arguments)
    words = BY_CLI[document].replace("TASK", prepared.task).split()
    user.aws("iot", *words)
    # Nothing else came with it.
    assert error_of(user.iot.list_things)[:2] == ("AccessDeniedException", 403)


@pytest.mark.parametrize("document, operation, task", [
    ("on-demand-audits", "cancel_audit_task", "TASK"),
    ("mitigation-tasks", "cancel_audit_mitigation_actions_task", "none")])
def test_what_is_over_may_be_canceled_in_vain(prepared, document, operation, task):
    """The last commands of the documents: allowed, and then refused for another reason."""
    user = make_user(prepared, operation, document)
    arguments = {"taskId": prepared.task if task == "TASK" else task}
    assert error_of(getattr(prepared.nobody.iot, operation), **arguments) == (
        "AccessDeniedException", 403, sentence("nobody", action_of(operation), "*"))
    assert error_of(getattr(user.iot, operation), **arguments)[0] in (
        "InvalidRequestException", "ResourceNotFoundException")


# Asked by tests of their own.
ELSEWHERE = {"iam:PassRole", "iot:CancelAuditTask", "iot:CancelAuditMitigationActionsTask",
             "iot:ListRelatedResourcesForAuditFinding"}


@pytest.mark.parametrize("document", GUIDE)
def test_each_action_of_a_document_is_one_that_its_commands_need(document):
    written = {action for statement in json.loads(
        (DOCUMENTS / f"{document}.json").read_text())["Statement"] for action in
        statement["Action"]}
    assert written - ELSEWHERE == {action_of(row[0]) for row in GUIDE[document]}


def test_the_cli_shows_what_is_refused(prepared):
    for words, code, message in (
            (("iot", "describe-scheduled-audit", "--scheduled-audit-name", "x"),
             "(AccessDeniedException) when calling the DescribeScheduledAudit operation",
             sentence("nobody", "iot:DescribeScheduledAudit", arn("scheduledaudit/x"))),
            (("iam", "list-roles"), "(AccessDenied) when calling the ListRoles operation",
             sentence("nobody", "iam:ListRoles", "*"))):
        refused = prepared.nobody.aws(*words, check=False)
        assert refused.returncode != 0
        assert code in refused.stderr and message in refused.stderr


def test_what_the_sdk_is_too_old_for_is_asked_by_the_document_too(prepared):
    user = make_user(prepared, "related", "audit-findings")
    path = f"/audit/relatedResources?findingId={prepared.finding}"
    assert user.raw("GET", path).status == 200
    refused = prepared.nobody.raw("GET", path)
    assert (refused.status, refused.json["__type"]) == (403, "AccessDeniedException")
    assert "iot:ListRelatedResourcesForAuditFinding on resource: *" in refused.json["message"]
    assert refused.headers["x-amzn-ErrorType"] == "AccessDeniedException"


def test_only_the_role_of_the_document_can_be_passed(prepared):
    user = make_user(prepared, "passer", "audit-configuration")
    code = error_of(user.iot.update_account_audit_configuration,
                    **{**CONFIGURATION, "roleArn": OTHER_ROLE})
    assert code == ("AccessDeniedException", 403,
                    sentence("passer", "iam:PassRole", OTHER_ROLE) +
                    " (policy audit-configuration, statement 2, allows it on other resources)")
    target = {"SNS": {"targetArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:t", "roleArn": OTHER_ROLE,
                      "enabled": True}}
    assert error_of(user.iot.update_account_audit_configuration,
                    auditNotificationTargetConfigurations=target)[0] == "AccessDeniedException"
    described = prepared.iot.describe_account_audit_configuration()
    assert described["roleArn"] == ROLE and OTHER_ROLE not in json.dumps(described)


def test_a_permission_that_is_taken_away_is_gone_with_the_next_request(prepared):
    user = make_user(prepared, "fired", "audit-findings")
    user.iot.list_audit_findings(taskId=prepared.task)
    prepared.client("iam").delete_user_policy(UserName="fired", PolicyName="audit-findings")
    assert error_of(user.iot.list_audit_findings, taskId=prepared.task)[1] == 403


# ---- the role of audits


def test_a_role_that_is_held_must_let_the_check_read(fresh, tmp_path):
    (tmp_path / "trust.json").write_text(json.dumps(TRUST))
    fresh.aws("iam", "create-role", "--role-name", "guide", "--assume-role-policy-document",
              f"file://{tmp_path}/trust.json")
    fresh.client("iam").put_role_policy(
        RoleName="guide", PolicyName="some", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "iot:Get*", "Resource": "*"}]}))
    checks = {LOGGING: {"enabled": True}, EXPIRING: {"enabled": True}}
    fresh.iot.update_account_audit_configuration(roleArn=ROLE, auditCheckConfigurations=checks)
    audit = fresh.audit(LOGGING, EXPIRING)
    assert audit["taskStatus"] == "COMPLETED"
    details = audit["auditDetails"]
    assert details[LOGGING]["checkRunStatus"] == "COMPLETED_NON_COMPLIANT"
    assert details[EXPIRING]["checkRunStatus"] == "FAILED"
    assert details[EXPIRING]["errorCode"] == "INSUFFICIENT_PERMISSIONS"
    assert details[EXPIRING]["message"] == "no policy of role guide allows iot:ListCACertificates on *"
    fresh.client("iam").attach_role_policy(
        RoleName="guide",
        PolicyArn="arn:aws:iam::aws:policy/service-role/AWSIoTDeviceDefenderAudit")
    details = fresh.audit(LOGGING, EXPIRING)["auditDetails"]
    assert details[EXPIRING]["checkRunStatus"] == "COMPLETED_COMPLIANT"
    of_others = json.dumps(TRUST).replace(ACCOUNT, "210987654321")
    fresh.client("iam").update_assume_role_policy(RoleName="guide", PolicyDocument=of_others)
    audit = fresh.audit(LOGGING)
    assert audit["taskStatus"] == "FAILED"
    assert "the trust policy of role guide does not let iot.amazonaws.com assume it" in \
        audit["auditDetails"][LOGGING]["message"]


# ---- the log of changes


def told(daemon, name="audit.log"):
    return [json.loads(line) for line in (daemon.data / name).read_text().splitlines()]


def test_every_change_and_refusal_is_in_the_log_and_no_secret(fresh):
    user = make_user(fresh, "ann")
    fresh.iot.create_thing(thingName="lamp")
    fresh.iot.describe_thing(thingName="lamp")
    assert error_of(fresh.iot.create_thing, thingName="lamp2", thingTypeName="none")[1] == 404
    assert error_of(user.iot.describe_thing, thingName="lamp")[1] == 403
    fresh.raw("GET", "/things", headers={"Authorization": "x"}, sign=False)
    lines = told(fresh)
    assert [(line["user"].split(":")[-1], line.get("operation"), line["outcome"], line["http"])
            for line in lines] == [
        ("root", "CreateUser", "OK", 200),
        ("root", "CreateAccessKey", "OK", 200),
        ("root", "CreateThing", "OK", 200),
        ("root", "CreateThing", "ResourceNotFoundException", 404),
        ("user/ann", "DescribeThing", "AccessDeniedException", 403)]
    assert lines[2]["resources"] == [arn("thing/lamp")] and lines[2]["action"] == "iot:CreateThing"
    assert lines[1]["resources"] == [f"arn:aws:iam::{ACCOUNT}:user/ann"]
    assert lines[1]["key"] == fresh.credentials[0] and lines[4]["key"] == user.key[0]
    assert {line["source"] for line in lines} == {"127.0.0.1"}
    assert lines[4]["why"] == sentence("ann", "iot:DescribeThing", arn("thing/lamp"))
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
               for line in lines)
    text = (fresh.data / "audit.log").read_text()
    assert user.key[1] not in text and fresh.credentials[1] not in text
    assert stat.S_IMODE(os.stat(fresh.data / "audit.log").st_mode) == 0o600


def hold_role(daemon, name, actions):
    iam = daemon.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions,
                                                "Resource": "*"}}))


def test_what_tasks_undoing_and_schedules_did_is_in_the_log(tmp_path):
    with Daemon(tmp_path, auth=False) as daemon:  # the clock moves away from signatures
        iot = daemon.iot
        hold_role(daemon, "guide", ["iot:SetV2LoggingOptions", "iam:PassRole"])
        hold_role(daemon, "other", ["iot:ListThings"])
        daemon.enable(LOGGING)
        finding = daemon.findings(daemon.audit(LOGGING)["taskId"])[0]["findingId"]
        for name, role in (("log", ROLE), ("none", OTHER_ROLE)):
            iot.create_mitigation_action(actionName=name, roleArn=role, actionParams=ENABLE)
            iot.start_audit_mitigation_actions_task(
                taskId=name, target={"findingIds": [finding]}, clientRequestToken=name,
                auditCheckToActionsMapping={LOGGING: [name]})
            wait_mitigation(daemon, name)
        daemon.raw("POST", "/bulwark/mitigationactions/tasks/log/undo", {})
        wait_for(lambda: daemon.raw("GET", "/bulwark/mitigationactions/tasks/log/undo").json[
            "undoStatus"] == "COMPLETED")
        lines = [line for line in told(daemon) if "cause" in line]
        done = {"service": "iot", "action": "iot:SetV2LoggingOptions", "finding": finding}
        for line in lines:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
        assert lines[1].pop("why").startswith("no policy of role other allows iot:SetV2Logging")
        assert lines == [
            {**done, "cause": "mitigation", "task": "log", "name": "log", "user": ROLE,
             "resources": ["*"], "outcome": "OK"},
            {**done, "cause": "mitigation", "task": "none", "name": "none", "user": OTHER_ROLE,
             "outcome": "INSUFFICIENT_PERMISSIONS"},
            {**done, "cause": "undo", "task": "log", "resources": ["*"], "outcome": "OK"}]
        iot.create_scheduled_audit(scheduledAuditName="daily", frequency="DAILY",
                                   targetCheckNames=[LOGGING])
        daemon.move_clock(days=1.1)
        wait_for(lambda: [line for line in told(daemon) if line.get("cause") == "schedule"])
        line = told(daemon)[-1]
        tasks = iot.list_audit_tasks(startTime=NOW, endTime=NOW + datetime.timedelta(days=2),
                                     taskType="SCHEDULED_AUDIT_TASK")["tasks"]
        assert line.pop("time") and line == {
            "cause": "schedule", "task": tasks[0]["taskId"], "name": "daily", "service": "iot",
            "resources": [arn("scheduledaudit/daily")], "outcome": "OK"}


def wait_for(true, seconds=30):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def wait_mitigation(daemon, task):
    wait_for(lambda: daemon.iot.describe_audit_mitigation_actions_task(
        taskId=task)["taskStatus"] != "IN_PROGRESS")


def test_what_an_import_changed_is_in_the_log(fresh):
    page = json.loads((ROOT / "tests/vectors/import/account-details-2.json").read_text())
    body = {name: page[name] for name in ("Policies", "RoleDetailList")}
    assert fresh.raw("POST", "/bulwark/import/account", {**body, "dryRun": True}).status == 200
    for _ in range(2):
        assert fresh.raw("POST", "/bulwark/import/account", body).status == 200
    event = {"clientId": "a", "timestamp": int(time.time() * 1000), "eventType": "connected",
             "sessionIdentifier": "s", "principalIdentifier": "aa" * 32}
    fresh.raw("POST", "/bulwark/import/connections", json.dumps(event).encode())
    iam = f"arn:aws:iam::{ACCOUNT}:"
    assert [(line["action"], line["resources"], line.get("changed")) for line in told(fresh)] == [
        ("bulwark:ImportAccount", ["*"], None),
        ("bulwark:ImportAccount", ["*"], [
            f"{iam}policy/team/FleetData", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
            f"{iam}role/service-role/AWSIoTDeviceDefenderAudit", f"{iam}role/Gateway"]),
        ("bulwark:ImportAccount", ["*"], None),
        ("bulwark:ImportConnections", ["*"], ["1 events of connections"])]


def test_who_has_the_reply_finds_the_line_after_a_kill(fresh):
    reply = fresh.raw("POST", "/things/lamp", {})
    fresh.kill()
    lines = told(fresh)
    assert lines[-1]["request"] == reply.headers["x-amzn-RequestId"]
    fresh.start()
    fresh.raw("POST", "/things/lamp2", {})
    assert len(told(fresh)) == 2


def test_the_log_is_opened_anew_on_sighup(fresh):
    fresh.raw("POST", "/things/a", {})
    (fresh.data / "audit.log").rename(fresh.data / "kept")
    fresh.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 20
    while not (fresh.data / "audit.log").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    fresh.raw("POST", "/things/b", {})
    assert [len(told(fresh)), len(told(fresh, "kept"))] == [1, 1]


def test_reads_are_in_the_log_where_it_is_asked_for(tmp_path):
    with Daemon(tmp_path, "--audit-log-reads") as daemon:
        daemon.iot.list_things()
        daemon.get("/health")
        assert [line["operation"] for line in told(daemon)] == ["ListThings"]


# ---- conditions on tags


def tag_user(daemon, name, *statements):
    iam = daemon.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [
            {"Effect": effect, "Action": action, "Resource": "*", "Condition": condition}
            for effect, action, condition in statements]}))
    return daemon.as_user(iam.create_access_key(UserName=name)["AccessKey"])


def test_tags_of_requests_and_resources_decide(daemon):
    north = {"StringEquals": {"aws:RequestTag/site": "north"}}
    user = tag_user(
        daemon, "tags", ("Allow", ["iot:CreateThingGroup", "iot:TagResource", "iam:TagRole"], {
            **north, "ForAllValues:StringEquals": {"aws:TagKeys": ["site", "floor"]}}),
        ("Allow", ["iot:DescribeThingGroup", "iot:UntagResource"], {
            "StringEquals": {"aws:ResourceTag/Site": "north"}}),
        ("Deny", "iot:UntagResource", {"ForAnyValue:StringEquals": {"aws:TagKeys": "site"}}),
        ("Allow", "iam:GetRole", {"StringEquals": {"iam:ResourceTag/site": "north"}}))
    denied = ("AccessDeniedException", 403)
    tag = {"Key": "site", "Value": "north"}
    create = user.iot.create_thing_group
    assert error_of(create, thingGroupName="g")[:2] == denied
    assert error_of(create, thingGroupName="g", tags=[{**tag, "Value": "south"}])[:2] == denied
    refused = error_of(create, thingGroupName="g", tags=[tag, {"Key": "other", "Value": "x"}])
    assert refused[:2] == denied and refused[2].endswith(
        "(policy p, statement 1, allows it under conditions that do not hold)")
    group = create(thingGroupName="g", tags=[tag, {"Key": "floor", "Value": "2"}])["thingGroupArn"]
    user.iot.describe_thing_group(thingGroupName="g")
    daemon.iot.create_thing_group(thingGroupName="bare")
    assert error_of(user.iot.describe_thing_group, thingGroupName="bare")[:2] == denied
    user.iot.untag_resource(resourceArn=group, tagKeys=["floor"])
    refused = error_of(user.iot.untag_resource, resourceArn=group, tagKeys=["floor", "site"])
    assert refused[:2] == denied and "with an explicit deny" in refused[2]
    iam = daemon.client("iam")
    iam.create_role(RoleName="tagged", AssumeRolePolicyDocument=json.dumps(TRUST))
    mine = user.client("iam")
    assert error_of(mine.get_role, RoleName="tagged")[:2] == ("AccessDenied", 403)
    mine.tag_role(RoleName="tagged", Tags=[tag])
    assert mine.get_role(RoleName="tagged")["Role"]["Tags"] == [tag]
    many = [tag] + [{"Key": f"k{i}", "Value": "v"} for i in range(70)]
    code, status, message = error_of(user.iot.tag_resource, resourceArn=group, tags=many)
    assert "a request names at most 64 tags" in message, (code, status, message)
