"""`bulwark collect`: an account read through its API into a snapshot, judged and mitigated from it."""

import collections
import datetime
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import boto3
import pytest
from cryptography import x509

import faulty
import pki
from bulwark import ACCOUNT, BUILD, REGION, Daemon, error_of

AGE = "DEVICE_CERTIFICATE_AGE_CHECK"
EXPIRING = "DEVICE_CERTIFICATE_EXPIRING_CHECK"
CA_EXPIRING = "CA_CERTIFICATE_EXPIRING_CHECK"
POLICY = "IOT_POLICY_OVERLY_PERMISSIVE_CHECK"
MISCONFIGURED = "IOT_POLICY_POTENTIAL_MISCONFIGURATION_CHECK"
SHARED = "DEVICE_CERTIFICATE_SHARED_CHECK"
CONFLICT = "CONFLICTING_CLIENT_IDS_CHECK"
ALIAS = "IOT_ROLE_ALIAS_OVERLY_PERMISSIVE_CHECK"
UNUSED = "IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES_CHECK"
POOL = "UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK"
LOGGING = "LOGGING_DISABLED_CHECK"
CHECKS = [AGE, EXPIRING, CA_EXPIRING, POLICY, MISCONFIGURED, SHARED, CONFLICT, ALIAS, UNUSED, POOL,
          LOGGING]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
ODD = "a=b,c@d+e"  # the signature of its path is not that of the text


def environment(daemon=None, **more):
    keys = ({"AWS_SHARED_CREDENTIALS_FILE": str(daemon.data / "credentials")}
            if daemon is not None and not daemon.key else {})
    if daemon is not None and daemon.key:
        keys = {"AWS_ACCESS_KEY_ID": daemon.key[0], "AWS_SECRET_ACCESS_KEY": daemon.key[1]}
    return {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **keys, **more}


def bulwark(*words, env, **arguments):
    return subprocess.run([BUILD / "bulwark", *map(str, words)], capture_output=True, text=True,
                          timeout=60, env=env, **arguments)


def collect(daemon, out, *words, url=None, **arguments):
    return bulwark("collect", "--endpoint-url", url or daemon.url, "--region", REGION, "--out", out,
                   *words, env=environment(daemon), **arguments)


def document(action, resource, effect="Allow"):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Action": action, "Resource": resource}]})


def trust(service):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})


def connections(certificate, pool):
    """A certificate in two places at once, a client id that was taken over, a Cognito identity."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def event(kind, minutes, client, principal, **more):
        moment = now - datetime.timedelta(minutes=minutes)
        return {"timestamp": moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3], "logLevel": "INFO",
                "status": "Success", "eventType": kind, "clientId": client,
                "principalId": principal, "sourceIp": "192.0.2.1", **more}

    def two(client, begin, end):
        return [event("Connect", begin, client, certificate),
                event("Disconnect", end, client, certificate)]

    taken = []
    for n in range(6):
        taken += [event("Connect", 900 - 10 * n, "twice", certificate),
                  event("Disconnect", 899.9 - 10 * (n + 1), "twice", certificate,
                        disconnectReason="DUPLICATE_CLIENT_ID")]
    lines = two("one", 800, 100) + two("two", 700, 200) + two("three", 650, 150) + taken
    return lines + [event("Connect", 60, "phone", f"{REGION}:11111111-2222-4333-8444-555555555555",
                          cognitoIdentityPoolId=pool)]


def fill(daemon, folder):
    """An account with something for every area."""
    iot, iam = daemon.iot, daemon.client("iam")
    cognito = daemon.client("cognito-identity")
    authority = pki.Authority("collected CA", days=(-100, 20))
    code = iot.get_registration_code()["registrationCode"]
    iot.register_ca_certificate(caCertificate=authority.pem,
                                verificationCertificate=authority.verification(code),
                                setAsActive=True)
    made = {}
    for name, days in (("soon", (-10, 15)), ("late", (-10, 300)), ("off", (-10, 15))):
        pem, _ = authority.device(name, days=days)
        made[name] = iot.register_certificate(certificatePem=pem, status="ACTIVE")
    iot.update_certificate(certificateId=made["off"]["certificateId"], newStatus="INACTIVE")
    iot.create_thing_type(thingTypeName="lamp")
    iot.create_thing(thingName="lamp:1", thingTypeName="lamp",
                     attributePayload={"attributes": {"room": "a@b", "n": "1"}})
    iot.attach_thing_principal(thingName="lamp:1", principal=made["soon"]["certificateArn"])
    iot.create_thing_group(thingGroupName="all")
    iot.create_thing_group(thingGroupName="lamps", parentGroupName="all")
    iot.create_thing_group(thingGroupName="quarantine")
    iot.add_thing_to_thing_group(thingName="lamp:1", thingGroupName="lamps")
    iot.create_policy(policyName=ODD, policyDocument=document("iot:Connect", "*"))
    iot.create_policy_version(policyName=ODD, policyDocument=document("*", "*"), setAsDefault=True)
    iot.create_policy(policyName="tight", policyDocument=document(
        "iot:Connect", f"arn:aws:iot:{REGION}:{ACCOUNT}:client/${{iot:Connection.Thing.ThingName}}"))
    iot.attach_policy(policyName=ODD, target=made["soon"]["certificateArn"])
    iot.attach_policy(policyName="tight",
                      target=iot.describe_thing_group(thingGroupName="lamps")["thingGroupArn"])
    iam.create_role(RoleName="Devices", Path="/iot/",
                    AssumeRolePolicyDocument=trust("credentials.iot.amazonaws.com"))
    iam.put_role_policy(RoleName="Devices", PolicyName="all", PolicyDocument=document("iot:*", "*"))
    own = iam.create_policy(PolicyName="Own", PolicyDocument=document("dynamodb:GetItem", "*"))
    iam.attach_role_policy(RoleName="Devices", PolicyArn=own["Policy"]["Arn"])
    iam.attach_role_policy(
        RoleName="Devices",
        PolicyArn="arn:aws:iam::aws:policy/service-role/AWSIoTDeviceDefenderAudit")
    iot.create_role_alias(roleAlias="devices=all", roleArn=f"{ROLE}iot/Devices")
    pool = cognito.create_identity_pool(IdentityPoolName="guests",
                                        AllowUnauthenticatedIdentities=True)["IdentityPoolId"]
    cognito.set_identity_pool_roles(IdentityPoolId=pool,
                                    Roles={"unauthenticated": f"{ROLE}iot/Devices"})
    iot.set_v2_logging_options(roleArn=f"{ROLE}Logging", defaultLogLevel="INFO")
    events = folder / "events.jsonl"
    events.write_text("".join(json.dumps(line) + "\n"
                              for line in connections(made["late"]["certificateId"], pool)))
    done = bulwark("import", "--data", daemon.data, "--connections", events, env=environment())
    assert done.returncode == 0, done.stderr
    daemon.enable(*CHECKS)
    iot.create_audit_suppression(
        checkName=EXPIRING, clientRequestToken="known-one", suppressIndefinitely=True,
        resourceIdentifier={"deviceCertificateId": made["soon"]["certificateId"]})
    return made


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fleet")
    with Daemon(folder, "--session-lag-seconds", "0") as daemon:
        daemon.made = fill(daemon, folder)
        daemon.settings = folder / "settings.conf"
        daemon.settings.write_text("session-lag-seconds 0\n")
        yield daemon


@pytest.fixture(scope="module")
def snapshot(fleet, tmp_path_factory):
    path = tmp_path_factory.mktemp("snapshot") / "account.snapshot"
    done = collect(fleet, path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return path


def body(path):
    """All lines but the first, which says when and where."""
    return pathlib.Path(path).read_text().splitlines()[1:]


def of_kind(path, kind):
    lines = map(json.loads, body(path))
    return {line["id"]: line["value"] for line in lines if line["kind"] == kind}


def what(finding):
    """A finding without what is of its audit alone."""
    return (finding["checkName"], finding["severity"], finding["reasonForNonComplianceCode"],
            finding["reasonForNonCompliance"], finding["isSuppressed"],
            json.dumps(finding["nonCompliantResource"], sort_keys=True))


def judged(path, *words, env=None):
    done = bulwark("audit", "--snapshot", path, "--format", "json", *words,
                   env=environment(**(env or {})))
    assert done.returncode in (0, 1, 2) and done.stdout, done.stderr
    return done, json.loads(done.stdout)


# ---- what is told


def test_a_snapshot_is_judged_as_its_account_is(fleet, snapshot):
    audit = fleet.audit(*CHECKS)
    own = {what(finding) for finding in fleet.findings(audit["taskId"], listSuppressedFindings=True)}
    own |= {what(finding) for finding in fleet.findings(audit["taskId"])}
    _, report = judged(snapshot, "--config", fleet.settings)
    theirs = {what(finding) for finding in report["findings"]}
    found = {finding[0] for finding in own}
    assert found >= {EXPIRING, CA_EXPIRING, POLICY, SHARED, CONFLICT, ALIAS, UNUSED, POOL}, found
    assert {finding for finding in own if not finding[4]} == {
        finding for finding in theirs if not finding[4]}
    for name, check in audit["auditDetails"].items():
        other = report["task"]["auditDetails"][name]
        assert {key: check.get(key) for key in ("checkRunStatus", "totalResourcesCount",
                                                "nonCompliantResourcesCount",
                                                "suppressedNonCompliantResourcesCount")} == {
            key: other.get(key) for key in ("checkRunStatus", "totalResourcesCount",
                                            "nonCompliantResourcesCount",
                                            "suppressedNonCompliantResourcesCount")}, name


INTERMEDIATE = "INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES_CHECK"
AWS_ISSUER = "Amazon Web Services O=Amazon.com Inc. L=Seattle ST=Washington C=US"


def test_an_issuer_that_is_the_services_own_is_vouched_for_by_it(fresh, tmp_path):
    iot = fresh.iot
    iot.create_keys_and_certificate(setAsActive=True)
    fresh.enable(INTERMEDIATE)
    task = fresh.audit(INTERMEDIATE)
    assert task["auditDetails"][INTERMEDIATE]["checkRunStatus"] == "COMPLETED_COMPLIANT"
    live = bulwark("audit", "--data", fresh.data, "--check", INTERMEDIATE, env=environment(fresh))
    path = tmp_path / "own.snapshot"
    assert collect(fresh, path, "--days", "0").returncode == 1
    done = bulwark("audit", "--snapshot", path, "--check", INTERMEDIATE, env=environment())
    assert done.returncode == live.returncode == 0, done.stdout + done.stderr + live.stderr

    def issued_by(name):
        authority = pki.Authority(x509.Name([x509.NameAttribute(
            x509.NameOID.ORGANIZATIONAL_UNIT_NAME if "=" in name else x509.NameOID.COMMON_NAME,
            name)]))
        return iot.register_certificate_without_ca(
            certificatePem=authority.device()[0], status="ACTIVE")["certificateId"]

    def code():
        assert collect(fresh, path, "--days", "0").returncode == 1
        return bulwark("audit", "--snapshot", path, "--check", INTERMEDIATE,
                       env=environment()).returncode

    issued_by(AWS_ISSUER)
    assert code() == 0
    for name in ("Another CA", "Bulwark local CA of account 210987654321"):
        other = issued_by(name)
        assert code() == 2, name
        iot.update_certificate(certificateId=other, newStatus="INACTIVE")
    assert code() == 0


def test_the_same_account_gives_the_same_lines(fleet, snapshot, tmp_path):
    again = tmp_path / "again.snapshot"
    assert collect(fleet, again).returncode == 0
    assert body(again) == body(snapshot)
    assert not pathlib.Path(f"{again}.part").exists()
    kinds = [json.loads(line)["kind"] for line in body(snapshot)]
    assert kinds == sorted(kinds, key=list(dict.fromkeys(kinds)).index)


def test_what_is_in_a_snapshot_is_what_the_api_says(fleet, snapshot):
    policy = of_kind(snapshot, "policy")[ODD]
    assert policy["policy"]["defaultVersionId"] == "2"
    assert {v["policyVersionId"] for v in policy["versions"]} == {"1", "2"}
    assert of_kind(snapshot, "policy-targets")[f"{ODD}/00001"]["targets"] == [
        fleet.made["soon"]["certificateArn"]]
    soon = fleet.made["soon"]
    assert of_kind(snapshot, "certificate")[soon["certificateId"]]["status"] == "ACTIVE"
    things = of_kind(snapshot, "principal-things")[f"{soon['certificateArn']}/00001"]["things"]
    assert [thing["thingName"] for thing in things] == ["lamp:1"]
    assert of_kind(snapshot, "thing-group-members")["lamps/00001"]["things"] == ["lamp:1"]
    assert f"{ROLE}iot/Devices" in of_kind(snapshot, "role")
    assert set(of_kind(snapshot, "managed-policy")) == {
        f"arn:aws:iam::{ACCOUNT}:policy/Own",
        "arn:aws:iam::aws:policy/service-role/AWSIoTDeviceDefenderAudit"}
    assert len(of_kind(snapshot, "identity-pool")) == 1
    events = [e for value in of_kind(snapshot, "connections").values() for e in value["events"]]
    assert {event["clientId"] for event in events} == {"one", "two", "three", "twice", "phone"}
    assert "logLevel" not in events[0]


def test_nothing_secret_is_in_a_snapshot(fleet, snapshot):
    text = snapshot.read_text()
    assert "PRIVATE KEY" not in text
    assert fleet.credentials[1] not in text and fleet.credentials[0] not in text
    assert fleet.iot.get_registration_code()["registrationCode"] not in text
    assert snapshot.stat().st_mode & 0o077 == 0


def test_all_forms_and_exit_codes_are_those_of_an_audit(fleet, snapshot):
    for form in ("table", "json", "sarif", "html", "csv"):
        done = bulwark("audit", "--snapshot", snapshot, "--format", form, "--check", POLICY,
                       env=environment())
        assert done.returncode == 1 and ODD in done.stdout, (form, done.stderr)
    done = bulwark("audit", "--snapshot", snapshot, "--check", LOGGING, env=environment())
    assert done.returncode == 0, done.stdout + done.stderr
    both = bulwark("audit", "--snapshot", snapshot, "--data", fleet.data, env=environment())
    assert both.returncode == 2 and "not both" in both.stderr


def processes_at(path):
    """Whose words name a path."""
    found = []
    for words in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [words.parent.name] if str(path).encode() in words.read_bytes() else []
        except OSError:  # it ended meanwhile
            pass
    return found


@pytest.mark.parametrize("moment, number", [
    ("bulwark-*", signal.SIGINT), ("bulwark-*/endpoint", signal.SIGTERM),
    ("bulwark-*/endpoint", signal.SIGHUP)])
def test_a_signal_leaves_nothing_behind(snapshot, tmp_path, moment, number):
    """It goes to the command alone; a terminal's goes to the daemon too."""
    audit = subprocess.Popen([BUILD / "bulwark", "audit", "--snapshot", snapshot],
                             env=environment(TMPDIR=str(tmp_path)), stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE,
                             # whoever runs the tests (nohup, a shell's background) may ignore it
                             preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
    while not list(tmp_path.glob(moment)):
        assert audit.poll() is None, audit.stderr.read()
        time.sleep(0.001)
    audit.send_signal(number)
    out, err = audit.communicate(timeout=30)
    assert (audit.returncode, out, err) == (-number, b"", b"")
    assert list(tmp_path.iterdir()) == []
    assert processes_at(tmp_path) == []


def test_a_signal_that_is_ignored_stays_ignored(snapshot, tmp_path):
    audit = subprocess.Popen(
        [BUILD / "bulwark", "audit", "--snapshot", snapshot, "--check", POLICY],
        env=environment(TMPDIR=str(tmp_path)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    while not list(tmp_path.glob("bulwark-*/endpoint")):
        assert audit.poll() is None, audit.stderr.read()
        time.sleep(0.001)
    audit.send_signal(signal.SIGHUP)
    out, err = audit.communicate(timeout=30)
    assert (audit.returncode, err) == (1, b"") and ODD.encode() in out
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_behind(snapshot, tmp_path):
    done = bulwark("audit", "--snapshot", snapshot, "--check", POLICY,
                   env=environment(TMPDIR=str(tmp_path)))
    assert done.returncode == 1, done.stderr
    assert list(tmp_path.iterdir()) == []


# ---- what is not told


def limited(fleet, name, statements):
    """A user of the account with these rights."""
    iam = fleet.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": statements}))
    return fleet.as_user(iam.create_access_key(UserName=name)["AccessKey"])


def test_what_is_denied_is_unknown_and_never_a_pass(fleet, tmp_path):
    user = limited(fleet, "half", [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Resource": "*",
         "Action": ["iot:ListCACertificates", "iot:DescribeCertificate", "cognito-identity:*",
                    "logs:*"]}])
    path = tmp_path / "half.snapshot"
    done = collect(user, path)
    assert done.returncode == 1, done.stderr
    assert "AccessDenied" in done.stdout and "3 not known" in done.stdout
    assert of_kind(path, "unknown").keys() == {"ca-certificates", "certificates", "connections",
                                               "identity-pools"}
    assert of_kind(path, "unknown")["certificates"]["count"] == 3
    done, report = judged(path)
    checks = report["task"]["auditDetails"]
    for name in (CA_EXPIRING, SHARED, CONFLICT, POOL):
        assert checks[name]["checkRunStatus"] == "FAILED", name
        assert checks[name]["errorCode"] == "INSUFFICIENT_PERMISSIONS"
        assert "AccessDenied" in checks[name]["message"], checks[name]
    assert "3 resources could not be judged" in checks[EXPIRING]["message"]
    assert checks[POLICY]["checkRunStatus"] == "COMPLETED_NON_COMPLIANT"
    for name in (CA_EXPIRING, EXPIRING):
        done = bulwark("audit", "--snapshot", path, "--check", name, env=environment())
        assert done.returncode == 2, done.stdout


def test_without_the_details_of_iam_the_roles_in_use_are_read(fleet, snapshot, tmp_path):
    """The guides' permissions policy has no iam:GetAccountAuthorizationDetails."""
    user = limited(fleet, "guides", [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Resource": "*", "Action": "iam:GetAccountAuthorizationDetails"}])
    path = tmp_path / "guides.snapshot"
    assert collect(user, path).returncode == 1
    assert of_kind(path, "unknown").keys() == {"other-roles"}
    assert of_kind(path, "role").keys() == {f"{ROLE}iot/Devices"}
    _, report = judged(path, "--check", ALIAS, "--check", POOL)
    _, whole = judged(snapshot, "--check", ALIAS, "--check", POOL)
    assert {what(f) for f in report["findings"]} == {what(f) for f in whole["findings"]} != set()


def test_credentials_that_are_refused_end_it(fleet, tmp_path):
    stranger = fleet.as_user({"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x" * 40})
    done = collect(stranger, tmp_path / "none")
    assert done.returncode == 2 and "sts:GetCallerIdentity" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nobody_there_is_said_at_once(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    started = time.monotonic()
    done = bulwark("collect", "--endpoint-url", url, "--region", REGION, "--out", tmp_path / "x",
                   env=environment(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b"))
    assert done.returncode == 2 and "nobody is listening" in done.stderr
    assert time.monotonic() - started < 2


# ---- troubles on the way


def test_throttling_and_troubles_that_pass_are_waited_out(fleet, snapshot, tmp_path):
    troubles = [None, None, ("throttle",), None, ("break",), None, ("cut",)]
    path = tmp_path / "slow.snapshot"
    with faulty.Faulty(fleet.url) as proxy:
        proxy.fault = lambda n, *_: troubles[n % len(troubles)]
        done = collect(fleet, path, url=proxy.url)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert body(path) == body(snapshot)
    assert "throttled" in done.stdout


def test_what_stays_broken_is_unknown_and_can_be_gone_on_with(fleet, snapshot, tmp_path):
    path = tmp_path / "broken.snapshot"
    with faulty.Faulty(fleet.url) as proxy:
        proxy.fault = lambda n, method, path, _: ("break",) if path == "/cacertificates" else None
        done = collect(fleet, path, url=proxy.url)
        assert done.returncode == 1 and "run it again" in done.stdout
        assert of_kind(path, "unknown").keys() == {"ca-certificates"}
        proxy.fault = lambda *_: None
        asked = len(proxy.requests)
        done = collect(fleet, path, url=proxy.url)
        assert done.returncode == 0, done.stdout
        again = [p for _, p, _ in proxy.requests[asked:] if p.startswith("/certificates/")]
    assert again == []  # each was known
    assert body(path) == body(snapshot)
    assert not pathlib.Path(f"{path}.part").exists()


def start_collect(fleet, url, path):
    return subprocess.Popen(
        [BUILD / "bulwark", "collect", "--endpoint-url", url, "--region", REGION, "--out", path],
        env=environment(fleet), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_killed_anywhere_it_goes_on(fleet, snapshot, tmp_path):
    path = tmp_path / "killed.snapshot"
    part = pathlib.Path(f"{path}.part")
    described = collections.Counter()
    with faulty.Faulty(fleet.url) as proxy:
        for stop in (9, 14, 21, 30):
            proxy.requests.clear()
            proxy.held.clear()
            proxy.fault = lambda n, *_: ("hang",) if n == stop else None
            running = start_collect(fleet, proxy.url, path)
            assert proxy.held.wait(20), running.communicate()
            running.kill()
            running.wait()
            described.update(p for _, p, _ in proxy.requests if p.startswith("/certificates/"))
            with open(part, "a") as file:  # as if the last line had not come to its end
                file.write('{"kind":"certificate","id":"ab')
        assert not path.exists()
        proxy.fault = lambda *_: None
        done = collect(fleet, path, url=proxy.url)
        described.update(p for _, p, _ in proxy.requests if p.startswith("/certificates/"))
    assert done.returncode == 0 and "going on from" in done.stderr, done.stderr
    assert body(path) == body(snapshot)
    assert max(described.values()) <= 2  # once more at most, where it was killed


def test_a_part_of_another_account_is_not_gone_on_with(fleet, tmp_path):
    path = tmp_path / "mixed.snapshot"
    part = pathlib.Path(f"{path}.part")
    part.write_text('{"bulwarkSnapshot":1,"account":"210987654321","region":"us-east-1",'
                    '"endpoint":"aws","begun":"2026-01-02T03:04:05Z"}\n')
    done = collect(fleet, path)
    assert done.returncode == 2 and "210987654321" in done.stderr
    part.write_text("something else\n")
    done = collect(fleet, path)
    assert done.returncode == 2 and "no part of a snapshot" in done.stderr


# ---- into a data folder


def test_a_folder_holds_the_account_and_takes_a_newer_snapshot(fleet, snapshot, tmp_path):
    data = tmp_path / "account"

    def into():
        return bulwark("collect", "--endpoint-url", fleet.url, "--region", REGION, "--data", data,
                       env=environment(fleet))

    done = into()
    assert done.returncode == 0, done.stderr
    assert body(data / "collected.snapshot") == body(snapshot)
    judged_here = bulwark("audit", "--data", data, "--check", POLICY, env=environment())
    assert judged_here.returncode == 1 and ODD in judged_here.stdout
    made = fleet.iot.create_policy(policyName="passing", policyDocument=document("iot:*", "*"))
    try:
        assert into().returncode == 0
    finally:
        fleet.iot.delete_policy(policyName=made["policyName"])
    assert "passing" in bulwark("audit", "--data", data, "--check", POLICY,
                                env=environment()).stdout
    assert into().returncode == 0
    gone = bulwark("audit", "--data", data, "--check", POLICY, env=environment())
    assert ODD in gone.stdout and "passing" not in gone.stdout


def test_a_folder_is_filled_from_a_snapshot(snapshot, tmp_path):
    done = bulwark("collect", "--snapshot", snapshot, "--data", tmp_path / "d", env=environment())
    assert done.returncode == 0, done.stderr
    found = bulwark("audit", "--data", tmp_path / "d", "--check", POLICY, env=environment())
    assert found.returncode == 1 and ODD in found.stdout
    done = bulwark("collect", "--snapshot", snapshot, "--out", tmp_path / "x", env=environment())
    assert done.returncode == 2 and "--data DIR" in done.stderr


def test_an_account_of_ones_own_is_not_replaced(fleet, fresh, tmp_path):
    fresh.iot.create_thing(thingName="mine")
    done = bulwark("collect", "--endpoint-url", fleet.url, "--region", REGION, "--data", fresh.data,
                   env=environment(fleet))
    assert done.returncode == 2 and "not made of a snapshot" in done.stderr
    assert [t["thingName"] for t in fresh.iot.list_things()["things"]] == ["mine"]


# ---- files that are not what they should be


def spoiled(lines):
    head, first, last = lines[0], lines[1], lines[-1]
    version = json.dumps({**json.loads(head), "bulwarkSnapshot": 2})
    account = json.dumps({**json.loads(head), "account": "12"})
    deep = '{"kind":"thing","id":"x","value":' + '{"a":' * 60 + "1" + "}" * 60 + "}"
    return {
        "": ":1: the text ends",
        "not JSON\n": ":1:",
        version + "\n": "version 2",
        account + "\n": "twelve digits",
        "\n".join(lines[:-1]) + "\n": "cut off",
        "\n".join([head, *reversed(lines[1:-1]), last]) + "\n": "out of order",
        "\n".join([head, first, *lines[1:]]) + "\n": "there twice",
        "\n".join([*lines, first]) + "\n": "behind the end",
        "\n".join([head, last]) + "\n": "counts",
        "\n".join([head, '{"kind":"spell","id":"","value":{}}']) + "\n": "nothing is known",
        "\n".join([head, '{"kind":"thing","id":"x"}']) + "\n": "is not {",
        "\n".join([head, deep]) + "\n": ":2:",
        "\n".join([head, '{"kind":"thing","id":"' + "x" * 800000]) + "\n": "longer than",
        "\n".join([head, '{"kind":"mark","id":"","value":{}}']) + "\n": "still being collected",
    }


def test_a_spoiled_snapshot_is_refused_with_its_place(snapshot, tmp_path):
    for number, (text, sentence) in enumerate(spoiled(snapshot.read_text().splitlines()).items()):
        path = tmp_path / f"{number}.snapshot"
        path.write_text(text)
        done = bulwark("audit", "--snapshot", path, env=environment())
        assert done.returncode == 2, sentence
        assert sentence in done.stderr and str(path) in done.stderr, (sentence, done.stderr)


def change_line(lines, kind, change):
    """The lines with the first value of a kind changed."""
    changed = []
    for line in lines:
        if f'"kind":"{kind}"' in line and change is not None:
            row = json.loads(line)
            change(row)
            line = json.dumps(row, separators=(",", ":"))
            change = None
        changed.append(line)
    return "\n".join(changed) + "\n"


def test_a_value_that_cannot_be_is_refused_and_one_that_cannot_be_kept_is_unknown(snapshot,
                                                                                  tmp_path):
    lines = snapshot.read_text().splitlines()
    path = tmp_path / "value.snapshot"
    refused = {
        "certificate": [(lambda row: row["value"].pop("status"), '"status" is missing'),
                        (lambda row: row["value"].update(status="SLEEPY"), "SLEEPY")],
        "policy": [(lambda row: row["value"]["policy"].update(defaultVersionId="9"),
                    "not among its versions"),
                   (lambda row: row["value"]["policy"].update(defaultVersionId="x"), "no number")],
        "policy-targets": [(lambda row: row["value"].update(targets=[1]), "no text")],
        "thing": [(lambda row: row["value"].update(attributes={"a": 1}), "is no text")],
        "connections": [(lambda row: row["value"]["events"][0].update(timestamp="noon"), "events")],
    }
    for kind, cases in refused.items():
        for change, sentence in cases:
            path.write_text(change_line(lines, kind, change))
            done = bulwark("audit", "--snapshot", path, env=environment())
            assert done.returncode == 2 and sentence in done.stderr, (kind, sentence, done.stderr)
    path.write_text(change_line(lines, "certificate",
                                lambda row: row["value"].update(certificatePem="no certificate")))
    _, report = judged(path, "--check", EXPIRING)
    assert "1 resource could not be judged" in report["task"]["auditDetails"][EXPIRING]["message"]


# ---- mitigations there


def mitigate(daemon, snapshot, *words, url=None):
    return bulwark("mitigate", "--snapshot", snapshot, "--endpoint-url", url or daemon.url,
                   "--region", REGION, *words, env=environment(daemon))


def undo(daemon, journal, *words, url=None):
    return bulwark("mitigate", "undo", "--journal", journal, "--endpoint-url", url or daemon.url,
                   "--region", REGION, *words, env=environment(daemon))


@pytest.fixture
def patient(tmp_path):
    """An account of the test's own, and its snapshot."""
    with Daemon(tmp_path / "patient" if (tmp_path / "patient").mkdir() is None else None) as daemon:
        authority = pki.Authority("patient CA", days=(-100, 20))
        code = daemon.iot.get_registration_code()["registrationCode"]
        daemon.ca = daemon.iot.register_ca_certificate(
            caCertificate=authority.pem, verificationCertificate=authority.verification(code),
            setAsActive=True)["certificateId"]
        daemon.devices = [daemon.iot.register_certificate(
            certificatePem=authority.device(f"d{n}", days=(-10, 15))[0], status="ACTIVE")
            for n in range(3)]
        for n, device in enumerate(daemon.devices):
            daemon.iot.create_thing(thingName=f"thing{n}")
            daemon.iot.attach_thing_principal(thingName=f"thing{n}",
                                              principal=device["certificateArn"])
        daemon.iot.create_thing_group(thingGroupName="quarantine")
        daemon.iot.create_policy(policyName=ODD, policyDocument=document("*", "*"))
        daemon.snapshot = tmp_path / "patient.snapshot"
        done = collect(daemon, daemon.snapshot, "--days", "0")
        assert done.returncode == 1, done.stderr
        yield daemon


def states(daemon):
    return [daemon.iot.describe_certificate(certificateId=d["certificateId"])
            ["certificateDescription"]["status"] for d in daemon.devices]


def told(made=0, again=0, earlier=0, known=0, moved=0, refused=0):
    return (f"{made} made, {again} made again, {earlier} made earlier, {known} were so already, "
            f"{moved} left alone, {refused} refused;")


EVERYTHING = ["--action", f"{EXPIRING}=UPDATE_DEVICE_CERTIFICATE,ADD_THINGS_TO_THING_GROUP",
              "--action", f"{CA_EXPIRING}=UPDATE_CA_CERTIFICATE",
              "--action", f"{POLICY}=REPLACE_DEFAULT_POLICY_VERSION,PUBLISH_FINDING_TO_SNS",
              "--action", f"{LOGGING}=ENABLE_IOT_LOGGING", "--group", "quarantine",
              "--logging-role", f"{ROLE}Logging"]


def test_every_kind_of_change_is_planned_made_and_taken_back(patient):
    iot, snapshot = patient.iot, patient.snapshot
    topic = patient.client("sns").create_topic(Name="alarms")["TopicArn"]
    words = [*EVERYTHING, "--topic", topic]
    plan = mitigate(patient, snapshot, *words)
    assert plan.returncode == 0, plan.stderr
    changes = [line for line in plan.stdout.splitlines() if line.startswith("change ")]
    assert len(changes) == 3 + 3 + 1 + 1 + 1 + 1, plan.stdout
    assert "ACTIVE -> INACTIVE" in plan.stdout and "1 -> 2" in plan.stdout
    assert "This was a dry run" in plan.stdout
    assert states(patient) == ["ACTIVE"] * 3 and not pathlib.Path(f"{snapshot}.journal").exists()

    done = mitigate(patient, snapshot, *words, "--apply")
    assert done.returncode == 0 and told(made=10) in done.stdout, done.stdout
    assert states(patient) == ["INACTIVE"] * 3
    assert iot.describe_ca_certificate(certificateId=patient.ca)[
        "certificateDescription"]["status"] == "INACTIVE"
    assert len(iot.list_things_in_thing_group(thingGroupName="quarantine")["things"]) == 3
    assert json.loads(iot.get_policy(policyName=ODD)["policyDocument"])["Statement"] == []
    assert iot.get_v2_logging_options()["defaultLogLevel"] == "WARN"

    again = mitigate(patient, snapshot, *words, "--apply")
    assert again.returncode == 0 and told(earlier=10) in again.stdout, again.stdout
    assert len(iot.list_policy_versions(policyName=ODD)["policyVersions"]) == 2

    journal = f"{snapshot}.journal"
    assert "10 changes would be taken back" in undo(patient, journal).stdout
    assert states(patient) == ["INACTIVE"] * 3
    iot.update_certificate(certificateId=patient.devices[0]["certificateId"], newStatus="ACTIVE")
    back = undo(patient, journal, "--apply")
    assert back.returncode == 1 and "8 restored, 2 kept, 0 refused" in back.stdout, back.stdout
    assert "cannot be taken back" in back.stdout and "is ACTIVE now" in back.stdout
    assert states(patient) == ["ACTIVE"] * 3
    assert iot.list_things_in_thing_group(thingGroupName="quarantine")["things"] == []
    assert iot.get_policy(policyName=ODD)["defaultVersionId"] == "1"
    assert len(iot.list_policy_versions(policyName=ODD)["policyVersions"]) == 1
    assert iot.get_v2_logging_options()["defaultLogLevel"] == "DISABLED"
    assert undo(patient, journal, "--apply").stdout.endswith("8 restored, 2 kept, 0 refused\n")


def test_what_was_made_and_is_no_longer_so_is_made_again(patient):
    """The same snapshot once more: the account is looked at, not the journal alone."""
    iot, snapshot = patient.iot, patient.snapshot
    topic = patient.client("sns").create_topic(Name="alarms")["TopicArn"]
    words = [*EVERYTHING, "--topic", topic, "--apply"]
    assert mitigate(patient, snapshot, *words).returncode == 0
    iot.update_certificate(certificateId=patient.devices[0]["certificateId"], newStatus="ACTIVE")
    iot.remove_thing_from_thing_group(thingName="thing0", thingGroupName="quarantine")
    iot.set_v2_logging_options(roleArn=f"{ROLE}Logging", defaultLogLevel="DISABLED")
    iot.create_policy_version(policyName=ODD, setAsDefault=True,
                              policyDocument=document("iot:Connect", "*"))
    done = mitigate(patient, snapshot, *words)
    assert done.returncode == 1 and told(again=3, earlier=6, moved=1) in done.stdout, done.stdout
    assert states(patient) == ["INACTIVE"] * 3
    assert len(iot.list_things_in_thing_group(thingGroupName="quarantine")["things"]) == 3
    assert iot.get_v2_logging_options()["defaultLogLevel"] == "WARN"
    assert iot.get_policy(policyName=ODD)["defaultVersionId"] == "3"
    iot.set_default_policy_version(policyName=ODD, policyVersionId="1")
    done = mitigate(patient, snapshot, *words)
    assert done.returncode == 0 and told(again=1, earlier=9) in done.stdout, done.stdout
    assert json.loads(iot.get_policy(policyName=ODD)["policyDocument"])["Statement"] == []
    back = undo(patient, f"{snapshot}.journal", "--apply")
    assert "9 restored, 1 kept, 0 refused" in back.stdout, back.stdout
    assert states(patient) == ["ACTIVE"] * 3


def test_what_was_undone_is_made_again(patient):
    iot, snapshot = patient.iot, patient.snapshot
    topic = patient.client("sns").create_topic(Name="alarms")["TopicArn"]
    words = [*EVERYTHING, "--topic", topic, "--apply"]
    for n in range(2):
        done = mitigate(patient, snapshot, *words)
        assert done.returncode == 0, done.stdout + done.stderr
        assert (told(made=10) if n == 0 else told(again=9, earlier=1)) in done.stdout, done.stdout
        assert states(patient) == ["INACTIVE"] * 3
        assert iot.get_v2_logging_options()["defaultLogLevel"] == "WARN"
        assert json.loads(iot.get_policy(policyName=ODD)["policyDocument"])["Statement"] == []
        back = undo(patient, f"{snapshot}.journal", "--apply")
        assert back.returncode == 1 and "9 restored, 1 kept" in back.stdout, back.stdout
        assert states(patient) == ["ACTIVE"] * 3


def test_what_was_left_alone_or_so_already_is_looked_at_again(patient):
    words = ["--action", f"{EXPIRING}=UPDATE_DEVICE_CERTIFICATE",
             "--action", f"{POLICY}=REPLACE_DEFAULT_POLICY_VERSION", "--apply"]
    first = patient.devices[0]["certificateId"]
    patient.iot.update_certificate(certificateId=first, newStatus="INACTIVE")
    patient.iot.create_policy_version(policyName=ODD, setAsDefault=True,
                                      policyDocument=document("iot:Connect", "*"))
    done = mitigate(patient, patient.snapshot, *words)
    assert done.returncode == 1 and told(made=2, known=1, moved=1) in done.stdout, done.stdout
    patient.iot.update_certificate(certificateId=first, newStatus="ACTIVE")
    patient.iot.set_default_policy_version(policyName=ODD, policyVersionId="1")
    done = mitigate(patient, patient.snapshot, *words)
    assert done.returncode == 0 and told(made=2, earlier=2) in done.stdout, done.stdout
    assert states(patient) == ["INACTIVE"] * 3


def test_a_journal_is_of_one_snapshot(patient):
    """Collected anew into the same file: what was to be done then is not what is to be done now."""
    iot, snapshot = patient.iot, patient.snapshot
    words = ["--action", f"{LOGGING}=ENABLE_IOT_LOGGING", "--logging-role", f"{ROLE}Logging",
             "--log-level", "INFO", "--apply"]
    named = patient.folder / "named"
    off = {"roleArn": f"{ROLE}Logging", "defaultLogLevel": "DISABLED", "disableAllLogs": False}
    iot.set_v2_logging_options(**off)
    for n in range(2):
        assert collect(patient, snapshot, "--days", "0").returncode == 1
        done = mitigate(patient, snapshot, *words)
        assert done.returncode == 0 and told(made=1) in done.stdout, done.stdout + done.stderr
        assert iot.get_v2_logging_options()["defaultLogLevel"] == "INFO"
        assert (f"kept as {snapshot}.journal.1" in done.stdout) == (n == 1), done.stdout
        if n == 0:
            shutil.copy(f"{snapshot}.journal", named)
        iot.set_v2_logging_options(**off)
    heads = [json.loads(pathlib.Path(f"{snapshot}.journal{end}").read_text().splitlines()[0])
             for end in ("", ".1")]
    assert heads[0]["snapshot"] != heads[1]["snapshot"]
    assert heads[0]["snapshot"] == hashlib.sha256(snapshot.read_bytes()).hexdigest()
    done = mitigate(patient, snapshot, *words, "--journal", named)
    assert done.returncode == 2 and "another snapshot" in done.stderr, done.stderr
    assert iot.get_v2_logging_options()["defaultLogLevel"] == "DISABLED"
    assert undo(patient, f"{snapshot}.journal.1").returncode == 0


def test_what_moved_since_the_snapshot_is_left_alone(patient):
    patient.iot.create_policy_version(policyName=ODD, setAsDefault=True,
                                      policyDocument=document("iot:Connect", "*"))
    patient.iot.update_certificate(certificateId=patient.devices[1]["certificateId"],
                                   newStatus="REVOKED")
    patient.iot.update_certificate(certificateId=patient.devices[2]["certificateId"],
                                   newStatus="INACTIVE")
    done = mitigate(patient, patient.snapshot, "--apply", "--action",
                    f"{EXPIRING}=UPDATE_DEVICE_CERTIFICATE", "--action",
                    f"{POLICY}=REPLACE_DEFAULT_POLICY_VERSION")
    assert done.returncode == 1, done.stderr
    assert told(made=1, known=1, moved=2) in done.stdout, done.stdout
    assert states(patient) == ["INACTIVE", "REVOKED", "INACTIVE"]
    assert patient.iot.get_policy(policyName=ODD)["defaultVersionId"] == "2"


def test_one_resource_can_be_picked_and_one_refusal_stops_no_other(patient):
    picked = patient.devices[1]["certificateId"]
    words = ["--action", f"{EXPIRING}=UPDATE_DEVICE_CERTIFICATE", "--apply"]
    done = mitigate(patient, patient.snapshot, *words, "--resource", picked, "--journal",
                    patient.folder / "one")
    assert done.returncode == 0 and "1 made" in done.stdout
    assert states(patient) == ["ACTIVE", "INACTIVE", "ACTIVE"]
    with faulty.Faulty(patient.url) as proxy:
        other = patient.devices[0]["certificateId"]
        proxy.fault = lambda n, method, path, _: (
            ("deny",) if method == "PUT" and path.endswith(other) else None)
        journal = patient.folder / "two"
        done = mitigate(patient, patient.snapshot, *words, "--journal", journal, url=proxy.url)
        assert done.returncode == 1 and "1 refused" in done.stdout, done.stdout
        assert "AccessDenied" in done.stdout
        proxy.fault = lambda *_: None
        done = mitigate(patient, patient.snapshot, *words, "--journal", journal, url=proxy.url)
        assert done.returncode == 0 and "0 refused" in done.stdout, done.stdout
    assert states(patient) == ["INACTIVE"] * 3


@pytest.mark.parametrize("after", [False, True], ids=["before-it-arrived", "after-it-arrived"])
def test_killed_in_a_change_it_goes_on(patient, after):
    words = ["--action", f"{EXPIRING}=UPDATE_DEVICE_CERTIFICATE",
             "--action", f"{POLICY}=REPLACE_DEFAULT_POLICY_VERSION", "--apply"]
    with faulty.Faulty(patient.url) as proxy:
        changes = []

        def fault(n, method, path, _):
            if method in ("PUT", "POST") and ("/certificates/" in path or "/policies/" in path):
                changes.append(path)
                return ("hang",) if len(changes) == 2 else None
            return None

        def fault_after(n, method, path, _):
            if method == "GET" and len(changes) == 2:  # the look behind the second change
                return ("hang",)
            if method in ("PUT", "POST") and ("/certificates/" in path or "/policies/" in path):
                changes.append(path)
            return None

        proxy.fault = fault_after if after else fault
        running = subprocess.Popen(
            [BUILD / "bulwark", "mitigate", "--snapshot", patient.snapshot, "--endpoint-url",
             proxy.url, "--region", REGION, *words], env=environment(patient),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert proxy.held.wait(20)
        running.kill()
        running.wait()
        proxy.fault = lambda *_: None
        done = mitigate(patient, patient.snapshot, *words, url=proxy.url)
        assert done.returncode == 0 and told(made=3, earlier=1) in done.stdout, done.stdout
        assert states(patient) == ["INACTIVE"] * 3
        assert len(patient.iot.list_policy_versions(policyName=ODD)["policyVersions"]) == 2
        back = undo(patient, f"{patient.snapshot}.journal", "--apply", url=proxy.url)
    assert back.returncode == 0 and "4 restored" in back.stdout, back.stdout
    assert states(patient) == ["ACTIVE"] * 3


def test_a_change_without_an_answer_is_made_once(patient):
    """A policy version is created, and the answer is lost: it must not be created again."""
    words = ["--action", f"{POLICY}=REPLACE_DEFAULT_POLICY_VERSION", "--apply"]
    with faulty.Faulty(patient.url) as proxy:
        proxy.fault = lambda n, method, path, _: (
            ("lose",) if method == "POST" and path.endswith("/version") else None)
        done = mitigate(patient, patient.snapshot, *words, url=proxy.url)
        assert done.returncode == 1 and "1 refused" in done.stdout, done.stdout + done.stderr
        proxy.fault = lambda *_: None
        done = mitigate(patient, patient.snapshot, *words, url=proxy.url)
        assert done.returncode == 0 and told(made=1) in done.stdout, done.stdout
        assert len(patient.iot.list_policy_versions(policyName=ODD)["policyVersions"]) == 2
        back = undo(patient, f"{patient.snapshot}.journal", "--apply", url=proxy.url)
    assert "1 restored" in back.stdout
    assert patient.iot.get_policy(policyName=ODD)["defaultVersionId"] == "1"


def test_nothing_is_changed_in_another_account(patient, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    with Daemon(other, "--account", "210987654321") as stranger:
        done = mitigate(stranger, patient.snapshot, "--action",
                        f"{EXPIRING}=UPDATE_DEVICE_CERTIFICATE", "--apply")
    assert done.returncode == 2 and "210987654321" in done.stderr
    assert not pathlib.Path(f"{patient.snapshot}.journal").exists()


def test_misuse_is_said(patient):
    for words, sentence in (
            (["--action", f"{EXPIRING}=EXPLODE"], "no kind of action"),
            (["--action", f"{LOGGING}=ENABLE_IOT_LOGGING"], "needs --logging-role"),
            (["--action", "NO_SUCH_CHECK=UPDATE_DEVICE_CERTIFICATE"], "NO_SUCH_CHECK"),
            (["--action", EXPIRING], "must be CHECK=KIND"),
            ([], "at least one --action")):
        done = mitigate(patient, patient.snapshot, *words)
        assert done.returncode == 2 and sentence in done.stderr, (words, done.stderr)
    done = bulwark("mitigate", "--endpoint-url", patient.url, env=environment(patient))
    assert done.returncode == 2 and "--snapshot FILE" in done.stderr
    for word in (["--audit", "some"], ["--dry-run"], ["--endpoint=http://127.0.0.1:1"]):
        done = bulwark("mitigate", "--endpoint-url", patient.url, *word, env=environment(patient))
        assert done.returncode == 2 and "--endpoint URL" in done.stderr, done.stderr
        assert f"{word[0].split('=')[0]} belongs to the form for a Bulwark daemon" in done.stderr
        assert "no such option" not in done.stderr


# ---- tasks of a daemon


def test_tasks_are_listed_and_shown(daemon):
    iam = daemon.client("iam")
    iam.create_role(RoleName="Mitigation", AssumeRolePolicyDocument=trust("iot.amazonaws.com"))
    iam.put_role_policy(RoleName="Mitigation", PolicyName="p", PolicyDocument=document("*", "*"))
    daemon.iot.create_policy(policyName="wide", policyDocument=document("*", "*"))
    daemon.iot.create_mitigation_action(
        actionName="Blank", roleArn=f"{ROLE}Mitigation",
        actionParams={"replaceDefaultPolicyVersionParams": {"templateName": "BLANK_POLICY"}})
    daemon.enable(POLICY)
    audit = daemon.audit(POLICY)["taskId"]
    done = bulwark("mitigate", "--audit", audit, "--action", f"{POLICY}=Blank", "--task-id", "one",
                   "--data", daemon.data, env=environment())
    assert done.returncode == 0, done.stderr
    listed = bulwark("mitigate", "list", "--data", daemon.data, env=environment())
    assert listed.returncode == 0 and listed.stdout.split()[0] == "COMPLETED", listed.stderr
    assert listed.stdout.split()[2] == "one"
    none = bulwark("mitigate", "list", "--status", "FAILED", "--data", daemon.data,
                   env=environment())
    assert (none.returncode, none.stdout) == (0, "")
    bulwark("mitigate", "undo", "one", "--data", daemon.data, env=environment())
    shown = bulwark("mitigate", "show", "one", "--data", daemon.data, env=environment())
    assert shown.returncode == 0, shown.stderr
    for text in (audit, "COMPLETED", f"\n{POLICY}\n  1 findings: 1 succeeded", "actions: Blank",
                 "1 changes taken back"):
        assert text in shown.stdout, shown.stdout
    gone = bulwark("mitigate", "show", "two", "--data", daemon.data, env=environment())
    assert gone.returncode == 2 and "two" in gone.stderr


# ---- credentials, regions, places


def test_a_profile_gives_credentials_region_and_place(fleet, tmp_path):
    key, secret = fleet.credentials
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws/credentials").write_text("[other]\naws_access_key_id = NO\n"
                                           "aws_secret_access_key = NO\n"
                                           f"[fleet]\naws_access_key_id = {key}\n"
                                           f"aws_secret_access_key = {secret}\n")
    (home / ".aws/config").write_text(f"[profile fleet]\nregion = {REGION}\n"
                                      f"endpoint_url = {fleet.url}\n"
                                      "[profile sso]\nsso_session = x\nregion = eu-west-1\n")
    out = tmp_path / "profile.snapshot"
    done = bulwark("collect", "--profile", "fleet", "--out", out, "--days", "0",
                   env={"PATH": "/usr/bin:/bin", "HOME": str(home), "AWS_ACCESS_KEY_ID": "NO",
                        "AWS_SECRET_ACCESS_KEY": "NO"})
    assert done.returncode == 1 and out.exists(), done.stderr
    for profile, sentence in (("sso", "export-credentials"), ("none", "region")):
        done = bulwark("collect", "--profile", profile, "--out", tmp_path / "x",
                       env={"PATH": "/usr/bin:/bin", "HOME": str(home)})
        assert done.returncode == 2 and sentence in done.stderr, done.stderr
    done = bulwark("collect", "--out", tmp_path / "y", "--region", REGION,
                   env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    assert done.returncode == 2 and "no credentials" in done.stderr


# ---- an emulator of AWS that is not ours


@pytest.fixture(scope="module")
def moto(tmp_path_factory):
    program = shutil.which("moto_server")
    if program is None:
        pytest.skip("moto_server is not installed: nothing but Bulwark itself was collected from")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    log = open(tmp_path_factory.mktemp("moto") / "log", "wb")
    process = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)], stdout=log,
                               stderr=log)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    log.close()


def test_an_emulator_of_aws_is_collected_and_mitigated(moto, tmp_path):
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    iot = boto3.client("iot", endpoint_url=moto, region_name="eu-west-1", **keys)
    iam = boto3.client("iam", endpoint_url=moto, region_name="eu-west-1", **keys)
    made = [iot.create_keys_and_certificate(setAsActive=True) for _ in range(2)]
    iot.create_thing(thingName="lamp:1")
    iot.attach_thing_principal(thingName="lamp:1", principal=made[0]["certificateArn"])
    iot.create_policy(policyName="a=b", policyDocument=document("*", "*"))
    iot.attach_policy(policyName="a=b", target=made[0]["certificateArn"])
    iam.create_role(RoleName="R", AssumeRolePolicyDocument=trust("credentials.iot.amazonaws.com"))
    iam.put_role_policy(RoleName="R", PolicyName="p", PolicyDocument=document("iot:*", "*"))
    iot.create_role_alias(roleAlias="ali", roleArn=f"{ROLE}R")
    env = environment(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b")
    path = tmp_path / "moto.snapshot"
    there = ["--endpoint-url", moto, "--region", "eu-west-1"]
    done = bulwark("collect", *there, "--out", path, env=env)
    assert done.returncode == 1, done.stderr  # it does not have all that AWS has
    assert of_kind(path, "certificate").keys() == {m["certificateId"] for m in made}
    assert of_kind(path, "policy-targets")["a=b/00001"]["targets"] == [made[0]["certificateArn"]]
    done, report = judged(path)
    codes = {f["checkName"] for f in report["findings"]}
    assert {POLICY, ALIAS} <= codes, report["task"]
    assert report["task"]["auditDetails"][CA_EXPIRING]["checkRunStatus"] == "FAILED"
    action = ["--action", f"{POLICY}=REPLACE_DEFAULT_POLICY_VERSION"]
    done = bulwark("mitigate", "--snapshot", path, *there, *action, "--apply", env=env)
    assert done.returncode == 0 and "1 made" in done.stdout, done.stdout + done.stderr
    assert json.loads(iot.get_policy(policyName="a=b")["policyDocument"])["Statement"] == []
    done = bulwark("mitigate", "undo", "--journal", f"{path}.journal", *there, "--apply", env=env)
    assert done.returncode == 0 and "1 restored" in done.stdout, done.stdout + done.stderr
    assert iot.get_policy(policyName="a=b")["defaultVersionId"] == "1"
