"""Mitigation: actions, tasks killed and canceled in the middle, and `bulwark mitigate`."""

import concurrent.futures
import contextlib
import json
import re
import sqlite3
import subprocess
import threading
import time

import pytest

from bulwark import ACCOUNT, BUILD, REGION, Daemon, error_of
from test_audit_kill import certificates, register
from test_manuals import bash, blocks

ROLE = f"arn:aws:iam::{ACCOUNT}:role/MitigationRole"
EXPIRING = "DEVICE_CERTIFICATE_EXPIRING_CHECK"
LOGGING = "LOGGING_DISABLED_CHECK"
FLEET = 1500
KINDS = {
    "UPDATE_DEVICE_CERTIFICATE": {"updateDeviceCertificateParams": {"action": "DEACTIVATE"}},
    "UPDATE_CA_CERTIFICATE": {"updateCACertificateParams": {"action": "DEACTIVATE"}},
    "ADD_THINGS_TO_THING_GROUP": {"addThingsToThingGroupParams": {
        "thingGroupNames": ["Quarantine"], "overrideDynamicGroups": True}},
    "REPLACE_DEFAULT_POLICY_VERSION": {
        "replaceDefaultPolicyVersionParams": {"templateName": "BLANK_POLICY"}},
    "ENABLE_IOT_LOGGING": {"enableIoTLoggingParams": {
        "roleArnForLogging": f"arn:aws:iam::{ACCOUNT}:role/Logging", "logLevel": "WARN"}},
    "PUBLISH_FINDING_TO_SNS": {"publishFindingToSnsParams": {
        "topicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:findings"}},
}
# The guide's permissions policy for each type, in one; its trust policy, with the misprints in the
# account and in the ARN corrected.
PERMISSIONS = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Resource": ["*"],
    "Action": ["iot:UpdateCertificate", "iot:UpdateCACertificate", "iot:ListPrincipalThings",
               "iot:AddThingToThingGroup", "iot:CreatePolicyVersion", "iot:SetV2LoggingOptions",
               "iam:PassRole", "sns:Publish"]}]}
TRUST = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"}, "Action": "sts:AssumeRole",
    "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:iot:*:{ACCOUNT}:*"},
                  "StringEquals": {"aws:SourceAccount": ACCOUNT}}}]}


def hold_role(daemon):
    iam = daemon.client("iam")
    iam.create_role(RoleName="MitigationRole", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="MitigationRole", PolicyName="permissions",
                        PolicyDocument=json.dumps(PERMISSIONS))


def make_action(daemon, name, kind):
    daemon.iot.create_mitigation_action(actionName=name, roleArn=ROLE, actionParams=KINDS[kind])


def wait_task(daemon, task, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        described = daemon.iot.describe_audit_mitigation_actions_task(taskId=task)
        if described["taskStatus"] != "IN_PROGRESS":
            return described
        time.sleep(0.05)
    raise AssertionError(f"mitigation {task} was not done in {seconds} s")


def bulwark(daemon, *words):
    return subprocess.run([BUILD / "bulwark", *map(str, words), "--data", daemon.data],
                          capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("mitigation")) as daemon:
        hold_role(daemon)
        yield daemon


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """Many certificates that expire, an audit that found them, and an action."""
    daemon = Daemon(tmp_path_factory.mktemp("fleet"))
    daemon.start()
    hold_role(daemon)
    daemon.enable(EXPIRING)
    daemon.iot  # made before the threads share it
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda pem: register(daemon, pem), certificates(FLEET)))
    make_action(daemon, "off", "UPDATE_DEVICE_CERTIFICATE")
    audit = daemon.audit(EXPIRING)["taskId"]
    yield daemon, audit, ids
    daemon.stop()


def test_each_kind_of_action_is_made_described_changed_listed_and_deleted(daemon):
    for kind, params in KINDS.items():
        name = f"My-{kind}"
        made = daemon.iot.create_mitigation_action(
            actionName=name, roleArn=ROLE, actionParams=params)
        assert made["actionArn"] == f"arn:aws:iot:{REGION}:{ACCOUNT}:mitigationaction/{name}"
        action = daemon.iot.describe_mitigation_action(actionName=name)
        assert (action["actionType"], action["actionParams"]) == (kind, params)
        assert action["actionId"] == made["actionId"]
        listed = daemon.iot.list_mitigation_actions(actionType=kind)["actionIdentifiers"]
        assert [a["actionName"] for a in listed] == [name]
        daemon.iot.update_mitigation_action(actionName=name, roleArn=ROLE)
        daemon.iot.delete_mitigation_action(actionName=name)
    assert daemon.iot.list_mitigation_actions()["actionIdentifiers"] == []


def test_a_finding_is_mitigated_once(daemon):
    """The commands of the guide are in test_guide_mitigation.py."""
    iot = daemon.iot
    make_action(daemon, "EnableLogging", "ENABLE_IOT_LOGGING")
    daemon.enable(LOGGING)
    audit = daemon.audit(LOGGING)["taskId"]
    [finding] = daemon.findings(audit)
    start = {"taskId": "myActionsTaskId", "target": {"findingIds": [finding["findingId"]]},
             "auditCheckToActionsMapping": {LOGGING: ["EnableLogging"]},
             "clientRequestToken": "myActionsTaskId"}
    assert iot.start_audit_mitigation_actions_task(**start)["taskId"] == "myActionsTaskId"
    task = wait_task(daemon, "myActionsTaskId")
    assert task["taskStatus"] == "COMPLETED"
    assert task["taskStatistics"][LOGGING] == {
        "totalFindingsCount": 1, "failedFindingsCount": 0, "succeededFindingsCount": 1,
        "skippedFindingsCount": 0, "canceledFindingsCount": 0}
    assert task["actionsDefinition"][0]["name"] == "EnableLogging"
    assert iot.get_v2_logging_options()["defaultLogLevel"] == "WARN"
    [done] = iot.list_audit_mitigation_actions_executions(
        taskId="myActionsTaskId", findingId=finding["findingId"])["actionsExecutions"]
    assert (done["status"], done["actionName"]) == ("COMPLETED", "EnableLogging")
    tasks = iot.list_audit_mitigation_actions_tasks(
        startTime="2020-01-01", endTime="2100-01-01", findingId=finding["findingId"])["tasks"]
    assert [t["taskId"] for t in tasks] == ["myActionsTaskId"]
    assert error_of(iot.start_audit_mitigation_actions_task, **start)[:2] == (
        "TaskAlreadyExistsException", 400)
    late = error_of(iot.cancel_audit_mitigation_actions_task, taskId="myActionsTaskId")
    assert late[0] == "InvalidRequestException" and "is COMPLETED" in late[2]
    iot.delete_mitigation_action(actionName="EnableLogging")


def test_what_tasks_came_to_is_counted(daemon):
    page = daemon.get("/metrics").body
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = page.decode().splitlines()
    assert 'bulwark_mitigation_tasks{status="COMPLETED"} 1' in lines
    assert 'bulwark_mitigation_tasks{status="IN_PROGRESS"} 0' in lines
    assert 'bulwark_mitigation_steps_total{result="completed"} 1' in lines
    assert 'bulwark_mitigation_steps_total{result="failed"} 0' in lines
    assert "bulwark_mitigation_task_seconds_count 1" in lines
    [seconds] = [line for line in lines if line.startswith("bulwark_mitigation_task_seconds_sum ")]
    assert 0 <= float(seconds.split()[1]) < 60


def test_what_a_task_changed_is_told_and_undone(daemon):
    changes = daemon.raw(
        "GET", "/bulwark/mitigationactions/changes?taskId=myActionsTaskId&undoStatus=NONE").json
    [change] = changes["changes"]
    assert change["actionType"] == "ENABLE_IOT_LOGGING" and "before" not in change
    path = "/bulwark/mitigationactions/tasks/myActionsTaskId/undo"
    assert daemon.raw("GET", path).json["undoStatus"] == "NONE"
    done = bulwark(daemon, "mitigate", "undo", "myActionsTaskId")
    assert done.returncode == 0, done.stderr
    assert "1 changes of myActionsTaskId were taken back, 0 were kept" in done.stdout
    assert b"\nbulwark_mitigation_undone_total 1\n" in daemon.get("/metrics").body
    assert error_of(daemon.iot.get_v2_logging_options)[0] == "NotConfiguredException"
    daemon.iot.set_v2_logging_options(roleArn=ROLE, defaultLogLevel="INFO")
    again = bulwark(daemon, "mitigate", "undo", "myActionsTaskId")
    assert again.returncode == 0
    assert re.fullmatch(r"1 changes of myActionsTaskId were taken back already, on 20[-0-9T:.]+Z, "
                        r"0 were kept\n", again.stdout)
    assert daemon.iot.get_v2_logging_options()["defaultLogLevel"] == "INFO"
    assert daemon.raw("GET", path).json["restoredCount"] == 1
    assert daemon.raw("POST", path.replace("myActionsTaskId", "none"), {}).status == 404


def test_a_dry_run_shows_the_blast_radius_and_changes_nothing(fleet):
    daemon, audit, ids = fleet
    daemon.iot.create_thing(thingName="lamp")
    arn = f"arn:aws:iot:{REGION}:{ACCOUNT}:cert/{ids[0]}"
    daemon.iot.attach_thing_principal(thingName="lamp", principal=arn)
    done = bulwark(daemon, "mitigate", "--dry-run", "--audit", audit, "--action",
                   f"{EXPIRING}=off", "--show", 3)
    assert done.returncode == 0, done.stderr
    assert f"{FLEET} steps: {FLEET} would be done, with {FLEET} changes; 0 would be refused" \
        in done.stdout
    assert f"principals touched: {FLEET}" in done.stdout
    assert "things touched: 1\n  lamp" in done.stdout
    assert daemon.iot.describe_certificate(certificateId=ids[0])["certificateDescription"][
        "status"] == "ACTIVE"
    missing = bulwark(daemon, "mitigate", "--dry-run", "--audit", "none", "--action",
                      f"{EXPIRING}=off")
    assert missing.returncode == 2 and "there is no audit task none" in missing.stderr
    assert bulwark(daemon, "mitigate", "--audit", audit).returncode == 2


def statuses(daemon):
    """Of all certificates, how many have which status; read where they lie."""
    with sqlite3.connect(f"file:{daemon.data}/bulwark.db?mode=ro", uri=True) as db:
        return dict(db.execute("SELECT status, count(*) FROM certificate GROUP BY status"))


@contextlib.contextmanager
def company(daemon):
    """Somebody writes meanwhile, so that a task gives way after few findings."""
    over = threading.Event()

    def write():
        while not over.is_set():
            try:
                daemon.raw("PATCH", "/things/company", {"attributePayload": {"merge": True}})
            except OSError:  # it was killed
                time.sleep(0.005)
    daemon.raw("POST", "/things/company", {})
    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def start(daemon, audit, task):
    daemon.iot.start_audit_mitigation_actions_task(
        taskId=task, target={"auditTaskId": audit},
        auditCheckToActionsMapping={EXPIRING: ["off"]}, clientRequestToken=task)


def test_a_canceled_task_stops_where_it_is(fleet):
    daemon, audit, _ = fleet
    start(daemon, audit, "canceled")
    began = time.monotonic()
    try:  # in the middle, on most machines; test_runner.c cancels between two pages
        daemon.iot.cancel_audit_mitigation_actions_task(taskId="canceled")
    except daemon.iot.exceptions.InvalidRequestException:
        pass  # it was faster
    task = wait_task(daemon, "canceled")
    numbers = task["taskStatistics"][EXPIRING]
    inactive = statuses(daemon).get("INACTIVE", 0)
    time.sleep(0.3)
    assert statuses(daemon).get("INACTIVE", 0) == inactive
    assert numbers["succeededFindingsCount"] == inactive
    assert numbers["canceledFindingsCount"] == FLEET - inactive
    assert numbers["totalFindingsCount"] == FLEET
    undone = bulwark(daemon, "mitigate", "undo", "canceled")
    assert undone.returncode == 0, undone.stderr
    assert statuses(daemon) == {"ACTIVE": FLEET}


def test_a_task_killed_again_and_again_does_each_finding_once(fleet):
    daemon, audit, ids = fleet
    start(daemon, audit, "killed")
    for delay in (0, 0.02, 0.05):
        with company(daemon):
            time.sleep(delay)  # to be killed at another place of the task
            daemon.kill()
        with sqlite3.connect(daemon.data / "bulwark.db") as db:  # done or not done
            done = db.execute("SELECT count(*) FROM mitigation_execution WHERE task='killed' "
                              "AND status='COMPLETED'").fetchone()[0]
            inactive = db.execute("SELECT count(*) FROM certificate WHERE status='INACTIVE'")
            assert inactive.fetchone()[0] == done
        daemon.start()
    task = wait_task(daemon, "killed")
    assert task["taskStatus"] == "COMPLETED"
    assert task["taskStatistics"][EXPIRING]["succeededFindingsCount"] == FLEET
    assert statuses(daemon) == {"INACTIVE": FLEET}
    with sqlite3.connect(f"file:{daemon.data}/bulwark.db?mode=ro", uri=True) as db:
        [rows] = db.execute("SELECT count(*), count(DISTINCT finding) FROM mitigation_execution "
                            "WHERE task='killed'")
        assert rows == (FLEET, FLEET)


def test_an_undo_killed_in_the_middle_goes_on(fleet):
    daemon, _, ids = fleet
    daemon.iot.update_certificate(certificateId=ids[0], newStatus="REVOKED")
    daemon.raw("POST", "/bulwark/mitigationactions/tasks/killed/undo", {})
    daemon.kill()
    daemon.start()
    done = bulwark(daemon, "mitigate", "undo", "killed")
    assert done.returncode == 1, done.stderr
    assert re.match(f"{FLEET - 1} changes of killed were taken back( already, on [^,]+)?, 1 were kept\n",
                    done.stdout)  # the daemon may have gone on with it before it was asked
    assert f"kept: UPDATE_DEVICE_CERTIFICATE {ids[0]}" in done.stdout
    assert "the certificate was changed since: it is REVOKED in version" in done.stdout
    assert statuses(daemon) == {"ACTIVE": FLEET - 1, "REVOKED": 1}


def test_the_page_on_mitigation_does_what_it_says(fresh, tmp_path):
    function, *commands = blocks("docs/mitigation.md", "## From a finding to its undoing")
    script = function.replace("http://127.0.0.1:8480", fresh.url) + "".join(commands)
    done = bash(script, tmp_path, DIR=str(fresh.data),
                AWS_SHARED_CREDENTIALS_FILE=str(fresh.data / "credentials"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 steps: 1 would be done, with 1 changes; 0 would be refused" in done.stdout
    assert '"taskStatus": "COMPLETED"' in done.stdout
    assert "1 changes of enable-logging were taken back, 0 were kept" in done.stdout
    assert error_of(fresh.iot.get_v2_logging_options)[0] == "NotConfiguredException"


def test_bulwark_mitigate_runs_a_task_to_its_end(fleet):
    daemon, audit, ids = fleet
    [finding] = daemon.findings(audit, resourceIdentifier={"deviceCertificateId": ids[1]})
    done = bulwark(daemon, "mitigate", "--finding", finding["findingId"], "--action",
                   f"{EXPIRING}=off", "--task-id", "one")
    assert done.returncode == 0, done.stderr
    assert f"one: COMPLETED\n  {EXPIRING}: 1 findings, 1 succeeded, 0 failed" in done.stdout
    assert statuses(daemon)["INACTIVE"] == 1


def test_why_a_step_failed_and_what_was_so_already_is_said(fleet):
    """After the test above: one certificate is inactive, and now another is gone."""
    daemon, audit, ids = fleet
    gone, off = (daemon.findings(audit, resourceIdentifier={"deviceCertificateId": ids[i]})[0][
        "findingId"] for i in (2, 1))
    daemon.iot.update_certificate(certificateId=ids[2], newStatus="INACTIVE")
    daemon.iot.delete_certificate(certificateId=ids[2], forceDelete=True)
    make_action(daemon, "twice", "UPDATE_DEVICE_CERTIFICATE")
    words = ["mitigate", "--finding", gone, "--finding", off, "--action", f"{EXPIRING}=off,twice"]
    done = bulwark(daemon, *words, "--task-id", "two")
    assert done.returncode == 1, done.stderr
    failed, skipped = re.findall(r"^(?:failed|skipped): .*", done.stdout, re.M)
    assert failed.startswith(f"failed: off of finding {gone}, {ids[2]}: ResourceNotFoundException: ")
    assert skipped.startswith(f"skipped: twice of finding {gone}, {ids[2]}: ")
    shown = bulwark(daemon, "mitigate", "show", "two")
    assert shown.returncode == 0 and failed in shown.stdout and skipped in shown.stdout
    # Nothing of what succeeded was a change.
    undone = bulwark(daemon, "mitigate", "undo", "two")
    assert undone.stdout == (
        "0 changes of two were taken back, 0 were kept\nat least 1 findings had nothing to take "
        "back: what the actions would have changed was so already\n")
    few = bulwark(daemon, *words, "--task-id", "three", "--show", 0)
    assert "failed:" not in few.stdout and few.stdout.endswith(
        "\n... and 1 more: aws iot list-audit-mitigation-actions-executions --task-id three "
        "--finding-id FINDING\n")
    # The findings of a whole audit are asked for.
    whole = bulwark(daemon, "mitigate", "--audit", audit, "--action", f"{EXPIRING}=off",
                    "--task-id", "four")
    assert whole.returncode == 1
    failed = re.findall(r"^failed: off of finding (\S+), ", whole.stdout, re.M)
    assert len(failed) == 2 and gone in failed  # the other was revoked by a test above
    assert "more:" not in whole.stdout
    undone = bulwark(daemon, "mitigate", "undo", "four")
    assert f"{FLEET - 3} changes of four were taken back, 0 were kept\nat least 1 " in undone.stdout
