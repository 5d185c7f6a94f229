"""What an audit of a whole account says, held against what it said before.

tests/snapshots/account is the account: certificates, lists, weak keys and policies, registered
through the API of a daemon whose clock is set. All checks run once; the findings, as text, and the
command line's five reports of that audit lie beside it. A difference fails with the diff; after an
intended one

    UPDATE_SNAPSHOTS=1 /usr/bin/python3 -m pytest tests/integration/test_snapshots.py

rewrites them, for review like any other change. Ids of tasks and findings and the times of the run
differ from audit to audit: they are replaced by names.
"""

import datetime
import difflib
import json
import os
import pathlib
import re
import subprocess
import time

import pytest

from bulwark import BUILD, Daemon

SNAPSHOTS = pathlib.Path(__file__).resolve().parents[1] / "snapshots"
ACCOUNT = SNAPSHOTS / "account"
UPDATE = os.environ.get("UPDATE_SNAPSHOTS") == "1"

AUTHORITIES = datetime.datetime(2026, 1, 19, 12)
FIRST = {  # registered while they were good; the others on the day of the audit
    "ended": datetime.datetime(2026, 1, 20, 12),
    "ended-inactive": datetime.datetime(2026, 1, 21, 12),
    "old": datetime.datetime(2026, 1, 22, 12),
}
AUDITED = datetime.datetime(2027, 3, 1, 15)  # hours away from where a count of days changes

CHECKS = """
    AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK CA_CERTIFICATE_CRYPTOGRAPHY_CHECK
    CA_CERTIFICATE_EXPIRING_CHECK CA_CERTIFICATE_KEY_QUALITY_CHECK CA_RSA_SHARED_FACTOR_CHECK
    CLIENT_ID_UNRESTRICTED_CHECK CONFLICTING_CLIENT_IDS_CHECK DEVICE_CERTIFICATE_AGE_CHECK
    DEVICE_CERTIFICATE_CRYPTOGRAPHY_CHECK DEVICE_CERTIFICATE_EXPIRING_CHECK
    DEVICE_CERTIFICATE_KEY_QUALITY_CHECK DEVICE_CERTIFICATE_SHARED_CHECK
    INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES_CHECK IOT_POLICY_OVERLY_PERMISSIVE_CHECK
    IOT_POLICY_POTENTIAL_MISCONFIGURATION_CHECK
    IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES_CHECK IOT_ROLE_ALIAS_OVERLY_PERMISSIVE_CHECK
    LOGGING_DISABLED_CHECK REVOCATION_LIST_EXPIRING_CHECK REVOKED_CA_CERTIFICATE_STILL_ACTIVE_CHECK
    REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE_CHECK ROLE_TRUST_CONFUSED_DEPUTY_CHECK
    RSA_SHARED_FACTOR_CHECK SERVER_CERTIFICATE_EXPIRING_CHECK SHARED_COGNITO_IDENTITY_CHECK
    UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK
    """.split()
FORMATS = ("table", "json", "sarif", "csv", "html")


def set_clock(daemon, moment):
    now = datetime.datetime.utcfromtimestamp(time.time())
    daemon.move_clock(seconds=(moment - now).total_seconds())


def build(daemon):
    """The account, through the API: what each certificate id is called."""
    names = {}
    set_clock(daemon, AUTHORITIES)
    for path in sorted((ACCOUNT / "ca").glob("*.pem")):
        made = daemon.iot.register_ca_certificate(
            caCertificate=path.read_text(), certificateMode="SNI_ONLY", setAsActive=True)
        names[made["certificateId"]] = f"CA {path.stem}"
    devices = sorted((ACCOUNT / "device").glob("*.pem"))
    for path in sorted(devices, key=lambda path: FIRST.get(path.stem, AUDITED)):
        set_clock(daemon, FIRST.get(path.stem, AUDITED))
        made = daemon.iot.register_certificate_without_ca(
            certificatePem=path.read_text(),
            status="INACTIVE" if "inactive" in path.stem else "ACTIVE")
        names[made["certificateId"]] = f"device {path.stem}"
    for path in sorted((ACCOUNT / "policies").glob("*.json")):
        daemon.iot.create_policy(policyName=path.stem, policyDocument=path.read_text())
    others = json.loads((ACCOUNT / "others.json").read_text())
    called = {name: identity for identity, name in names.items()}
    for policy, device in others["attached"]:
        daemon.iot.attach_policy(policyName=policy, target=daemon.iot.describe_certificate(
            certificateId=called[device])["certificateDescription"]["certificateArn"])
    roles = {name: make_role(daemon, name, **role) for name, role in others["roles"].items()}
    for alias, role in others["aliases"].items():
        daemon.iot.create_role_alias(roleAlias=alias, roleArn=roles[role])
    for pool, of in others["pools"].items():
        identity = make_pool(daemon, pool, {kind: roles[role] for kind, role in of.items()})
        names[identity] = f"pool {pool}"
        called[f"pool {pool}"] = identity
    load(daemon, [[called.get(word, word) for word in session] for session in others["sessions"]])
    return names


def make_role(daemon, name, principal, policies, condition=None):
    iam = daemon.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": principal,
            "Action": "sts:AssumeRole" + ("WithWebIdentity" if "Federated" in principal else ""),
            **({"Condition": condition} if condition else {})}]}))["Role"]["Arn"]
    for policy, statement in policies.items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [statement]}))
    return arn


def make_pool(daemon, name, roles):
    cognito = daemon.client("cognito-identity")
    pool = cognito.create_identity_pool(
        IdentityPoolName=name, AllowUnauthenticatedIdentities=True)["IdentityPoolId"]
    cognito.set_identity_pool_roles(IdentityPoolId=pool, Roles=roles)
    return pool


def load(daemon, sessions):
    """Sessions: client id, principal, pool or "", minutes of begin and end from the audit, reason."""
    events = []
    start = int(AUDITED.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000)
    for number, (client, principal, pool, begin, end, reason) in enumerate(sessions):
        common = {"clientId": client, "principalIdentifier": principal,
                  "sessionIdentifier": f"session-{number}",
                  **({"cognitoIdentityPoolId": pool} if pool else {})}
        events += [dict(common, timestamp=start + begin * 60000, eventType="connected"),
                   dict(common, timestamp=start + end * 60000, eventType="disconnected",
                        disconnectReason=reason)]
    events.sort(key=lambda event: event["timestamp"])
    reply = daemon.raw("POST", "/bulwark/import/connections",
                       "".join(json.dumps(event) + "\n" for event in events).encode())
    assert reply.status == 200 and reply.json["changed"] == len(events), reply


# One device's list is at an ldap:// address, so nobody judges it, nor by it.
UNJUDGED = [f"bulwark audit: {check}: 1 resource could not be judged." for check in (
    "REVOCATION_LIST_EXPIRING_CHECK", "REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE_CHECK")]
ROLE_NOTE = "bulwark audit: note: This account does not hold role "


class Audited:
    """One audit of the account, and the names for what is different in every audit."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.names = build(daemon)
        daemon.enable(*CHECKS)
        self.audit = daemon.audit(*CHECKS)
        self.findings = daemon.findings(self.audit["taskId"])

    def related(self, finding):
        pages = self.daemon.iot.list_related_resources_for_audit_finding(
            findingId=finding["findingId"])
        return sorted(json.dumps(r["resourceIdentifier"]) for r in pages["relatedResources"])

    def bulwark(self, *words, status=0, said=()):
        """said: how the lines on stderr begin."""
        done = subprocess.run(
            [BUILD / "bulwark", *words, "--data", self.daemon.data], capture_output=True, text=True,
            timeout=60, env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "COLUMNS": "100"})
        assert done.returncode == status
        lines = done.stderr.splitlines()
        assert len(lines) == len(said)
        assert all(line.startswith(start) for line, start in zip(lines, said))
        return done.stdout

    def explained(self):
        """The first finding of each check, as `bulwark finding` explains it."""
        texts = []
        for check in CHECKS:
            first = min((f for f in self.findings if f["checkName"] == check), key=self.order)
            texts.append(self.bulwark("finding", first["findingId"]))
        return self.plain("\n".join(texts))

    def report(self, form):
        text = self.bulwark("audit", "--task", self.audit["taskId"], "--all", "--format", form,
                            status=1, said=() if form == "table" else (*UNJUDGED, ROLE_NOTE))
        if form in ("json", "sarif"):
            text = json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n"
        return self.plain(text)

    def plain(self, text):
        """Without what belongs to this run."""
        text = text.replace(self.daemon.url, "http://SERVER")
        for number, finding in enumerate(sorted(self.findings, key=self.order), 1):
            text = text.replace(finding["findingId"], f"FINDING-{number}")
        text = text.replace(self.audit["taskId"], "TASK").replace(str(ACCOUNT), "ACCOUNT")
        for identity, name in self.names.items():
            if name.startswith("pool "):
                text = text.replace(identity, f"<{name}>")
        text = re.sub(r'"(findingTime|taskStartTime)":\s*[0-9.E+]+', r'"\1":"TIME"', text)
        days = "|".join(day.strftime("%Y-%m-%d") for day in (*FIRST.values(), AUDITED))
        return re.sub(rf"({days})T1[25]:\d\d:\d\d(\.\d+)?Z", r"\1 TIME", text)

    @staticmethod
    def order(finding):
        return (finding["checkName"], finding["reasonForNonComplianceCode"],
                json.dumps(finding["nonCompliantResource"], sort_keys=True))

    def text(self):
        """What was found, for people who review a change of it."""
        lines = []
        for check in CHECKS:
            detail = self.audit["auditDetails"][check]
            lines += ["", check, "  {checkRunStatus}: {nonCompliantResourcesCount} of "
                      "{totalResourcesCount}".format(**detail)]
            lines += [f"  {detail['message']}"] if "message" in detail else []
            for finding in sorted(self.findings, key=self.order):
                if finding["checkName"] == check:
                    lines += self.finding_text(finding)
        for identity, name in self.names.items():
            lines = [line.replace(identity, f"<{name}>") for line in lines]
        return self.plain("\n".join(lines[1:]) + "\n")

    def finding_text(self, finding):
        resource = finding["nonCompliantResource"]
        return [
            "",
            f"  {finding['severity']} {finding['reasonForNonComplianceCode']}",
            f"    {resource['resourceType']} {json.dumps(resource['resourceIdentifier'])}",
            f"    {finding['reasonForNonCompliance']}",
            *([f"    {json.dumps(resource['additionalInfo'])}"]
              if resource.get("additionalInfo") else []),
            *(f"    related {related}" for related in self.related(finding)),
        ]


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    folder = tmp_path_factory.mktemp("snapshots")
    with Daemon(folder, "--crl-dir", ACCOUNT / "lists", "--weak-key-dir", ACCOUNT / "weak-keys",
                "--watch-certificate", ACCOUNT / "servers/broker.pem", "--extensions",
                "--session-lag-seconds", "0", auth=False) as daemon:
        yield Audited(daemon)


def compare(name, text):
    path = SNAPSHOTS / name
    if UPDATE:
        path.write_text(text)
    before = path.read_text() if path.exists() else ""
    diff = "".join(difflib.unified_diff(
        before.splitlines(True), text.splitlines(True), f"tests/snapshots/{name}", "this audit"))
    assert not diff, f"(UPDATE_SNAPSHOTS=1 rewrites the snapshot)\n{diff}"


def test_findings_are_as_before(audited):
    compare("findings.txt", audited.text())


@pytest.mark.parametrize("form", FORMATS)
def test_reports_are_as_before(audited, form):
    compare(f"report.{form}", audited.report(form))


def test_findings_are_explained_as_before(audited):
    compare("explained.txt", audited.explained())


def test_the_account_has_something_for_every_check(audited):
    """A check that finds nothing here would be covered by nothing."""
    offered = audited.daemon.iot.describe_account_audit_configuration()
    assert sorted(offered["auditCheckConfigurations"]) == CHECKS
    assert {finding["checkName"] for finding in audited.findings} == set(CHECKS)
    assert set(audited.audit["auditDetails"]) == set(CHECKS)
