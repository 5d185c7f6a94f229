"""Device certificates through the API: made here, brought along, listed, moved, revoked, deleted."""

import datetime
import stat

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography import x509

import pki
from bulwark import ACCOUNT, REGION, Daemon, error_of

OTHER_ACCOUNT = "210987654321"


def arn(certificate_id):
    return f"arn:aws:iot:{REGION}:{ACCOUNT}:cert/{certificate_id}"


@pytest.fixture(scope="module")
def authority(daemon):
    made = pki.Authority("Certificates CA", key=pki.rsa_key(2048))
    made.id = pki.register_ca(daemon, made)
    return made


def register(daemon, authority, **arguments):
    text, _ = authority.device()
    return daemon.iot.register_certificate(certificatePem=text, **arguments)["certificateId"]


def describe(daemon, certificate_id):
    return daemon.iot.describe_certificate(
        certificateId=certificate_id)["certificateDescription"]


# ---- made here


def test_keys_and_certificate_belong_together_and_are_shown_once(daemon):
    made = daemon.iot.create_keys_and_certificate(setAsActive=True)
    cert = pki.load(made["certificatePem"])
    assert made["certificateId"] == pki.id_of(made["certificatePem"])
    assert made["certificateArn"] == arn(made["certificateId"])
    key = serialization.load_pem_private_key(made["keyPair"]["PrivateKey"].encode(), None)
    assert key.key_size == 2048
    assert made["keyPair"]["PrivateKey"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    public = serialization.load_pem_public_key(made["keyPair"]["PublicKey"].encode())
    assert cert.public_key().public_numbers() == public.public_numbers()
    assert key.public_key().public_numbers() == public.public_numbers()
    signature = key.sign(b"proof", padding.PKCS1v15(), hashes.SHA256())
    cert.public_key().verify(signature, b"proof", padding.PKCS1v15(), hashes.SHA256())
    assert cert.not_valid_after == datetime.datetime(2049, 12, 31, 23, 59, 59)
    assert cert.subject.rfc4514_string() == "CN=AWS IoT Certificate"
    seen = describe(daemon, made["certificateId"])
    assert seen["status"] == "ACTIVE"
    assert seen["certificateMode"] == "DEFAULT"
    assert "caCertificateId" not in seen


def test_private_keys_are_nowhere_in_the_data_folder(daemon):
    made = daemon.iot.create_keys_and_certificate()
    line = made["keyPair"]["PrivateKey"].splitlines()[2].encode()
    key = serialization.load_pem_private_key(made["keyPair"]["PrivateKey"].encode(), None)
    exponent = key.private_numbers().d.to_bytes(256, "big")
    for path in daemon.data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert line not in content and exponent not in content, path
    assert line not in daemon.log.read_bytes()


def test_the_local_authority_signed_it_and_keeps_its_key_to_itself(daemon):
    made = daemon.iot.create_keys_and_certificate()
    local = x509.load_pem_x509_certificate((daemon.data / "local-ca.pem").read_bytes())
    cert = pki.load(made["certificatePem"])
    assert cert.issuer == local.subject
    local.public_key().verify(cert.signature, cert.tbs_certificate_bytes,
                              ec.ECDSA(cert.signature_hash_algorithm))
    for file in ("local-ca.key", "local-ca.pem"):
        assert stat.S_IMODE((daemon.data / file).stat().st_mode) == 0o600


def test_the_local_authority_survives_a_restart(tmp_path):
    with Daemon(tmp_path) as daemon:
        before = (daemon.data / "local-ca.pem").read_bytes()
        first = daemon.iot.create_keys_and_certificate()["certificateId"]
        daemon.restart()
        assert (daemon.data / "local-ca.pem").read_bytes() == before
        assert describe(daemon, first)["certificateId"] == first


@pytest.mark.parametrize("key", [lambda: pki.rsa_key(2048), lambda: pki.rsa_key(3072),
                                 lambda: pki.ec_key(ec.SECP256R1), lambda: pki.ec_key(ec.SECP384R1),
                                 lambda: pki.ec_key(ec.SECP521R1)])
def test_a_request_becomes_a_certificate_for_its_key_and_name(daemon, key):
    text, private = pki.csr("pump 7", key())
    made = daemon.iot.create_certificate_from_csr(certificateSigningRequest=text)
    cert = pki.load(made["certificatePem"])
    assert cert.public_key().public_numbers() == private.public_key().public_numbers()
    assert cert.subject.rfc4514_string() == "CN=pump 7"
    assert describe(daemon, made["certificateId"])["status"] == "INACTIVE"


def test_a_request_used_twice_gives_two_certificates(daemon):
    text, _ = pki.csr()
    ids = {daemon.iot.create_certificate_from_csr(certificateSigningRequest=text,
                                                  setAsActive=True)["certificateId"]
           for _ in range(2)}
    assert len(ids) == 2


def broken_csr():
    text, _ = pki.csr()
    lines = text.splitlines()
    lines[-2] = lines[-2][::-1]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("text", [
    lambda: "x", lambda: pki.csr()[0] + pki.csr()[0], broken_csr,
    lambda: pki.csr(key=pki.rsa_key(1024))[0], lambda: pki.csr(key=pki.ec_key(ec.SECP256K1))[0],
    lambda: pki.Authority("no request").pem, lambda: "A" * 4096, lambda: "A" * 4097])
def test_what_is_no_good_request_is_refused(daemon, text):
    code, status, message = error_of(daemon.iot.create_certificate_from_csr,
                                     certificateSigningRequest=text())
    assert (code, status) == ("InvalidRequestException", 400)
    assert message


# ---- brought along


def test_a_registered_certificate_is_described_in_full(daemon, authority):
    text, _ = authority.device("lamp")
    made = daemon.iot.register_certificate(certificatePem=text, status="ACTIVE")
    assert made["certificateId"] == pki.id_of(text)
    seen = describe(daemon, made["certificateId"])
    assert seen["certificateArn"] == made["certificateArn"] == arn(made["certificateId"])
    assert seen["caCertificateId"] == authority.id
    assert seen["status"] == "ACTIVE"
    assert pki.load(seen["certificatePem"]) == pki.load(text)
    assert seen["ownedBy"] == ACCOUNT and "previousOwnedBy" not in seen
    assert seen["customerVersion"] == 1 and seen["generationId"]
    assert seen["certificateMode"] == "DEFAULT" and "transferData" not in seen
    cert = pki.load(text)
    utc = datetime.timezone.utc
    assert seen["validity"]["notBefore"] == cert.not_valid_before.replace(tzinfo=utc)
    assert seen["validity"]["notAfter"] == cert.not_valid_after.replace(tzinfo=utc)
    assert seen["creationDate"] == seen["lastModifiedDate"]


def test_ids_are_found_in_capitals_too(daemon, authority):
    certificate_id = register(daemon, authority)
    assert describe(daemon, certificate_id.upper())["certificateId"] == certificate_id


@pytest.mark.parametrize("arguments, want", [
    ({}, "INACTIVE"), ({"setAsActive": True}, "ACTIVE"), ({"setAsActive": False}, "INACTIVE"),
    ({"status": "ACTIVE"}, "ACTIVE"), ({"status": "INACTIVE"}, "INACTIVE"),
    ({"status": "REVOKED"}, "REVOKED")])
def test_a_certificate_is_registered_in_the_state_asked_for(daemon, authority, arguments, want):
    assert describe(daemon, register(daemon, authority, **arguments))["status"] == want


@pytest.mark.parametrize("arguments", [
    {"status": "PENDING_TRANSFER"}, {"status": "PENDING_ACTIVATION"},
    {"status": "REGISTER_INACTIVE"}, {"status": "INACTIVE", "setAsActive": True}])
def test_states_that_callers_do_not_set_are_refused(daemon, authority, arguments):
    text, _ = authority.device()
    code, status, _ = error_of(daemon.iot.register_certificate, certificatePem=text, **arguments)
    assert (code, status) == ("InvalidRequestException", 400)


def unsigned_by(authority):
    """A certificate that names the authority as its issuer and is signed by another key."""
    return pki.Authority(authority.subject.get_attributes_for_oid(
        x509.NameOID.COMMON_NAME)[0].value).device()[0]


CRITICAL = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")

REFUSED = {
    "no PEM": lambda ca: "junk",
    "64 KiB of junk": lambda ca: "A" * 65536,
    "a PEM of junk": lambda ca: ("-----BEGIN CERTIFICATE-----\n" + "QUJD" * 16 +
                                 "\n-----END CERTIFICATE-----\n"),
    "two certificates": lambda ca: ca.device()[0] + ca.device()[0],
    "with its chain": lambda ca: ca.device()[0] + ca.pem,
    "with its key": lambda ca: "".join(
        [text if isinstance(text, str) else pki.key_pem(text) for text in ca.device()]),
    "trailing bytes": lambda ca: ca.device()[0] + "and more",
    "a request": lambda ca: pki.csr()[0],
    "expired": lambda ca: ca.device(days=(-30, -1))[0],
    "not yet valid": lambda ca: ca.device(days=(1, 30))[0],
    "RSA-1024": lambda ca: ca.device(key=pki.rsa_key(1024))[0],
    "secp256k1": lambda ca: ca.device(key=pki.ec_key(ec.SECP256K1))[0],
    "brainpool": lambda ca: ca.device(key=pki.ec_key(ec.BrainpoolP256R1))[0],
    "Ed25519": lambda ca: ca.device(key=pki.ed25519_key())[0],
    "SHA-1": lambda ca: ca.device(algorithm=hashes.SHA1)[0],
    "SHA-224": lambda ca: ca.device(algorithm=hashes.SHA224)[0],
    "an unknown critical extension": lambda ca: ca.device(extensions=[(CRITICAL, True)])[0],
    "of no registered CA": lambda ca: pki.Authority("Nobody").device()[0],
    "of another key under the CA's name": unsigned_by,
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_certificates_are_refused(daemon, authority, case):
    code, status, message = error_of(daemon.iot.register_certificate,
                                     certificatePem=REFUSED[case](authority))
    assert (code, status) == ("CertificateValidationException", 400)
    assert message


@pytest.mark.parametrize("case", [case for case in REFUSED if not case.startswith("of ")])
def test_bad_certificates_are_refused_without_a_ca_too(daemon, authority, case):
    code, status, message = error_of(daemon.iot.register_certificate_without_ca,
                                     certificatePem=REFUSED[case](authority))
    assert (code, status) == ("CertificateValidationException", 400)
    assert message


def test_a_megabyte_of_junk_is_refused_by_the_bound_of_its_member(daemon):
    reply = daemon.raw("POST", "/certificate/register", {"certificatePem": "A" * 1000000})
    assert reply.status == 400
    assert "InvalidRequestException" in reply.headers["x-amzn-ErrorType"]
    assert "certificatePem" in reply.json["message"] and "65536" in reply.json["message"]
    reply = daemon.raw("POST", "/certificate/register", {"certificatePem": "A" * (2 << 20)})
    assert reply.status in (400, 413)


def test_a_duplicate_is_refused_and_named(daemon, authority):
    text, _ = authority.device()
    made = daemon.iot.register_certificate(certificatePem=text, status="REVOKED")
    for again in ("/certificate/register", "/certificate/register-no-ca"):
        reply = daemon.raw("POST", again, {"certificatePem": text, "status": "ACTIVE"})
        assert reply.status == 409
        assert "ResourceAlreadyExistsException" in reply.headers["x-amzn-ErrorType"]
        assert reply.json["resourceArn"] == made["certificateArn"]
        assert reply.json["resourceId"] == made["certificateId"]
    assert describe(daemon, made["certificateId"])["status"] == "REVOKED"


def test_the_ca_given_must_be_registered_and_have_signed(daemon, authority):
    text, _ = authority.device()
    stranger = pki.Authority("Stranger")
    code, status, _ = error_of(daemon.iot.register_certificate, certificatePem=text,
                               caCertificatePem=stranger.pem)
    assert (code, status) == ("CertificateValidationException", 400)
    other = pki.Authority("Other registered CA")
    pki.register_ca(daemon, other)
    code, status, _ = error_of(daemon.iot.register_certificate, certificatePem=text,
                               caCertificatePem=other.pem)
    assert (code, status) == ("CertificateValidationException", 400)
    made = daemon.iot.register_certificate(certificatePem=text, caCertificatePem=authority.pem)
    assert describe(daemon, made["certificateId"])["caCertificateId"] == authority.id


def test_two_cas_with_one_name_and_key_must_be_told_apart(daemon):
    key = pki.ec_key()
    twins = [pki.Authority("Twins", key=key) for _ in range(2)]
    ids = [pki.register_ca(daemon, twin) for twin in twins]
    text, _ = twins[0].device()
    code, status, message = error_of(daemon.iot.register_certificate, certificatePem=text)
    assert (code, status) == ("CertificateConflictException", 409)
    assert "caCertificatePem" in message
    made = daemon.iot.register_certificate(certificatePem=text, caCertificatePem=twins[1].pem)
    assert describe(daemon, made["certificateId"])["caCertificateId"] == ids[1]


def test_two_cas_with_one_name_and_two_keys_are_told_apart_by_the_signature(daemon):
    pair = [pki.Authority("Namesakes") for _ in range(2)]
    ids = [pki.register_ca(daemon, ca) for ca in pair]
    for ca, ca_id in zip(pair, ids):
        made = daemon.iot.register_certificate(certificatePem=ca.device()[0])
        assert describe(daemon, made["certificateId"])["caCertificateId"] == ca_id


def test_an_inactive_ca_registers_nothing(daemon):
    ca = pki.Authority("Idle")
    pki.register_ca(daemon, ca, active=False)
    code, status, _ = error_of(daemon.iot.register_certificate, certificatePem=ca.device()[0])
    assert (code, status) == ("CertificateStateException", 406)


def test_a_certificate_without_a_ca_is_in_sni_only_mode(daemon):
    text, _ = pki.Authority("Unregistered").device()
    made = daemon.iot.register_certificate_without_ca(certificatePem=text, status="ACTIVE")
    seen = describe(daemon, made["certificateId"])
    assert (seen["certificateMode"], seen["status"]) == ("SNI_ONLY", "ACTIVE")
    assert "caCertificateId" not in seen


# ---- states


@pytest.mark.parametrize("start, to, want", [
    ("ACTIVE", "INACTIVE", None), ("INACTIVE", "ACTIVE", None), ("ACTIVE", "REVOKED", None),
    ("INACTIVE", "REVOKED", None), ("ACTIVE", "ACTIVE", None), ("REVOKED", "REVOKED", None),
    ("REVOKED", "ACTIVE", ("CertificateStateException", 406)),
    ("REVOKED", "INACTIVE", ("CertificateStateException", 406)),
    ("ACTIVE", "PENDING_TRANSFER", ("InvalidRequestException", 400)),
    ("INACTIVE", "PENDING_ACTIVATION", ("InvalidRequestException", 400)),
    ("ACTIVE", "REGISTER_INACTIVE", ("InvalidRequestException", 400))])
def test_updates_follow_the_table_of_states(daemon, authority, start, to, want):
    certificate_id = register(daemon, authority, status=start)
    if want is None:
        daemon.iot.update_certificate(certificateId=certificate_id, newStatus=to)
        seen = describe(daemon, certificate_id)
        assert seen["status"] == to
        assert seen["customerVersion"] == (1 if start == to else 2)
    else:
        assert error_of(daemon.iot.update_certificate, certificateId=certificate_id,
                        newStatus=to)[:2] == want
        assert describe(daemon, certificate_id)["status"] == start


@pytest.mark.parametrize("call", ["describe_certificate", "delete_certificate",
                                  "cancel_certificate_transfer", "accept_certificate_transfer",
                                  "reject_certificate_transfer"])
def test_an_unknown_certificate_is_not_found(daemon, call):
    assert error_of(getattr(daemon.iot, call), certificateId="ab" * 32)[:2] == (
        "ResourceNotFoundException", 404)


def test_ids_of_another_form_are_invalid(daemon):
    assert daemon.raw("GET", "/certificates/xyz").status == 400


# ---- deletion


def test_active_certificates_are_not_deleted(daemon, authority):
    certificate_id = register(daemon, authority, status="ACTIVE")
    for force in (False, True):
        assert error_of(daemon.iot.delete_certificate, certificateId=certificate_id,
                        forceDelete=force)[:2] == ("CertificateStateException", 406)
    daemon.iot.update_certificate(certificateId=certificate_id, newStatus="INACTIVE")
    daemon.iot.delete_certificate(certificateId=certificate_id)
    assert error_of(daemon.iot.describe_certificate,
                    certificateId=certificate_id)[:2] == ("ResourceNotFoundException", 404)


def test_attachments_stand_in_the_way_of_deletion(daemon, authority):
    certificate_id = register(daemon, authority)
    document = ('{"Version":"2012-10-17","Statement":'
                '[{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}]}')
    daemon.iot.create_policy(policyName="InTheWay", policyDocument=document)
    daemon.iot.attach_policy(policyName="InTheWay", target=arn(certificate_id))
    daemon.iot.create_thing(thingName="in-the-way")
    daemon.iot.attach_thing_principal(thingName="in-the-way", principal=arn(certificate_id))
    for force in (False, True):
        assert error_of(daemon.iot.delete_certificate, certificateId=certificate_id,
                        forceDelete=force)[:2] == ("DeleteConflictException", 409)
    daemon.iot.detach_thing_principal(thingName="in-the-way", principal=arn(certificate_id))
    assert error_of(daemon.iot.delete_certificate,
                    certificateId=certificate_id)[:2] == ("DeleteConflictException", 409)
    daemon.iot.delete_certificate(certificateId=certificate_id, forceDelete=True)
    assert daemon.iot.list_targets_for_policy(policyName="InTheWay")["targets"] == []


# ---- lists


def pages(call, key, **arguments):
    marker = {}
    sizes = []
    rows = []
    while True:
        page = call(**arguments, **marker)
        sizes.append(len(page[key]))
        rows += page[key]
        if "nextMarker" not in page:
            return rows, sizes
        marker = {"marker": page["nextMarker"]}


def test_lists_go_through_all_certificates_once_in_order(fresh):
    authority = pki.Authority("List CA")
    ca_id = pki.register_ca(fresh, authority)
    made = [register(fresh, authority) for _ in range(7)]
    apart = fresh.iot.create_keys_and_certificate()["certificateId"]
    rows, sizes = pages(fresh.iot.list_certificates, "certificates", pageSize=3,
                        ascendingOrder=True)
    assert [row["certificateId"] for row in rows] == made + [apart]
    assert sizes == [3, 3, 2]
    assert rows[0]["certificateArn"] == arn(made[0])
    assert rows[0]["status"] == "INACTIVE" and rows[0]["certificateMode"] == "DEFAULT"
    assert rows[0]["creationDate"] <= rows[-1]["creationDate"]
    rows, _ = pages(fresh.iot.list_certificates, "certificates", pageSize=3)
    assert [row["certificateId"] for row in rows] == [apart] + made[::-1]
    rows, _ = pages(fresh.iot.list_certificates_by_ca, "certificates", caCertificateId=ca_id,
                    pageSize=2, ascendingOrder=True)
    assert [row["certificateId"] for row in rows] == made


def test_a_marker_is_good_for_its_own_list_alone(daemon, authority):
    for _ in range(3):
        register(daemon, authority)
    marker = daemon.iot.list_certificates(pageSize=1)["nextMarker"]
    assert error_of(daemon.iot.list_certificates_by_ca, caCertificateId=authority.id,
                    marker=marker)[:2] == ("InvalidRequestException", 400)
    assert error_of(daemon.iot.list_certificates,
                    marker=marker[:-4] + "AAAA")[:2] == ("InvalidRequestException", 400)
    assert error_of(daemon.iot.list_outgoing_certificates,
                    marker="bm9uZSBvZiBvdXJz")[:2] == ("InvalidRequestException", 400)


# ---- transfers


def transfer(daemon, certificate_id, **arguments):
    return daemon.iot.transfer_certificate(certificateId=certificate_id,
                                           targetAwsAccount=OTHER_ACCOUNT, **arguments)


def outgoing(daemon):
    return {row["certificateId"]: row for row in
            pages(daemon.iot.list_outgoing_certificates, "outgoingCertificates", pageSize=2)[0]}


def test_a_transfer_is_pending_until_it_is_cancelled(daemon, authority):
    certificate_id = register(daemon, authority)
    assert transfer(daemon, certificate_id, transferMessage="take care")[
        "transferredCertificateArn"] == arn(certificate_id)
    seen = describe(daemon, certificate_id)
    assert seen["status"] == "PENDING_TRANSFER"
    assert seen["transferData"]["transferMessage"] == "take care"
    row = outgoing(daemon)[certificate_id]
    assert row["transferredTo"] == OTHER_ACCOUNT and row["transferMessage"] == "take care"
    assert row["transferDate"] == seen["transferData"]["transferDate"]
    assert error_of(daemon.iot.update_certificate, certificateId=certificate_id,
                    newStatus="ACTIVE")[:2] == ("CertificateStateException", 406)
    assert error_of(daemon.iot.delete_certificate,
                    certificateId=certificate_id)[:2] == ("CertificateStateException", 406)
    daemon.iot.cancel_certificate_transfer(certificateId=certificate_id)
    assert describe(daemon, certificate_id)["status"] == "INACTIVE"
    assert certificate_id not in outgoing(daemon)
    assert error_of(daemon.iot.cancel_certificate_transfer,
                    certificateId=certificate_id)[:2] == ("TransferAlreadyCompletedException", 410)


def test_a_rejected_transfer_says_why(daemon, authority):
    certificate_id = register(daemon, authority)
    transfer(daemon, certificate_id)
    daemon.iot.reject_certificate_transfer(certificateId=certificate_id, rejectReason="not ours")
    seen = describe(daemon, certificate_id)
    assert seen["status"] == "INACTIVE" and seen["ownedBy"] == ACCOUNT
    assert seen["transferData"]["rejectReason"] == "not ours"
    assert seen["transferData"]["rejectDate"] >= seen["transferData"]["transferDate"]


@pytest.mark.parametrize("arguments, want", [({}, "INACTIVE"), ({"setAsActive": True}, "ACTIVE")])
def test_an_accepted_transfer_changes_the_owner(daemon, authority, arguments, want):
    certificate_id = register(daemon, authority)
    transfer(daemon, certificate_id)
    daemon.iot.accept_certificate_transfer(certificateId=certificate_id, **arguments)
    seen = describe(daemon, certificate_id)
    assert (seen["status"], seen["ownedBy"], seen["previousOwnedBy"]) == (
        want, OTHER_ACCOUNT, ACCOUNT)
    assert "acceptDate" in seen["transferData"]


def test_what_cannot_be_transferred_is_refused(daemon, authority):
    active = register(daemon, authority, status="ACTIVE")
    code, status, _ = error_of(transfer, daemon=daemon, certificate_id=active)
    assert (code, status) == ("CertificateStateException", 406)
    held = register(daemon, authority)
    daemon.iot.create_policy(policyName="Held", policyDocument=(
        '{"Version":"2012-10-17","Statement":'
        '[{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}]}'))
    daemon.iot.attach_policy(policyName="Held", target=arn(held))
    code, status, _ = error_of(transfer, daemon=daemon, certificate_id=held)
    assert (code, status) == ("TransferConflictException", 409)
    assert error_of(daemon.iot.accept_certificate_transfer,
                    certificateId=held)[:2] == ("InvalidRequestException", 400)


# ---- the command line


def test_the_aws_cli_goes_the_whole_way(daemon, tmp_path):
    made = daemon.aws("iot", "create-keys-and-certificate", "--set-as-active",
                      "--certificate-pem-outfile", tmp_path / "cert.pem",
                      "--private-key-outfile", tmp_path / "key.pem")
    certificate_id = made["certificateId"]
    assert pki.id_of((tmp_path / "cert.pem").read_text()) == certificate_id
    seen = daemon.aws("iot", "describe-certificate", "--certificate-id", certificate_id)
    assert seen["certificateDescription"]["status"] == "ACTIVE"
    listed = daemon.aws("iot", "list-certificates", "--page-size", "2")
    assert certificate_id in [row["certificateId"] for row in listed["certificates"]]
    daemon.aws("iot", "update-certificate", "--certificate-id", certificate_id,
               "--new-status", "REVOKED")
    done = daemon.aws("iot", "update-certificate", "--certificate-id", certificate_id,
                      "--new-status", "ACTIVE", check=False)
    assert done.returncode != 0 and "CertificateStateException" in done.stderr
    daemon.aws("iot", "delete-certificate", "--certificate-id", certificate_id)
    bad = tmp_path / "bad.pem"
    bad.write_text("no certificate")
    done = daemon.aws("iot", "register-certificate-without-ca", "--certificate-pem",
                      f"file://{bad}", check=False)
    assert done.returncode != 0 and "CertificateValidationException" in done.stderr
