"""Checks of our own, through the API, as an operator meets them."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

import pki
from bulwark import ACCOUNT, Daemon

ROLES = "ROLE_TRUST_CONFUSED_DEPUTY_CHECK"
CLIENT_IDS = "CLIENT_ID_UNRESTRICTED_CHECK"
PRIMES = "RSA_SHARED_FACTOR_CHECK"


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("extended"), "--extensions") as running:
        yield running


def judged(daemon, check):
    return daemon.findings(daemon.audit(check)["taskId"], checkName=check)


def trust(**condition):
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"},
        "Action": "sts:AssumeRole", **({"Condition": condition} if condition else {})}]})


def connect(effect, *names):
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": effect, "Action": "iot:Connect",
        "Resource": [f"arn:aws:iot:us-east-1:{ACCOUNT}:client/{name}" for name in names]}]})


def test_a_role_that_serves_strangers_is_found_until_its_trust_is_bound(extended):
    iam = extended.client("iam")
    iam.create_role(RoleName="open", AssumeRolePolicyDocument=trust())
    iam.create_role(RoleName="bound", AssumeRolePolicyDocument=trust(
        StringEquals={"aws:SourceAccount": ACCOUNT}))
    extended.enable(ROLES)
    findings = judged(extended, ROLES)
    named = {f["nonCompliantResource"]["resourceIdentifier"]["iamRoleArn"]: f for f in findings}
    arn = f"arn:aws:iam::{ACCOUNT}:role/open"
    assert arn in named and f"arn:aws:iam::{ACCOUNT}:role/bound" not in named
    assert named[arn]["reasonForNonComplianceCode"] == "TRUST_POLICY_LACKS_SOURCE_CONDITION"
    assert named[arn]["nonCompliantResource"]["resourceType"] == "IAM_ROLE"
    iam.update_assume_role_policy(RoleName="open", PolicyDocument=trust(
        ArnLike={"aws:SourceArn": f"arn:aws:iot:*:{ACCOUNT}:*"}))
    findings = judged(extended, ROLES)
    assert arn not in [f["nonCompliantResource"]["resourceIdentifier"]["iamRoleArn"]
                       for f in findings]


def test_a_device_that_may_take_any_client_id_is_found_until_some_policy_forbids_it(extended):
    iot = extended.iot
    cert = iot.create_keys_and_certificate(setAsActive=True)
    iot.create_policy(policyName="any-client", policyDocument=connect("Allow", "*"))
    iot.attach_policy(policyName="any-client", target=cert["certificateArn"])
    extended.enable(CLIENT_IDS)
    finding, = judged(extended, CLIENT_IDS)
    assert finding["nonCompliantResource"]["resourceIdentifier"] == {
        "deviceCertificateId": cert["certificateId"]}
    assert finding["reasonForNonComplianceCode"] == "EFFECTIVE_POLICIES_ALLOW_ANY_CLIENT_ID"
    related, = finding["relatedResources"]
    assert related["resourceIdentifier"]["policyVersionIdentifier"] == {
        "policyName": "any-client", "policyVersionId": "1"}
    group = iot.create_thing_group(thingGroupName="pumps")
    iot.create_thing(thingName="pump")
    iot.attach_thing_principal(thingName="pump", principal=cert["certificateArn"])
    iot.add_thing_to_thing_group(thingName="pump", thingGroupName="pumps")
    iot.create_policy(policyName="no-client", policyDocument=connect("Deny", "*"))
    iot.attach_policy(policyName="no-client", target=group["thingGroupArn"])
    assert judged(extended, CLIENT_IDS) == []


def key_of(p, q):
    d = pow(65537, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q),
        rsa.RSAPublicNumbers(65537, p * q)).private_key()


def test_keys_that_share_a_prime_are_found_when_the_second_one_comes(extended):
    first, second = (pki.rsa_key(2048, n).private_numbers() for n in (1, 2))
    maker = pki.Authority("maker of devices")

    def register(key):
        return extended.iot.register_certificate_without_ca(
            certificatePem=maker.device(key=key)[0], status="ACTIVE")["certificateId"]

    extended.enable(PRIMES)
    alone = register(key_of(first.p, first.q))
    assert judged(extended, PRIMES) == []
    late = register(key_of(first.p, second.q))
    other = {alone: late, late: alone}
    findings = judged(extended, PRIMES)
    assert len(findings) == 2
    for finding in findings:
        mine = finding["nonCompliantResource"]["resourceIdentifier"]["deviceCertificateId"]
        related, = finding["relatedResources"]
        assert related["resourceIdentifier"]["deviceCertificateId"] == other.pop(mine)
        assert finding["reasonForNonComplianceCode"] == "RSA_KEY_SHARES_A_PRIME"


CRYPTOGRAPHY = "DEVICE_CERTIFICATE_CRYPTOGRAPHY_CHECK"


def test_keys_of_odd_form_are_found(extended):
    maker = pki.Authority("maker of odd keys")
    ids = {exponent: extended.iot.register_certificate_without_ca(
        certificatePem=maker.device(key=rsa.generate_private_key(exponent, 2048))[0],
        status="ACTIVE")["certificateId"] for exponent in (3, 65537)}
    extended.enable(CRYPTOGRAPHY)
    odd = {f["nonCompliantResource"]["resourceIdentifier"]["deviceCertificateId"]: f
           for f in judged(extended, CRYPTOGRAPHY)}
    assert ids[3] in odd and ids[65537] not in odd
    assert odd[ids[3]]["reasonForNonComplianceCode"] == "RSA_EXPONENT_UNUSUAL"
    assert odd[ids[3]]["severity"] == "MEDIUM"
