"""The command-line program against a running daemon, a killed one, and none."""

import csv
import html.parser
import io
import json
import os
import pty
import re
import socket
import subprocess

import pytest

import test_api_tls
from bulwark import ACCOUNT, BUILD, REGION, Daemon

ROLE = f"arn:aws:iam::{ACCOUNT}:role/audit"
POLICY_CHECK = "IOT_POLICY_OVERLY_PERMISSIVE_CHECK"
AGE_CHECK = "DEVICE_CERTIFICATE_AGE_CHECK"
FORMULA = "=2+5"  # a policy's name, and to a spreadsheet a formula


def bulwark(*words, env=None, **arguments):
    return subprocess.run([BUILD / "bulwark", *map(str, words)], capture_output=True, text=True,
                          timeout=60, env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent",
                                           **(env or {})}, **arguments)


def broad(resource):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iot:Publish",
         "Resource": f"arn:aws:iot:{REGION}:{ACCOUNT}:{resource}"}]})


@pytest.fixture(scope="module")
def fleet(daemon):
    """Two policies that are too broad; one's name means something to a spreadsheet, and the
    reasons speak of <any>, which means something to a browser."""
    daemon.enable(POLICY_CHECK, AGE_CHECK)
    daemon.iot.create_policy(policyName=FORMULA, policyDocument=broad("topic/*"))
    daemon.iot.create_policy(policyName="open", policyDocument=broad("topic/*"))
    return daemon


def audit(fleet, *words, **arguments):
    return bulwark("audit", "--data", fleet.data, "--check", POLICY_CHECK, *words, **arguments)


def report(fleet):
    return json.loads(audit(fleet, "--format", "json").stdout)


# ---- what the exit status says


def test_an_audit_with_something_critical_ends_with_1(fleet):
    done = audit(fleet)
    assert (done.returncode, done.stderr) == (1, "")
    assert POLICY_CHECK in done.stdout and "policy" in done.stdout


def test_an_audit_that_finds_nothing_ends_with_0(fleet):
    done = bulwark("audit", f"--data={fleet.data}", f"--check={AGE_CHECK}")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words, complaint", [
    (("audit", "--format", "xml"), "--format is xml; it is one of table, json, sarif, html, csv"),
    (("audit", "--format"), "--format lacks its value"),
    (("audit", "--format=xml"), "--format is xml"),
    (("audit", "--check", "NO_SUCH_CHECK"), "there is no check NO_SUCH_CHECK"),
    (("audit", "--task"), "--task lacks its value, ID"),
    (("audit", "--data"), "lacks its value"),
    (("audit", "--verbose"), "no such option: --verbose"),
    (("audit", "lamp"), "lamp"),
    (("finding", "lamp!"), "\"lamp!\" is no id of a finding"),
    (("api", "nope"), "there is no operation nope"),
    (("api", "--format", "xml"), "--format is xml"),
    (("mitigate", "--show=few"), "--show is \"few\""),
    (("mitigate", "--action", "x"), "--action is \"x\"; it must be CHECK=ACTION"),
    (("mitigate", "undo", "a", "b"), "\"b\""),
    (("audit", "--data", "/nonexistent"), "/nonexistent is no data folder"),
    (("finding",), "usage"),
    (("fly",), "fly"),
])
def test_what_cannot_be_run_ends_with_2_and_says_why(words, complaint):
    done = bulwark(*words)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert done.stdout == ""


def test_an_account_without_checks_is_told_how_to_enable_them(fresh):
    done = bulwark("audit", "--data", fresh.data)
    assert done.returncode == 2 and "--enable" in done.stderr
    done = bulwark("audit", "--data", fresh.data, "--enable")
    assert done.returncode == 2 and "--role" in done.stderr
    done = bulwark("audit", "--data", fresh.data, "--enable", "--role", ROLE)
    assert done.returncode in (0, 1) and done.stderr == ""
    enabled = fresh.iot.describe_account_audit_configuration()["auditCheckConfigurations"]
    assert enabled[POLICY_CHECK]["enabled"]


def test_a_task_that_is_not_there_ends_with_2(fleet):
    done = bulwark("audit", "--data", fleet.data, "--task", "0" * 32)
    assert done.returncode == 2 and "0" * 32 in done.stderr


# ---- formats


def test_json_holds_every_finding(fleet):
    findings = report(fleet)["findings"]
    names = {finding["nonCompliantResource"]["resourceIdentifier"]["policyVersionIdentifier"]
             ["policyName"] for finding in findings}
    assert names == {FORMULA, "open"}


def test_a_report_of_an_earlier_task_is_the_same(fleet):
    first = report(fleet)
    task = first["findings"][0]["taskId"]
    done = bulwark("audit", "--data", fleet.data, "--task", task, "--format", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["findings"] == first["findings"]


def test_sarif_has_a_rule_and_a_place_for_each_result(fleet):
    sarif = json.loads(audit(fleet, "--format", "sarif").stdout)
    assert sarif["version"] == "2.1.0" and len(sarif["runs"]) == 1
    run = sarif["runs"][0]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert run["tool"]["driver"]["name"] == "bulwark"
    assert set(rules) == {POLICY_CHECK}
    assert len(run["results"]) == 2
    for result in run["results"]:
        assert rules[result["ruleId"]]["shortDescription"]["text"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
        assert result["partialFingerprints"]["findingId"]


def test_csv_is_read_by_others_and_no_field_is_a_formula(fleet):
    text = audit(fleet, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 2
    for row in rows:
        assert None not in row and None not in row.values()
        assert row["checkName"] == POLICY_CHECK and row["suppressed"] == "false"
        assert not any(value[:1] in ("=", "+", "-", "@") for value in row.values())


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = set(), ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text += data


def test_html_shows_what_looks_like_markup_as_text(fleet):
    page = audit(fleet, "--format", "html").stdout
    assert page.lower().startswith("<!doctype html>")
    read = Tags()
    read.feed(page)
    assert "table" in read.tags or "li" in read.tags or "section" in read.tags
    assert "any" not in read.tags and "&lt;any&gt;" in page
    assert "<any>" in read.text and FORMULA in read.text


# ---- which daemon


def test_a_daemon_that_was_killed_is_replaced_for_the_audit_and_ended(tmp_path):
    with Daemon(tmp_path) as daemon:
        daemon.enable(POLICY_CHECK)
        daemon.iot.create_policy(policyName="open", policyDocument=broad("topic/*"))
        daemon.take_counts()
        daemon.kill()
    assert (daemon.data / "endpoint").exists()
    done = bulwark("audit", "--data", daemon.data)
    assert (done.returncode, done.stderr) == (1, "")
    assert "open" in done.stdout
    assert not (daemon.data / "endpoint").exists()
    daemon.start()  # nobody holds the store any more
    daemon.stop()


def test_a_daemon_of_an_audit_judges_as_the_folder_was_served_last(tmp_path):
    """Its lists are gone: an audit without them would find nothing."""
    lists = tmp_path / "lists"
    lists.mkdir()
    with Daemon(tmp_path, "--crl-dir", lists, "--extensions") as daemon:
        daemon.enable(POLICY_CHECK)
        daemon.take_counts()
    config = (daemon.data / "last.conf").read_text()
    done = bulwark("audit", "--data", daemon.data)
    assert (done.returncode, done.stderr) == (0, "")
    assert (daemon.data / "last.conf").read_text() == config
    lists.rmdir()
    done = bulwark("audit", "--data", daemon.data)
    assert done.returncode == 2 and f"crl-dir names {lists}" in done.stderr
    own = tmp_path / "own.conf"
    own.write_text("audit-days 30\n")
    done = bulwark("audit", "--data", daemon.data, "--config", own)
    assert (done.returncode, done.stderr) == (0, "")
    assert "audit-days 30" in (daemon.data / "last.conf").read_text()
    own.write_text("audit-dies 30\n")
    done = bulwark("audit", "--data", daemon.data, "--config", own)
    assert done.returncode == 2 and "own.conf, line 1" in done.stderr


def test_a_configuration_is_for_a_daemon_that_is_started(fleet, tmp_path):
    own = tmp_path / "own.conf"
    own.write_text("")
    done = bulwark("audit", "--data", fleet.data, "--config", own)
    assert done.returncode == 2 and "serves" in done.stderr and "--config" in done.stderr
    done = bulwark("audit", "--endpoint", fleet.url, "--config", own)
    assert done.returncode == 2 and "--config" in done.stderr


def test_what_was_not_judged_is_no_clean_bill_in_any_form(tmp_path):
    """A certificate whose lists nobody can fetch."""
    with Daemon(tmp_path) as daemon:
        daemon.enable("REVOKED_CA_CERT_CHECK")
        folder = tmp_path / "pki"
        folder.mkdir()
        ca, key = folder / "ca.pem", folder / "ca.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", ca, "-days",
                        "90", "-subj", "/CN=unreachable", "-addext",
                        "crlDistributionPoints=URI:http://127.0.0.1:1/ca.crl"], check=True,
                       capture_output=True)
        daemon.iot.register_ca_certificate(caCertificate=ca.read_text(), certificateMode="SNI_ONLY",
                                           setAsActive=True)
        for form in ("table", "json", "csv", "html", "sarif"):
            done = bulwark("audit", "--data", daemon.data, "--check",
                           "REVOKED_CA_CERT_CHECK", "--format", form)
            assert done.returncode == 2, (form, done.stdout, done.stderr)
            said = done.stdout if form == "table" else done.stderr
            assert "REVOKED_CA_CERTIFICATE_STILL_ACTIVE_CHECK" in said
            assert "1 resource could not be judged" in " ".join(said.split())
            if form == "json":
                counts = json.loads(done.stdout)["task"]["taskStatistics"]
                assert counts["nonCompliantChecks"] == 1 and counts["compliantChecks"] == 0
            if form == "sarif":
                invocation = json.loads(done.stdout)["runs"][0]["invocations"][0]
                assert not invocation["executionSuccessful"]
                assert invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_a_role_that_the_account_does_not_hold_is_noted_and_changes_nothing(tmp_path):
    with Daemon(tmp_path) as daemon:
        daemon.enable("LOGGING_DISABLED_CHECK")
        role = daemon.iot.describe_account_audit_configuration()["roleArn"]
        note = f"This account does not hold role {role} of its audit configuration"

        def audit(form):
            return bulwark("audit", "--data", daemon.data, "--format", form)

        table = audit("table")
        assert table.returncode == 0 and f"Note: {note}" in " ".join(table.stdout.split())
        for form in ("json", "sarif", "html", "csv"):
            done = audit(form)
            assert done.returncode == 0 and note in done.stderr, form
            if form == "json":
                assert json.loads(done.stdout)["roleNotHeld"] == role
        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"},
            "Action": "sts:AssumeRole"}]}
        iam = daemon.client("iam")
        iam.create_role(RoleName=role.rpartition("/")[2],
                        AssumeRolePolicyDocument=json.dumps(trust))
        iam.attach_role_policy(RoleName=role.rpartition("/")[2], PolicyArn=(
            "arn:aws:iam::aws:policy/service-role/AWSIoTDeviceDefenderAudit"))
        assert "does not hold" not in audit("table").stdout
        held = audit("json")
        assert held.stderr == "" and "roleNotHeld" not in json.loads(held.stdout)


def test_an_endpoint_takes_credentials_from_the_environment(fleet):
    key, secret = fleet.credentials
    words = ("audit", "--endpoint", fleet.url, "--check", POLICY_CHECK, "--format", "json")
    keys = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
    done = bulwark(*words, env=keys)
    assert done.returncode == 1 and len(json.loads(done.stdout)["findings"]) == 2
    done = bulwark(*words, env={**keys, "AWS_SECRET_ACCESS_KEY": "x" * 40})
    assert done.returncode == 2 and "signature" in done.stderr.lower()
    assert secret not in done.stderr
    done = bulwark(*words)
    assert done.returncode == 2 and done.stderr


def test_a_certificate_of_its_own_is_believed_when_it_is_given(tmp_path):
    test_api_tls.make(tmp_path / "tls")
    with test_api_tls.TlsDaemon(tmp_path, *test_api_tls.options(tmp_path / "tls")) as daemon:
        key, secret = daemon.credentials
        keys = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
        for words, env in ((("--data", daemon.data), {}), (("--endpoint", daemon.url), keys)):
            words = ("audit", *words, "--enable", "--role", ROLE)
            refused = bulwark(*words, env=env)
            assert refused.returncode == 2
            assert daemon.url in refused.stderr and "--ca-file" in refused.stderr
            assert "not trusted" in refused.stderr
            served = bulwark(*words, "--ca-file", tmp_path / "tls" / "cert.pem", env=env)
            assert served.returncode in (0, 1), served.stderr


def test_nobody_at_an_endpoint_is_said_so(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    keys = {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "x" * 40}
    done = bulwark("audit", "--endpoint", url, env=keys)
    assert done.returncode == 2
    assert f"no bulwarkd is listening at {url}" in done.stderr


def test_a_folder_that_another_daemon_holds_is_said_so(tmp_path):
    """Its endpoint file is gone, so nobody can be asked, and a second daemon may not serve it."""
    with Daemon(tmp_path) as daemon:
        (daemon.data / "endpoint").rename(tmp_path / "endpoint")
        done = bulwark("audit", "--data", daemon.data)
        assert done.returncode == 2
        assert "another" in done.stderr and str(daemon.data) in done.stderr, done.stderr
        assert len(done.stderr.splitlines()) == 1


# ---- the other commands


def test_a_finding_is_told_with_what_to_do(fleet):
    finding = report(fleet)["findings"][0]
    done = bulwark("finding", finding["findingId"], "--data", fleet.data)
    assert done.returncode == 0
    assert finding["reasonForNonCompliance"].split(".")[0] in " ".join(done.stdout.split())
    assert "create-policy-version" in " ".join(done.stdout.split())
    done = bulwark("finding", "0" * 36, "--data", fleet.data)
    assert done.returncode == 2 and done.stderr


def test_the_operations_are_listed_for_programs(fleet):
    listed = json.loads(bulwark("api", "--format", "json").stdout)
    rows = {(row["service"], row["name"]): row for row in listed["list"]}
    assert len(rows) == len(listed["list"])
    for service in listed["services"]:
        own = [row for key, row in rows.items() if key[0] == service["service"]
               and not row["path"].startswith("/bulwark/")]
        assert len(own) == service["operations"]
        assert sum(row["offered"] for row in own) == service["offered"]
    assert listed["services"][0]["offered"] > 0
    assert rows["iot", "CreateThing"] == {"service": "iot", "name": "CreateThing", "method": "POST",
                                          "path": "/things/{thingName}", "offered": True}
    for service, sdk in (("iot", "iot"), ("iam", "iam"), ("sts", "sts"), ("sns", "sns"),
                         ("logs", "logs"), ("cognito", "cognito-identity")):
        names = fleet.client(sdk).meta.service_model.operation_names
        assert {(service, name) for name in names} <= set(rows)


def test_the_operations_of_each_service_are_counted_and_one_is_told():
    listed = bulwark("api").stdout
    assert re.search(r"^\d+ of 280 operations of the AWS IoT service model and its data plane "
                     r"are offered\.$", listed, re.M)
    assert re.search(r"^\d+ of 176 operations of the IAM service model are offered\.$", listed, re.M)
    told = bulwark("api", "iam:CreateRole").stdout
    assert "RoleName  string, required, in the body, at least 1, at most 64" in told
    assert "EntityAlreadyExists  409" in told
    assert bulwark("api", "iam:CreateRoll").returncode == 2


def test_progress_is_for_terminals_alone(fleet):
    reader, writer = pty.openpty()
    done = subprocess.run([BUILD / "bulwark", "audit", "--data", fleet.data, "--check",
                           POLICY_CHECK], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=writer, timeout=60)
    os.close(writer)
    shown = os.read(reader, 65536)
    os.close(reader)
    assert done.returncode == 1
    assert b"\x1b[K" in shown
    assert b"\x1b" not in done.stdout


def test_what_one_verdict_lacks_the_other_still_says(tmp_path):
    """A policy that is too broad, and whose misconfiguration needs too many states."""
    denied = ["arn:aws:iot:us-east-1:123456789012:topicfilter/*" + "?" * i + "a" + "?" * 20 + "*"
              for i in range(8)]
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["iot:Subscribe", "iot:Receive"], "Resource": "*"},
        *({"Effect": "Deny", "Action": "iot:Subscribe", "Resource": one} for one in denied)]}))
    done = bulwark("policy", "check", "--format", "json", file)
    said = json.loads(done.stdout)
    assert done.returncode == 2 and "states" in said["error"]
    assert said["compliant"] is False
    assert {f["check"] for f in said["findings"]} == {"IOT_POLICY_OVERLY_PERMISSIVE_CHECK"}
    text = bulwark("policy", "check", file)
    assert text.returncode == 2 and "not compliant" in text.stdout and "states" in text.stderr
