"""The history of connections: imported by the command line, judged by audits."""

import datetime
import json
import re
import subprocess
import time

import pytest

from bulwark import ACCOUNT, BUILD, ROOT, Daemon, error_of

SHARED = "DEVICE_CERTIFICATE_SHARED_CHECK"
CONFLICT = "CONFLICTING_CLIENT_IDS_CHECK"
IDENTITY = "SHARED_COGNITO_IDENTITY_CHECK"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/audit"
VECTORS = sorted((ROOT / "tests/vectors/connections").glob("*.json"))


@pytest.fixture(scope="module")
def prompt(tmp_path_factory):
    """A daemon that judges connections up to now, and has the extensions."""
    with Daemon(tmp_path_factory.mktemp("prompt"), "--session-lag-seconds", "0",
                "--extensions") as running:
        running.enable(SHARED, CONFLICT, IDENTITY)
        yield running


def bulwark(*words, **arguments):
    return subprocess.run([BUILD / "bulwark", *map(str, words)], capture_output=True, text=True,
                          timeout=60, env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
                          **arguments)


def lifecycle(event):
    return {"clientId": event["client"], "timestamp": event["at"],
            "eventType": "connected" if event["begins"] else "disconnected",
            "sessionIdentifier": event["session"], "principalIdentifier": event["principal"],
            **({"cognitoIdentityPoolId": event["pool"]} if event["pool"] else {}),
            **({"disconnectReason": event["reason"]} if not event["begins"] else {})}


def log(event):
    moment = datetime.datetime.fromtimestamp(event["at"] / 1000, datetime.timezone.utc)
    return {"timestamp": moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3], "logLevel": "INFO",
            "status": "Success", "eventType": "Connect" if event["begins"] else "Disconnect",
            "clientId": event["client"], "principalId": event["principal"],
            "sourceIp": "192.0.2.1",
            **({"reason": event["reason"]} if not event["begins"] else {})}


def lines(vector, now):
    form = log if vector.get("form") == "log" else lifecycle
    events = []
    for number, (client, principal, begin, end, reason) in enumerate(vector["sessions"]):
        common = {"client": client, "principal": principal, "pool": vector.get("pool"),
                  "session": f"{client}-{number}", "reason": reason}
        events.append(dict(common, begins=True, at=now + int(begin * 60000)))
        if end is not None:
            events.append(dict(common, begins=False, at=now + int(end * 60000)))
    events.sort(key=lambda event: event["at"])
    return "".join(json.dumps(form(event)) + "\n" for event in events)


def load(daemon, text):
    return bulwark("import", "--data", daemon.data, "--connections", "-", input=text)


def related(daemon, finding):
    listed = daemon.iot.list_related_resources_for_audit_finding(findingId=finding["findingId"])
    return listed["relatedResources"]


def resource(finding):
    identifier = finding["nonCompliantResource"]["resourceIdentifier"]
    return identifier[next(iter(identifier))]


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_each_vector_is_judged_as_it_says(prompt, path):
    vector = json.loads(path.read_text())
    now = int(time.time() * 1000)
    done = load(prompt, lines(vector, now))
    assert done.returncode == 0, done.stderr
    names = {row[0] for row in vector["sessions"]} | {row[1] for row in vector["sessions"]}
    names |= {vector.get("pool")}
    found = {}
    for finding in prompt.findings(prompt.audit(vector["check"])["taskId"]):
        if resource(finding) not in names:
            continue
        shown = related(prompt, finding)
        assert shown[:10] == finding["relatedResources"]
        found[resource(finding)] = [
            entry["additionalInfo"]["PRINCIPAL_ID"] if vector["check"] == CONFLICT
            else entry["resourceIdentifier"]["clientId"] for entry in shown]
    assert {k: sorted(v) for k, v in found.items()} == {
        k: sorted(v) for k, v in vector["expect"].items()}
    for name, order in vector["expect"].items():
        assert path.stem.startswith("S6") or found[name] == order


def test_more_than_ten_related_clients_are_listed_by_pages(prompt):
    now = int(time.time() * 1000)
    certificate = "ab" * 32
    sessions = [[f"page-{i:02}", certificate, -600 + i, -60 + i, ""] for i in range(25)]
    assert load(prompt, lines({"sessions": sessions}, now)).returncode == 0
    task = prompt.audit(SHARED)["taskId"]
    finding, = (f for f in prompt.findings(task) if resource(f) == certificate)
    assert finding["reasonForNonComplianceCode"] == "CERTIFICATE_SHARED_BY_MULTIPLE_DEVICES"
    assert finding["severity"] == "CRITICAL"
    assert [r["resourceIdentifier"]["clientId"] for r in finding["relatedResources"]] == [
        f"page-{i:02}" for i in range(24, 14, -1)]
    seen, token = [], None
    while True:
        words = ["--next-token", token] if token else []
        page = prompt.aws("iot", "list-related-resources-for-audit-finding", "--finding-id",
                          finding["findingId"], "--max-results", "10", "--no-paginate", *words)
        seen += page["relatedResources"]
        token = page.get("nextToken")
        if not token:
            break
    assert [r["resourceIdentifier"]["clientId"] for r in seen] == [
        f"page-{i:02}" for i in range(24, -1, -1)]
    assert seen[0]["resourceType"] == "CLIENT_ID"
    assert seen[0]["additionalInfo"] == {"CONNECTION_TIME": str(now - 576 * 60000),
                                         "DISCONNECTION_TIME": str(now - 36 * 60000)}


def test_what_is_imported_twice_is_once_and_bad_lines_are_named(fresh):
    now = int(time.time() * 1000)
    text = lines({"sessions": [["a", "11" * 32, -10, -5, ""], ["b", "11" * 32, -9, None, ""]]}, now)
    first = load(fresh, text)
    assert first.returncode == 0
    assert first.stdout == "3 lines: 3 new, 0 known already, 0 of other things, 0 refused\n"
    again = load(fresh, text)
    assert again.stdout == "3 lines: 0 new, 3 known already, 0 of other things, 0 refused\n"
    marked = load(fresh, "\ufeff" + text)
    assert (marked.returncode, marked.stdout) == (0, again.stdout), marked.stderr
    assert load(fresh, text + "\ufeff" + text).returncode == 1  # only at the very beginning
    bad = load(fresh, "nonsense\n\n" + text + '{"eventType":"Publish-In"}\n'
               + '{"eventType":"connected","clientId":"c"}\n' + "x" * 70000 + "\n")
    assert bad.returncode == 1
    assert bad.stdout == "6 lines: 0 new, 3 known already, 1 of other things, 3 refused\n"
    assert re.findall(r"^-:(\d+): ", bad.stderr, re.M) == ["8", "1", "7"]
    assert "timestamp" in bad.stderr
    fresh.kill()
    alone = load(fresh, text)
    assert alone.returncode == 0, alone.stderr
    assert "3 known already" in alone.stdout
    fresh.start()


def test_the_route_is_signed_bounded_and_says_what_it_did(fresh):
    assert fresh.raw("POST", "/bulwark/import/connections", b"{}", sign=False).status == 403
    many = fresh.raw("POST", "/bulwark/import/connections", b"{}\n" * 2500)
    assert many.status in (400, 413) and "2000" in many.body.decode()
    fine = fresh.raw("POST", "/bulwark/import/connections", b"{}")
    assert fine.status == 200
    assert fine.json == {"lines": 1, "changed": 0, "known": 0, "skipped": 0, "logged": 0,
                         "refused": [{"line": 1, "why": "the line has no eventType"}]}
    assert fresh.raw("GET", "/bulwark/import/connections").status == 404


def test_a_check_enabled_lately_waits_for_two_hours_of_data(tmp_path):
    fresh = Daemon(tmp_path, auth=False).start()  # the clock moves away from signatures
    fresh.enable(SHARED, "LOGGING_DISABLED_CHECK")
    now = int(time.time() * 1000)
    sessions = [["w-a", "22" * 32, -30, None, ""], ["w-b", "22" * 32, -20, None, ""]]
    assert load(fresh, lines({"sessions": sessions}, now)).returncode == 0
    task = fresh.iot.start_on_demand_audit_task(
        targetCheckNames=[SHARED, "LOGGING_DISABLED_CHECK"])["taskId"]
    deadline = time.monotonic() + 30
    while True:
        audit = fresh.iot.describe_audit_task(taskId=task)
        if audit["taskStatistics"]["waitingForDataCollectionChecks"] == 1 and \
                audit["taskStatistics"]["nonCompliantChecks"] == 1:
            break
        assert time.monotonic() < deadline, audit
        time.sleep(0.05)
    assert audit["taskStatus"] == "IN_PROGRESS"
    assert audit["auditDetails"][SHARED]["checkRunStatus"] == "WAITING_FOR_DATA_COLLECTION"
    table = bulwark("audit", "--data", fresh.data, "--check", SHARED)
    assert table.returncode == 0 and "Nothing found so far; what waits" in table.stdout
    sarif = bulwark("audit", "--data", fresh.data, "--check", SHARED, "--format", "sarif")
    [invocation] = json.loads(sarif.stdout)["runs"][0]["invocations"]
    assert sarif.returncode == 0 and invocation["executionSuccessful"]
    assert invocation["toolExecutionNotifications"][0]["associatedRule"] == {"id": SHARED}
    fresh.move_clock(seconds=7201)
    fresh.restart()
    fresh.audit_wait(task)
    assert [resource(f) for f in fresh.findings(task, checkName=SHARED)] == ["22" * 32]
    fresh.stop()


def test_an_extension_exists_only_where_extensions_are_on(fresh):
    described = fresh.iot.describe_account_audit_configuration()["auditCheckConfigurations"]
    assert len(described) == 17 and IDENTITY not in described
    assert error_of(fresh.iot.update_account_audit_configuration, roleArn=ROLE,
                    auditCheckConfigurations={IDENTITY: {"enabled": True}})[:2] == (
                        "InvalidRequestException", 400)


def test_extensions_are_described(prompt):
    described = prompt.iot.describe_account_audit_configuration()["auditCheckConfigurations"]
    assert described[IDENTITY] == {"enabled": True}
