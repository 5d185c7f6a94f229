"""Certificate authorities through the API: the registration code, proof, modes, states, lists."""

import os
import re
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

import pki
from bulwark import ACCOUNT, REGION, ROOT, error_of

ROLE = f"arn:aws:iam::{ACCOUNT}:role/JITP"
TEMPLATE = ('{"Resources":{"certificate":{"Type":"AWS::IoT::Certificate","Properties":'
            '{"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"}}}}}')


def code_of(daemon):
    return daemon.iot.get_registration_code()["registrationCode"]


def describe(daemon, ca_id):
    return daemon.iot.describe_ca_certificate(certificateId=ca_id)


# ---- the registration code


def test_the_code_stays_until_it_is_deleted(fresh):
    assert error_of(fresh.iot.delete_registration_code)[:2] == ("ResourceNotFoundException", 404)
    code = code_of(fresh)
    assert len(code) == 64 and int(code, 16) >= 0
    assert code_of(fresh) == code
    fresh.restart()
    assert code_of(fresh) == code
    fresh.iot.delete_registration_code()
    assert code_of(fresh) != code


# ---- registering


def test_a_ca_is_registered_with_proof_and_described(daemon):
    ca = pki.Authority("Proven", key=pki.rsa_key(2048))
    made = daemon.iot.register_ca_certificate(
        caCertificate=ca.pem, verificationCertificate=ca.verification(code_of(daemon)),
        setAsActive=True, allowAutoRegistration=True,
        registrationConfig={"templateBody": TEMPLATE, "roleArn": ROLE},
        tags=[{"Key": "site", "Value": "north"}])
    assert made["certificateId"] == pki.id_of(ca.pem)
    arn = f"arn:aws:iot:{REGION}:{ACCOUNT}:cacert/{made['certificateId']}"
    assert made["certificateArn"] == arn
    seen = describe(daemon, made["certificateId"])
    assert seen["registrationConfig"] == {"templateBody": TEMPLATE, "roleArn": ROLE}
    seen = seen["certificateDescription"]
    assert (seen["status"], seen["autoRegistrationStatus"]) == ("ACTIVE", "ENABLE")
    assert seen["certificateArn"] == arn and seen["ownedBy"] == ACCOUNT
    assert seen["certificateMode"] == "DEFAULT" and seen["customerVersion"] == 1
    assert pki.load(seen["certificatePem"]) == ca.cert
    assert seen["validity"]["notBefore"].replace(tzinfo=None) == ca.cert.not_valid_before
    assert seen["validity"]["notAfter"].replace(tzinfo=None) == ca.cert.not_valid_after
    assert daemon.iot.list_tags_for_resource(resourceArn=arn)["tags"] == [
        {"Key": "site", "Value": "north"}]


def test_a_ca_is_inactive_and_registers_by_hand_unless_asked(daemon):
    ca = pki.Authority("Plain")
    seen = describe(daemon, pki.register_ca(daemon, ca, active=False))
    assert "registrationConfig" not in seen
    assert seen["certificateDescription"]["status"] == "INACTIVE"
    assert seen["certificateDescription"]["autoRegistrationStatus"] == "DISABLE"


def test_sni_only_takes_no_proof_and_hands_its_mode_on(daemon):
    ca = pki.Authority("SNI")
    ca_id = daemon.iot.register_ca_certificate(
        caCertificate=ca.pem, certificateMode="SNI_ONLY", setAsActive=True)["certificateId"]
    assert describe(daemon, ca_id)["certificateDescription"]["certificateMode"] == "SNI_ONLY"
    made = daemon.iot.register_certificate(certificatePem=ca.device()[0])["certificateId"]
    assert daemon.iot.describe_certificate(
        certificateId=made)["certificateDescription"]["certificateMode"] == "SNI_ONLY"


def test_mode_and_proof_go_together(daemon):
    ca = pki.Authority("Modes")
    proof = ca.verification(code_of(daemon))
    for arguments in ({}, {"certificateMode": "DEFAULT"},
                      {"certificateMode": "SNI_ONLY", "verificationCertificate": proof}):
        code, status, message = error_of(daemon.iot.register_ca_certificate,
                                         caCertificate=ca.pem, **arguments)
        assert (code, status) == ("InvalidRequestException", 400)
        assert "verificationCertificate" in message


def proofs(daemon):
    """Proofs that prove nothing, and the error of each."""
    ca = pki.Authority("Unproven")
    other = pki.Authority("Unproven")
    code = code_of(daemon)
    invalid = ("CertificateValidationException", 400)
    mismatch = ("RegistrationCodeValidationException", 400)
    return ca, {
        "another code": (ca.verification("ab" * 32), mismatch),
        "no code": (ca.verification("pump"), mismatch),
        "a part of the code": (ca.verification(code[:-1]), mismatch),
        "another CA of that name": (other.verification(code), invalid),
        "another CA": (pki.Authority("Elsewhere").verification(code), invalid),
        "the CA itself": (ca.pem, mismatch),
        "expired": (ca.verification(code, days=(-30, -1)), invalid),
        "not yet valid": (ca.verification(code, days=(1, 30)), invalid),
        "SHA-1": (ca.verification(code, algorithm=hashes.SHA1), invalid),
        "junk": ("junk", invalid),
        "two certificates": (ca.verification(code) * 2, invalid),
        "trailing bytes": (ca.verification(code) + "x", invalid),
    }


def test_a_proof_that_proves_nothing_is_refused(daemon):
    ca, rows = proofs(daemon)
    for case, (proof, want) in rows.items():
        got = error_of(daemon.iot.register_ca_certificate, caCertificate=ca.pem,
                       verificationCertificate=proof)
        assert got[:2] == want, case
        assert got[2], case
    assert error_of(daemon.iot.describe_ca_certificate,
                    certificateId=pki.id_of(ca.pem))[:2] == ("ResourceNotFoundException", 404)


def test_without_a_code_nothing_is_proven(fresh):
    ca = pki.Authority("Early")
    assert error_of(fresh.iot.register_ca_certificate, caCertificate=ca.pem,
                    verificationCertificate=ca.verification("ab" * 32))[:2] == (
                        "RegistrationCodeValidationException", 400)


BAD_CAS = {
    "a device certificate": lambda: pki.Authority("X").device()[0],
    "CA:FALSE": lambda: pki.Authority("X", ca=False).pem,
    "no basicConstraints": lambda: pki.Authority("X", ca=None).pem,
    "expired": lambda: pki.Authority("X", days=(-30, -1)).pem,
    "not yet valid": lambda: pki.Authority("X", days=(1, 30)).pem,
    "RSA-1024": lambda: pki.Authority("X", key=pki.rsa_key(1024)).pem,
    "secp256k1": lambda: pki.Authority("X", key=pki.ec_key(ec.SECP256K1)).pem,
    "SHA-1": lambda: pki.Authority("X", algorithm=hashes.SHA1).pem,
    "two certificates": lambda: pki.Authority("X").pem * 2,
    "trailing bytes": lambda: pki.Authority("X").pem + "x",
    "junk": lambda: "A" * 65536,
}


@pytest.mark.parametrize("case", BAD_CAS)
def test_what_is_no_good_ca_is_refused(daemon, case):
    code, status, message = error_of(daemon.iot.register_ca_certificate,
                                     caCertificate=BAD_CAS[case](), certificateMode="SNI_ONLY")
    assert (code, status) == ("CertificateValidationException", 400)
    assert message


def test_a_duplicate_is_refused_and_named(daemon):
    ca = pki.Authority("Twice")
    ca_id = pki.register_ca(daemon, ca)
    reply = daemon.raw("POST", "/cacertificate",
                       {"caCertificate": ca.pem, "certificateMode": "SNI_ONLY"})
    assert reply.status == 409
    assert "ResourceAlreadyExistsException" in reply.headers["x-amzn-ErrorType"]
    assert reply.json["resourceId"] == ca_id
    assert reply.json["resourceArn"] == f"arn:aws:iot:{REGION}:{ACCOUNT}:cacert/{ca_id}"


def test_an_eleventh_ca_of_one_subject_is_too_many(daemon):
    key = pki.ec_key()
    for _ in range(10):
        pki.register_ca(daemon, pki.Authority("Eleven", key=key))
    eleventh = pki.Authority("Eleven", key=key)
    assert error_of(daemon.iot.register_ca_certificate, caCertificate=eleventh.pem,
                    certificateMode="SNI_ONLY")[:2] == ("LimitExceededException", 410)


@pytest.mark.parametrize("config", [
    {"templateBody": TEMPLATE, "templateName": "both"}, {"templateBody": TEMPLATE},
    {"roleArn": "no-arn-but-twenty-long"}])
def test_configurations_that_cannot_be_meant_are_refused(daemon, config):
    ca = pki.Authority("Config")
    assert error_of(daemon.iot.register_ca_certificate, caCertificate=ca.pem,
                    certificateMode="SNI_ONLY", registrationConfig=config)[:2] == (
                        "InvalidRequestException", 400)


# ---- changing


def test_an_update_changes_what_it_names(daemon):
    ca_id = pki.register_ca(daemon, pki.Authority("Changing"))
    daemon.iot.update_ca_certificate(certificateId=ca_id, newStatus="INACTIVE")
    seen = describe(daemon, ca_id)["certificateDescription"]
    assert (seen["status"], seen["autoRegistrationStatus"]) == ("INACTIVE", "DISABLE")
    assert seen["customerVersion"] == 2
    daemon.iot.create_provisioning_template(templateName="line-7", templateBody=TEMPLATE,
                                            provisioningRoleArn=ROLE, type="JITP")
    daemon.iot.update_ca_certificate(certificateId=ca_id, newAutoRegistrationStatus="ENABLE",
                                     registrationConfig={"templateName": "line-7"})
    seen = describe(daemon, ca_id)
    assert seen["registrationConfig"] == {"templateName": "line-7"}
    assert seen["certificateDescription"]["autoRegistrationStatus"] == "ENABLE"
    listed = daemon.iot.list_ca_certificates(templateName="line-7")["certificates"]
    assert [row["certificateId"] for row in listed] == [ca_id]
    assert error_of(daemon.iot.update_ca_certificate, certificateId=ca_id,
                    removeAutoRegistration=True, newAutoRegistrationStatus="ENABLE")[:2] == (
                        "InvalidRequestException", 400)
    daemon.iot.update_ca_certificate(certificateId=ca_id, removeAutoRegistration=True)
    seen = describe(daemon, ca_id)
    assert "registrationConfig" not in seen
    assert seen["certificateDescription"]["autoRegistrationStatus"] == "DISABLE"
    assert error_of(daemon.iot.update_ca_certificate, certificateId="ab" * 32,
                    newStatus="ACTIVE")[:2] == ("ResourceNotFoundException", 404)


def test_only_an_inactive_ca_is_deleted_and_its_devices_stay(daemon):
    ca = pki.Authority("Leaving")
    ca_id = pki.register_ca(daemon, ca)
    device = daemon.iot.register_certificate(certificatePem=ca.device()[0])["certificateId"]
    assert error_of(daemon.iot.delete_ca_certificate,
                    certificateId=ca_id)[:2] == ("CertificateStateException", 406)
    daemon.iot.update_ca_certificate(certificateId=ca_id, newStatus="INACTIVE")
    daemon.iot.delete_ca_certificate(certificateId=ca_id)
    assert error_of(daemon.iot.delete_ca_certificate,
                    certificateId=ca_id)[:2] == ("ResourceNotFoundException", 404)
    seen = daemon.iot.describe_certificate(certificateId=device)["certificateDescription"]
    assert seen["caCertificateId"] == ca_id
    listed = daemon.iot.list_certificates_by_ca(caCertificateId=ca_id)["certificates"]
    assert [row["certificateId"] for row in listed] == [device]


def test_one_certificate_may_be_a_ca_and_a_device(daemon):
    ca = pki.Authority("Both")
    ca_id = pki.register_ca(daemon, ca, active=False)
    assert daemon.iot.register_certificate_without_ca(
        certificatePem=ca.pem)["certificateId"] == ca_id
    daemon.iot.delete_certificate(certificateId=ca_id)
    assert pki.load(describe(daemon, ca_id)["certificateDescription"]["certificatePem"]) == ca.cert


def test_lists_go_by_creation_in_pages(fresh):
    ids = [pki.register_ca(fresh, pki.Authority(f"CA {number}")) for number in range(5)]
    for ascending in (True, False):
        rows, marker = [], {}
        while True:
            page = fresh.iot.list_ca_certificates(pageSize=2, ascendingOrder=ascending, **marker)
            rows += [row["certificateId"] for row in page["certificates"]]
            if "nextMarker" not in page:
                break
            marker = {"marker": page["nextMarker"]}
        assert rows == (ids if ascending else ids[::-1])


def test_the_aws_cli_registers_a_ca(daemon, tmp_path):
    ca = pki.Authority("CLI")
    code = daemon.aws("iot", "get-registration-code")["registrationCode"]
    (tmp_path / "ca.pem").write_text(ca.pem)
    (tmp_path / "proof.pem").write_text(ca.verification(code))
    made = daemon.aws("iot", "register-ca-certificate",
                      "--ca-certificate", f"file://{tmp_path}/ca.pem",
                      "--verification-certificate", f"file://{tmp_path}/proof.pem",
                      "--set-as-active", "--allow-auto-registration")
    seen = daemon.aws("iot", "describe-ca-certificate", "--certificate-id", made["certificateId"])
    assert seen["certificateDescription"]["autoRegistrationStatus"] == "ENABLE"
    daemon.aws("iot", "update-ca-certificate", "--certificate-id", made["certificateId"],
               "--new-status", "INACTIVE")
    daemon.aws("iot", "delete-ca-certificate", "--certificate-id", made["certificateId"])


def test_the_manual_registers_a_ca_and_a_device_of_it(daemon, tmp_path):
    """The commands of docs/certificates.md, as they stand there."""
    manual = (ROOT / "docs/certificates.md").read_text()
    section = manual.split("## Registering your CA")[1].split("\n## ")[0]
    commands = "\n".join(re.findall(r"(?:^    .*\n)+", section, re.M))
    assert "get-registration-code" in commands and "register-certificate " in commands
    ca = pki.Authority("Manual", key=pki.rsa_key(2048))
    text, _ = ca.device()
    for name, content in (("ca.pem", ca.pem), ("ca.key", pki.key_pem(ca.key)),
                          ("device.pem", text)):
        (tmp_path / name).write_text(content)
    script = f'set -e\naws() {{ /usr/bin/aws --endpoint-url {daemon.url} "$@"; }}\n{commands}'
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True,
                          timeout=120, env={
                              "PATH": os.environ["PATH"], "HOME": str(tmp_path),
                              "AWS_SHARED_CREDENTIALS_FILE": str(daemon.data / "credentials"),
                              "AWS_DEFAULT_REGION": REGION})
    assert done.returncode == 0, done.stderr
    seen = daemon.iot.describe_certificate(certificateId=pki.id_of(text))["certificateDescription"]
    assert (seen["status"], seen["caCertificateId"]) == ("ACTIVE", pki.id_of(ca.pem))
