"""Audits that run by themselves, and findings that somebody accepts."""

import time

import pytest

import pki
from bulwark import ACCOUNT, Daemon, error_of

ENDING = "DEVICE_CERTIFICATE_EXPIRING_CHECK"
LOGGING = "LOGGING_DISABLED_CHECK"
INVALID = ("InvalidRequestException", 400)
NOT_FOUND = ("ResourceNotFoundException", 404)
EXISTS = ("ResourceAlreadyExistsException", 409)
LIMIT = ("LimitExceededException", 410)


@pytest.fixture
def audited(fresh):
    fresh.enable(ENDING, LOGGING)
    return fresh


@pytest.fixture
def timeless(tmp_path):
    """Signatures would be of another time."""
    with Daemon(tmp_path, auth=False) as daemon:
        daemon.enable(ENDING, LOGGING)
        yield daemon


def scheduled_tasks(daemon, name=None):
    found = daemon.iot.list_audit_tasks(startTime=int(time.time()) - 40 * 86400,
                                        endTime=int(time.time()) + 400 * 86400,
                                        taskType="SCHEDULED_AUDIT_TASK")["tasks"]
    described = [daemon.iot.describe_audit_task(taskId=t["taskId"]) for t in found]
    return [d for d in described if name is None or d["scheduledAuditName"] == name]


def wait_for(daemon, n, name=None, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        tasks = [t for t in scheduled_tasks(daemon, name) if t["taskStatus"] != "IN_PROGRESS"]
        if len(tasks) >= n:
            return tasks
        time.sleep(0.1)
    raise AssertionError(f"{n} scheduled audits were not run in {seconds} s")


def test_a_schedule_is_made_changed_tagged_and_deleted(audited):
    """The commands of the guide are in test_guide_audit.py."""
    iot = audited.iot
    name = {"scheduledAuditName": "AWSIoTDeviceDefenderDailyAudit"}
    arn = f"arn:aws:iot:us-east-1:{ACCOUNT}:scheduledaudit/AWSIoTDeviceDefenderDailyAudit"
    made = iot.create_scheduled_audit(
        **name, frequency="WEEKLY", dayOfWeek="WED", targetCheckNames=[LOGGING],
        tags=[{"Key": "team", "Value": "fleet"}])
    assert made["scheduledAuditArn"] == arn
    described = iot.describe_scheduled_audit(**name)
    described.pop("ResponseMetadata")
    assert described == {**name, "frequency": "WEEKLY", "dayOfWeek": "WED",
                         "targetCheckNames": [LOGGING], "scheduledAuditArn": arn}
    changed = iot.update_scheduled_audit(
        **name, frequency="MONTHLY", dayOfMonth="LAST",
        targetCheckNames=[LOGGING, "DEVICE_CERT_APPROACHING_EXPIRATION_CHECK"])
    assert changed["scheduledAuditArn"] == arn
    described = iot.describe_scheduled_audit(**name)
    assert described["dayOfMonth"] == "LAST"
    assert described["targetCheckNames"] == [LOGGING, ENDING]
    listed = iot.list_scheduled_audits()["scheduledAudits"]
    assert [s["scheduledAuditArn"] for s in listed] == [arn]
    assert "targetCheckNames" not in listed[0]
    tags = iot.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == [{"Key": "team", "Value": "fleet"}]
    iot.delete_scheduled_audit(**name)
    assert iot.list_scheduled_audits()["scheduledAudits"] == []


def test_bounds_and_refusals(audited):
    iot = audited.iot
    make = dict(frequency="DAILY", targetCheckNames=[LOGGING])
    for i in range(5):
        iot.create_scheduled_audit(scheduledAuditName=f"s{i}", **make)
    assert error_of(iot.create_scheduled_audit, scheduledAuditName="s5", **make)[:2] == LIMIT
    assert error_of(iot.create_scheduled_audit, scheduledAuditName="s1", **make)[:2] == EXISTS
    pages = iot.get_paginator("list_scheduled_audits").paginate(PaginationConfig={"PageSize": 2})
    assert [[s["scheduledAuditName"] for s in p["scheduledAudits"]] for p in pages] == [
        ["s0", "s1"], ["s2", "s3"], ["s4"]]
    iot.delete_scheduled_audit(scheduledAuditName="s4")
    for wrong in (dict(frequency="WEEKLY"), dict(frequency="BIWEEKLY"), dict(frequency="MONTHLY"),
                  dict(targetCheckNames=[]), dict(targetCheckNames=["NO_SUCH_CHECK"]),
                  dict(targetCheckNames=["DEVICE_CERTIFICATE_AGE_CHECK"]),
                  dict(targetCheckNames=[LOGGING, LOGGING])):
        got = error_of(iot.create_scheduled_audit, scheduledAuditName="x", **{**make, **wrong})
        assert got[:2] == INVALID, wrong
    for call in (iot.describe_scheduled_audit, iot.delete_scheduled_audit,
                 iot.update_scheduled_audit):
        assert error_of(call, scheduledAuditName="nobody")[:2] == NOT_FOUND


def test_a_check_in_use_cannot_be_disabled(audited):
    iot = audited.iot
    iot.create_scheduled_audit(scheduledAuditName="daily", frequency="DAILY",
                               targetCheckNames=[LOGGING])
    off = dict(auditCheckConfigurations={LOGGING: {"enabled": False}})
    error = error_of(iot.update_account_audit_configuration, **off)
    assert error[:2] == INVALID and "daily" in error[2]
    assert error_of(iot.delete_account_audit_configuration)[:2] == INVALID
    iot.delete_account_audit_configuration(deleteScheduledAudits=True)
    assert iot.list_scheduled_audits()["scheduledAudits"] == []


def test_runs_when_due_and_missed_ones_once(timeless):
    timeless.iot.create_scheduled_audit(scheduledAuditName="daily", frequency="DAILY",
                                       targetCheckNames=[LOGGING])
    assert scheduled_tasks(timeless) == []
    timeless.move_clock(days=1)
    first = wait_for(timeless, 1)[0]
    assert first["taskType"] == "SCHEDULED_AUDIT_TASK"
    assert first["scheduledAuditName"] == "daily"
    assert first["auditDetails"][LOGGING]["checkRunStatus"] == "COMPLETED_NON_COMPLIANT"
    timeless.stop()
    timeless.move_clock(days=9)  # eight runs are missed
    timeless.start()
    assert len(wait_for(timeless, 2)) == 2
    time.sleep(1.5)
    assert len(scheduled_tasks(timeless)) == 2
    timeless.move_clock(days=10)
    wait_for(timeless, 3)


@pytest.mark.parametrize("days,arguments", [(90, ()), (30, ("--audit-days", "30"))])
def test_audits_and_findings_are_kept_so_long_and_no_longer(tmp_path, days, arguments):
    """AWS keeps them for 90 days; an operator may say otherwise."""
    with Daemon(tmp_path, *arguments, auth=False) as daemon:
        daemon.enable(LOGGING)
        old = daemon.audit(LOGGING)["taskId"]
        finding = daemon.findings(old)[0]["findingId"]
        daemon.move_clock(days=1)
        young = daemon.audit(LOGGING)["taskId"]
        daemon.move_clock(days=days, seconds=120)
        deadline = time.monotonic() + 20
        while daemon.raw("GET", f"/audit/tasks/{old}").status == 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert error_of(daemon.iot.describe_audit_finding, findingId=finding)[:2] == NOT_FOUND
        [kept] = daemon.findings(young)  # a day younger, judged by the same step
        assert daemon.iot.describe_audit_finding(findingId=kept["findingId"])["finding"] == kept


# ---- suppressions


def test_the_suppression_walk_through(audited):
    """developer guide, "Audit finding suppressions"; its commands are in test_guide_audit.py."""
    iot = audited.iot
    pem, _ = pki.Authority("Maker").device(days=(-1, 5))
    cert = audited.iot.register_certificate_without_ca(
        certificatePem=pem, status="ACTIVE")["certificateId"]
    key = {"checkName": ENDING, "resourceIdentifier": {"deviceCertificateId": cert}}
    iot.create_audit_suppression(
        **key, suppressIndefinitely=False, expirationDate=int(time.time()) + 86400,
        description="rotates on Friday", clientRequestToken="walk")
    got = iot.describe_audit_suppression(**key)
    assert got["checkName"] == ENDING and got["suppressIndefinitely"] is False
    assert got["resourceIdentifier"] == {"deviceCertificateId": cert}
    assert got["description"] == "rotates on Friday"

    task = audited.audit(ENDING, LOGGING)["taskId"]
    detail = audited.iot.describe_audit_task(taskId=task)["auditDetails"][ENDING]
    assert detail["checkRunStatus"] == "COMPLETED_COMPLIANT" and detail["checkCompliant"]
    assert detail["nonCompliantResourcesCount"] == 1
    assert detail["suppressedNonCompliantResourcesCount"] == 1
    both = audited.iot.list_audit_findings(taskId=task, checkName=ENDING)["findings"]
    assert [f["isSuppressed"] for f in both] == [True]
    for suppressed, n in ((True, 1), (False, 0)):
        assert len(audited.iot.list_audit_findings(
            taskId=task, checkName=ENDING,
            listSuppressedFindings=suppressed)["findings"]) == n

    iot.update_audit_suppression(**key, suppressIndefinitely=True)
    got = iot.describe_audit_suppression(**key)
    assert got["suppressIndefinitely"] is True and "expirationDate" not in got
    listed = iot.list_audit_suppressions(checkName=ENDING)
    assert [s["resourceIdentifier"] for s in listed["suppressions"]] == [
        {"deviceCertificateId": cert}]
    iot.delete_audit_suppression(**key)
    iot.delete_audit_suppression(**key)
    assert error_of(iot.describe_audit_suppression, **key)[:2] == NOT_FOUND
    task = audited.audit(ENDING, LOGGING)["taskId"]
    detail = audited.iot.describe_audit_task(taskId=task)["auditDetails"][ENDING]
    assert detail["checkRunStatus"] == "COMPLETED_NON_COMPLIANT"


def test_a_suppression_ends_when_it_says(timeless):
    timeless.iot.create_audit_suppression(
        checkName=LOGGING, resourceIdentifier={"account": ACCOUNT}, suppressIndefinitely=False,
        expirationDate=int(time.time()) + 86400, clientRequestToken="for-a-day")

    def suppressed():
        detail = timeless.audit(LOGGING)["auditDetails"][LOGGING]
        return detail.get("suppressedNonCompliantResourcesCount", 0), detail["checkCompliant"]
    assert suppressed() == (1, True)
    timeless.move_clock(seconds=86400 - 60)
    assert suppressed() == (1, True)
    timeless.move_clock(seconds=86400 + 60)
    assert suppressed() == (0, False)


def test_suppressions_are_refused_when_they_make_no_sense(audited):
    iot = audited.iot
    account = {"account": ACCOUNT}
    good = dict(checkName=LOGGING, resourceIdentifier=account, suppressIndefinitely=True)
    iot.create_audit_suppression(clientRequestToken="t1", **good)
    assert error_of(iot.create_audit_suppression, clientRequestToken="t2", **good)[:2] == EXISTS
    other = dict(checkName=ENDING, resourceIdentifier={"deviceCertificateId": "ab" * 32},
                 suppressIndefinitely=True)
    assert error_of(iot.create_audit_suppression, clientRequestToken="t1", **other)[:2] == EXISTS
    for wrong in (dict(suppressIndefinitely=False), dict(expirationDate=int(time.time()) + 60),
                  dict(suppressIndefinitely=False, expirationDate=int(time.time()) - 60),
                  dict(resourceIdentifier=account),
                  dict(resourceIdentifier={"deviceCertificateId": "ab" * 32, "account": ACCOUNT}),
                  dict(checkName="NO_SUCH_CHECK")):
        got = error_of(iot.create_audit_suppression, clientRequestToken="t3", **{**other, **wrong})
        assert got[:2] == INVALID, wrong
    assert error_of(iot.update_audit_suppression, checkName=ENDING,
                    resourceIdentifier={"deviceCertificateId": "cd" * 32},
                    suppressIndefinitely=True)[:2] == NOT_FOUND


def test_suppressions_are_listed_by_their_end(audited):
    iot = audited.iot
    now = int(time.time())
    for i, days in enumerate((3, 1, None, 2)):
        end = {"suppressIndefinitely": True} if days is None else {
            "expirationDate": now + days * 86400}
        iot.create_audit_suppression(
            checkName=ENDING, resourceIdentifier={"deviceCertificateId": f"{i:02x}" * 32},
            clientRequestToken=f"t{i}", **end)
    ids = [s["resourceIdentifier"]["deviceCertificateId"][:2] for page in
           iot.get_paginator("list_audit_suppressions").paginate(PaginationConfig={"PageSize": 3})
           for s in page["suppressions"]]
    assert ids == ["01", "03", "00", "02"]
    down = iot.list_audit_suppressions(ascendingOrder=False)["suppressions"]
    assert [s["resourceIdentifier"]["deviceCertificateId"][:2] for s in down] == ids[::-1]
    one = iot.list_audit_suppressions(resourceIdentifier={"deviceCertificateId": "02" * 32})
    assert len(one["suppressions"]) == 1
