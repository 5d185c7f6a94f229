"""Audits through the API: configuration, tasks, findings, and what is refused."""

import datetime

import pytest

import pki
from bulwark import ACCOUNT, Daemon, error_of

ENDING = "DEVICE_CERTIFICATE_EXPIRING_CHECK"
AGE = "DEVICE_CERTIFICATE_AGE_CHECK"
LOGGING = "LOGGING_DISABLED_CHECK"
POLICY = "IOT_POLICY_OVERLY_PERMISSIVE_CHECK"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/audit"
INVALID = ("InvalidRequestException", 400)
NOT_FOUND = ("ResourceNotFoundException", 404)


def update(daemon, checks, **more):
    return daemon.iot.update_account_audit_configuration(
        auditCheckConfigurations=checks, **more)


def refused(daemon, checks, **more):
    return error_of(daemon.iot.update_account_audit_configuration,
                    auditCheckConfigurations=checks, **more)


def fleet(daemon, n, days):
    return {daemon.iot.register_certificate_without_ca(
        certificatePem=pki.Authority("Maker").device(days=(-1, days))[0],
        status="ACTIVE")["certificateId"] for _ in range(n)}


# ---- configuration


def test_configuration_begins_off_is_patched_and_forgotten(fresh):
    described = fresh.iot.describe_account_audit_configuration()
    assert "roleArn" not in described
    assert described["auditCheckConfigurations"]
    assert not any(c["enabled"] for c in described["auditCheckConfigurations"].values())
    assert error_of(fresh.iot.delete_account_audit_configuration)[:2] == NOT_FOUND
    assert refused(fresh, {ENDING: {"enabled": True}})[:2] == INVALID
    assert refused(fresh, {ENDING: {"enabled": False}}, roleArn=ROLE)[:2] == INVALID
    update(fresh, {ENDING: {"enabled": True}}, roleArn=ROLE)
    update(fresh, {AGE: {"enabled": True}})
    described = fresh.aws("iot", "describe-account-audit-configuration")
    on = [name for name, c in described["auditCheckConfigurations"].items() if c["enabled"]]
    assert sorted(on) == [AGE, ENDING] and described["roleArn"] == ROLE
    fresh.iot.delete_account_audit_configuration()
    described = fresh.iot.describe_account_audit_configuration()
    assert "roleArn" not in described
    assert not any(c["enabled"] for c in described["auditCheckConfigurations"].values())


def test_aliases_are_accepted_and_canonical_names_come_out(fresh):
    update(fresh, {"DEVICE_CERT_APPROACHING_EXPIRATION_CHECK": {"enabled": True}}, roleArn=ROLE)
    described = fresh.iot.describe_account_audit_configuration()["auditCheckConfigurations"]
    assert described[ENDING]["enabled"]
    assert "DEVICE_CERT_APPROACHING_EXPIRATION_CHECK" not in described
    audit = fresh.audit("DEVICE_CERT_APPROACHING_EXPIRATION_CHECK")
    assert list(audit["auditDetails"]) == [ENDING]
    both = {ENDING: {"enabled": True}, "DEVICE_CERT_APPROACHING_EXPIRATION_CHECK":
            {"enabled": True}}
    assert refused(fresh, both)[:2] == INVALID


@pytest.mark.parametrize("check", ["SHARED_COGNITO_IDENTITY_CHECK", "NO_SUCH_CHECK"])
def test_a_check_that_is_not_there_cannot_be_enabled(daemon, check):
    code, status, message = refused(daemon, {check: {"enabled": True}}, roleArn=ROLE)
    assert (code, status) == INVALID and check in message


@pytest.mark.parametrize("check, key, days", [
    (AGE, "CERT_AGE_THRESHOLD_IN_DAYS", "29"), (AGE, "CERT_AGE_THRESHOLD_IN_DAYS", "3653"),
    (AGE, "CERT_AGE_THRESHOLD_IN_DAYS", "many"), (AGE, "CERT_AGE_THRESHOLD_IN_DAYS", "30.5"),
    (AGE, "CERT_EXPIRATION_THRESHOLD_IN_DAYS", "30"),
    (LOGGING, "CERT_AGE_THRESHOLD_IN_DAYS", "30")])
def test_a_threshold_that_cannot_be_is_refused(daemon, check, key, days):
    body = {"roleArn": ROLE, "auditCheckConfigurations":
            {check: {"enabled": True, "configuration": {key: days}}}}
    reply = daemon.raw("PATCH", "/audit/configuration", body)
    assert reply.status == 400, reply.body
    assert reply.headers["x-amzn-ErrorType"].startswith("InvalidRequestException")


def test_a_role_of_another_account_is_refused(daemon):
    other = ROLE.replace(ACCOUNT, "210987654321")
    assert refused(daemon, {ENDING: {"enabled": True}}, roleArn=other)[:2] == INVALID


# ---- tasks


def test_an_audit_is_started_described_listed_and_its_findings_read(fresh):
    ids = fleet(fresh, 7, 20) and fleet(fresh, 3, 20)
    fleet(fresh, 2, 100)
    update(fresh, {ENDING: {"enabled": True}, LOGGING: {"enabled": True}}, roleArn=ROLE)
    task = fresh.aws("iot", "start-on-demand-audit-task", "--target-check-names", ENDING,
                     LOGGING)["taskId"]
    audit = fresh.audit_wait(task)
    assert audit["taskStatus"] == "COMPLETED" and audit["taskType"] == "ON_DEMAND_AUDIT_TASK"
    statistics = audit["taskStatistics"]
    assert statistics["totalChecks"] == 2 and statistics["nonCompliantChecks"] == 2
    assert sum(n for name, n in statistics.items() if name != "totalChecks") == 2
    detail = audit["auditDetails"][ENDING]
    assert detail["checkRunStatus"] == "COMPLETED_NON_COMPLIANT" and not detail["checkCompliant"]
    assert (detail["totalResourcesCount"], detail["nonCompliantResourcesCount"]) == (12, 10)
    described = fresh.aws("iot", "describe-audit-task", "--task-id", task)
    assert described["auditDetails"][LOGGING]["nonCompliantResourcesCount"] == 1

    def pages(size, **narrow):
        token, found = {}, []
        while True:
            page = fresh.iot.list_audit_findings(maxResults=size, **narrow, **token)
            assert len(page["findings"]) <= size
            found += page["findings"]
            if "nextToken" not in page:
                return found
            token = {"nextToken": page["nextToken"]}

    every = pages(3, taskId=task)
    assert len(every) == 11 and len({f["findingId"] for f in every}) == 11
    assert len(pages(4, taskId=task, checkName=ENDING)) == 10
    assert len(pages(4, taskId=task,
                     checkName="DEVICE_CERT_APPROACHING_EXPIRATION_CHECK")) == 10
    one = next(iter(ids))
    [finding] = pages(250, taskId=task, resourceIdentifier={"deviceCertificateId": one})
    assert finding["reasonForNonComplianceCode"] == "CERTIFICATE_APPROACHING_EXPIRATION"
    assert finding["severity"] == "MEDIUM" and finding["isSuppressed"] is False
    assert finding["taskId"] == task and finding["checkName"] == ENDING
    [same] = pages(250, taskId=task, listSuppressedFindings=False,
                   resourceIdentifier={"deviceCertificateId": one})
    assert same == finding
    assert pages(250, taskId=task, listSuppressedFindings=True) == []
    hour = datetime.timedelta(hours=1)
    now = datetime.datetime.now(datetime.timezone.utc)
    assert len(pages(5, startTime=now - hour, endTime=now + hour)) == 11
    assert pages(5, startTime=now - 2 * hour, endTime=now - hour) == []
    shown = fresh.iot.describe_audit_finding(findingId=finding["findingId"])["finding"]
    assert shown == finding
    cli = fresh.aws("iot", "list-audit-findings", "--task-id", task, "--check-name", LOGGING)
    assert cli["findings"][0]["nonCompliantResource"]["resourceIdentifier"] == {"account": ACCOUNT}
    related = fresh.iot.list_related_resources_for_audit_finding(findingId=finding["findingId"])
    assert related["relatedResources"] == []
    tasks = fresh.iot.list_audit_tasks(startTime=now - hour, endTime=now + hour,
                                       taskType="ON_DEMAND_AUDIT_TASK", taskStatus="COMPLETED")
    assert [t["taskId"] for t in tasks["tasks"]] == [task]
    assert fresh.iot.list_audit_tasks(startTime=now - hour, endTime=now + hour,
                                      taskStatus="CANCELED")["tasks"] == []
    assert error_of(fresh.iot.cancel_audit_task, taskId=task)[:2] == INVALID


def test_what_does_not_exist_is_not_found(daemon):
    gone = "0" * 32
    assert error_of(daemon.iot.describe_audit_task, taskId=gone)[:2] == NOT_FOUND
    assert error_of(daemon.iot.cancel_audit_task, taskId=gone)[:2] == NOT_FOUND
    assert error_of(daemon.iot.describe_audit_finding, findingId=gone)[:2] == NOT_FOUND


def test_findings_are_listed_by_task_or_by_time(daemon):
    now = datetime.datetime.now(datetime.timezone.utc)
    for wrong in ({}, {"startTime": now}, {"endTime": now},
                  {"taskId": "0" * 32, "startTime": now, "endTime": now},
                  {"startTime": now, "endTime": now - datetime.timedelta(seconds=5)}):
        assert error_of(daemon.iot.list_audit_findings, **wrong)[:2] == INVALID


def test_only_enabled_checks_are_audited(fresh):
    start = fresh.iot.start_on_demand_audit_task
    assert error_of(start, targetCheckNames=[ENDING])[:2] == INVALID
    update(fresh, {ENDING: {"enabled": True}}, roleArn=ROLE)
    assert error_of(start, targetCheckNames=[ENDING, AGE])[:2] == INVALID
    assert error_of(start, targetCheckNames=[])[:2] == INVALID
    assert error_of(start, targetCheckNames=[POLICY])[:2] == INVALID


@pytest.fixture
def unsigned(tmp_path):
    """Signatures would be of another time."""
    with Daemon(tmp_path, auth=False) as running:
        yield running


def test_time_passes_over_a_certificate(unsigned):
    fresh = unsigned
    fleet(fresh, 1, 100)
    update(fresh, {ENDING: {"enabled": True}, AGE: {"enabled": True}},
           roleArn=ROLE)

    def codes():
        task = fresh.audit(ENDING, AGE)["taskId"]
        return sorted(f["reasonForNonComplianceCode"] for f in fresh.findings(task))

    assert codes() == []
    fresh.move_clock(days=75)
    assert codes() == ["CERTIFICATE_APPROACHING_EXPIRATION"]
    fresh.move_clock(days=101)
    assert codes() == ["CERTIFICATE_PAST_EXPIRATION"]
    fresh.move_clock(days=366)
    assert codes() == ["CERTIFICATE_PAST_AGE_THRESHOLD", "CERTIFICATE_PAST_EXPIRATION"]
