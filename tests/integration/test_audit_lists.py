"""What revocation lists say and do not say, judged by whole audits: lists and issuers come from a
real server on loopback."""

import datetime
import hashlib
import signal
import socket
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import AuthorityInformationAccessOID

import pki
from bulwark import Daemon
from test_audit_revocation import CHECK, Server, device_at, events, metric, revocation_list, server

CHAIN = "INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES_CHECK"
KEYS = "DEVICE_CERTIFICATE_KEY_QUALITY_CHECK"
DER = serialization.Encoding.DER


@pytest.fixture
def asking(tmp_path):
    with Daemon(tmp_path, "--fetch-allow", "127.0.0.1/32") as daemon:
        daemon.enable(CHECK, CHAIN)
        yield daemon


def points(*urls):
    return x509.CRLDistributionPoints([
        x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
        for url in urls]), False


def issuer_at(url):
    return x509.AuthorityInformationAccess([x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(url))]), False


def register(daemon, ca, *extensions):
    pem, _ = ca.device(extensions=extensions)
    daemon.iot.register_certificate_without_ca(certificatePem=pem, status="ACTIVE")
    return pem


def detail_of(daemon, check=CHECK):
    audit = daemon.audit(check)
    assert audit["taskStatus"] == "COMPLETED"
    return audit["auditDetails"][check], daemon.findings(audit["taskId"])


def resource_of(finding):
    return finding["nonCompliantResource"]["resourceIdentifier"]


# ---- what lists contain


def test_an_entry_taken_off_the_list_again_is_not_revoked(asking, server):
    ca = pki.Authority("Lists")
    pki.register_ca(asking, ca)
    revoked, restored = (device_at(asking, ca, server.url + "/ca.crl") for _ in range(2))
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateRevocationListBuilder().issuer_name(ca.subject)
               .last_update(now - pki.DAY).next_update(now + pki.DAY))
    for pem, reason in ((revoked, x509.ReasonFlags.certificate_hold),
                        (restored, x509.ReasonFlags.remove_from_crl)):
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(pki.load(pem).serial_number)
            .revocation_date(now - pki.DAY).add_extension(x509.CRLReason(reason), False).build())
    server.pages["/ca.crl"] = builder.sign(ca.key, hashes.SHA256()).public_bytes(DER)
    detail, [finding] = detail_of(asking)
    assert (detail["totalResourcesCount"], detail["nonCompliantResourcesCount"]) == (2, 1)
    assert "message" not in detail
    assert resource_of(finding) == {"deviceCertificateId": pki.id_of(revoked)}
    assert "certificateHold" in finding["reasonForNonCompliance"]


def numbered(ca, number, entries=(), base=None, freshest=None):
    """A list with its number; a delta list when it has the number of a base."""
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateRevocationListBuilder().issuer_name(ca.subject)
               .last_update(now - pki.DAY).next_update(now + pki.DAY)
               .add_extension(x509.CRLNumber(number), False))
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), True)
    if freshest:
        builder = builder.add_extension(x509.FreshestCRL([
            x509.DistributionPoint([x509.UniformResourceIdentifier(freshest)], None, None, None)]),
            False)
    for pem, reason in entries:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(pki.load(pem).serial_number)
            .revocation_date(now - pki.DAY).add_extension(x509.CRLReason(reason), False).build())
    return builder.sign(ca.key, hashes.SHA256()).public_bytes(DER)


def test_a_delta_list_alone_is_no_pass_and_is_said(asking, server):
    """It lists changes only: to take it for a whole list would be a silent pass."""
    ca = pki.Authority("Lists")
    pki.register_ca(asking, ca)
    good, bad = (device_at(asking, ca, server.url + "/delta.crl") for _ in range(2))
    server.pages["/delta.crl"] = numbered(
        ca, 2, [(bad, x509.ReasonFlags.key_compromise)], base=1)
    detail, [finding] = detail_of(asking)
    assert resource_of(finding) == {"deviceCertificateId": pki.id_of(bad)}
    assert detail["checkCompliant"] is False and good != bad
    assert "1 resource could not be judged" in detail["message"]
    assert metric(asking, "bulwark_audit_answers_unknown") == 1


def test_a_list_is_completed_by_the_delta_list_that_it_names(asking, server):
    """RFC 5280, 5.2.4: what was revoked since, and a hold that was lifted."""
    ca = pki.Authority("Lists")
    pki.register_ca(asking, ca)
    good, since, held, lifted, gone = (
        device_at(asking, ca, server.url + "/ca.crl") for _ in range(5))
    hold, lift = x509.ReasonFlags.certificate_hold, x509.ReasonFlags.remove_from_crl
    stolen = x509.ReasonFlags.key_compromise
    server.pages["/ca.crl"] = numbered(
        ca, 7, [(held, hold), (lifted, hold), (gone, stolen)], freshest=server.url + "/delta.crl")
    server.pages["/delta.crl"] = numbered(
        ca, 9, [(since, stolen), (lifted, lift), (gone, lift)], base=6)
    detail, findings = detail_of(asking)
    # A revocation that was no hold is final, whatever a delta list says (RFC 5280, 5.3.1).
    assert {resource_of(f)["deviceCertificateId"] for f in findings} == {
        pki.id_of(pem) for pem in (since, held, gone)}
    assert detail["totalResourcesCount"] == 5 and "message" not in detail, good
    assert sorted(server.asked) == ["/ca.crl", "/delta.crl"]


def test_without_its_delta_list_a_list_is_believed_and_the_lack_told(asking, server):
    ca = pki.Authority("Lists")
    pki.register_ca(asking, ca)
    good, bad = (device_at(asking, ca, server.url + "/ca.crl") for _ in range(2))
    server.pages["/ca.crl"] = numbered(ca, 7, [(bad, x509.ReasonFlags.key_compromise)],
                                       freshest=server.url + "/nowhere.crl")
    detail, [finding] = detail_of(asking)
    assert resource_of(finding) == {"deviceCertificateId": pki.id_of(bad)}
    assert "message" not in detail and good != bad
    assert metric(asking, "bulwark_audit_list_problems") == 1
    [line] = events(asking, "audit.list_problem")
    assert "/nowhere.crl" in line


def test_a_delta_list_that_does_not_continue_the_list_lifts_no_hold(asking, server):
    ca = pki.Authority("Lists")
    pki.register_ca(asking, ca)
    held = device_at(asking, ca, server.url + "/ca.crl")
    server.pages["/ca.crl"] = numbered(ca, 12, [(held, x509.ReasonFlags.certificate_hold)],
                                       freshest=server.url + "/delta.crl")
    server.pages["/delta.crl"] = numbered(
        ca, 9, [(held, x509.ReasonFlags.remove_from_crl)], base=6)
    _, [finding] = detail_of(asking)
    assert resource_of(finding) == {"deviceCertificateId": pki.id_of(held)}


@pytest.mark.parametrize("form", ["ldap", "relative"])
def test_points_that_are_not_fetched_are_unjudged_and_said(asking, server, form):
    ca = pki.Authority("Lists")
    pki.register_ca(asking, ca)
    if form == "ldap":
        shown = "ldap://directory.example/cn=ca?certificateRevocationList"
        extension = points(shown, "ldap://other.example/")
    else:
        shown = "a name relative to the issuer's"
        name = x509.RelativeDistinguishedName(list(pki.name("Lists")))
        extension = x509.CRLDistributionPoints(
            [x509.DistributionPoint(None, name, None, None)]), False
    register(asking, ca, extension)
    register(asking, ca)  # names no list at all
    detail, findings = detail_of(asking)
    assert findings == []
    assert detail["totalResourcesCount"] == 2 and detail["checkCompliant"] is False
    # Who reads nothing but the status sees no green either.
    assert detail["checkRunStatus"] == "COMPLETED_NON_COMPLIANT"
    assert detail["nonCompliantResourcesCount"] == 0
    assert detail["message"].startswith(f"1 resource could not be judged. {shown}: the list is not")
    [line] = events(asking, "audit.list_problem")
    assert shown in line
    assert metric(asking, "bulwark_audit_list_problems") == 1
    assert metric(asking, "bulwark_audit_answers_unknown") == 1


def test_an_address_that_is_fetched_makes_up_for_one_that_is_not(asking, server):
    ca = pki.Authority("Lists")
    pki.register_ca(asking, ca)
    bad = register(asking, ca, points("ldap://directory.example/", server.url + "/ca.crl"))
    register(asking, ca, points("ldap://directory.example/", server.url + "/ca.crl"))
    server.pages["/ca.crl"] = revocation_list(ca, pki.load(bad)).public_bytes(DER)
    detail, [finding] = detail_of(asking)
    assert "message" not in detail
    assert resource_of(finding) == {"deviceCertificateId": pki.id_of(bad)}


# ---- chains


def chain(server, length):
    """`length` authorities from the root down; each certificate says where its issuer's is."""
    authorities = [pki.Authority("Level 0")]
    for level in range(1, length):
        above = authorities[-1]
        page = f"/level-{level - 1}"
        server.pages[page + ".pem"] = above.pem.encode()
        server.pages[page + ".crl"] = revocation_list(above).public_bytes(DER)
        authorities.append(pki.Authority(
            f"Level {level}", parent=above,
            extensions=[issuer_at(server.url + page + ".pem"), points(server.url + page + ".crl")]))
    page = f"/level-{length - 1}.pem"
    server.pages[page] = authorities[-1].pem.encode()
    return authorities, server.url + page


def test_an_issuer_high_in_the_chain_is_found_revoked(asking, server):
    authorities, url = chain(server, 8)
    server.pages["/level-0.crl"] = revocation_list(
        authorities[0], authorities[1].cert).public_bytes(DER)
    devices = {pki.id_of(register(asking, authorities[-1], issuer_at(url))) for _ in range(2)}
    detail, [finding] = detail_of(asking, CHAIN)
    assert "message" not in detail
    assert detail["totalResourcesCount"] == 8 and detail["nonCompliantResourcesCount"] == 1
    issuer = resource_of(finding)["issuerCertificateIdentifier"]
    assert issuer["issuerCertificateSubject"] == "CN=Level 1"
    related = asking.iot.list_related_resources_for_audit_finding(findingId=finding["findingId"])
    assert {r["resourceIdentifier"]["deviceCertificateId"]
            for r in related["relatedResources"]} == devices


def test_a_chain_without_end_is_followed_so_far_and_said(asking, server):
    authorities, url = chain(server, 12)
    register(asking, authorities[-1], issuer_at(url))
    detail, findings = detail_of(asking, CHAIN)
    assert findings == []
    assert detail["checkCompliant"] is False
    assert "1 resource could not be judged" in detail["message"]
    assert "too long" in detail["message"]
    assert "/level-0.pem" not in server.asked


# ---- who does not answer


def test_a_dead_host_is_not_asked_by_every_audit(asking):
    """Until five minutes have passed, or the operator says that things have changed."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    ca = pki.Authority("Lists")
    pki.register_ca(asking, ca)
    bad = device_at(asking, ca, f"http://127.0.0.1:{port}/ca.crl")
    detail, _ = detail_of(asking)
    assert "cannot be fetched" in detail["message"] and "since" not in detail["message"]
    listener.close()
    server = Server(port)
    try:
        server.pages["/ca.crl"] = revocation_list(ca, pki.load(bad)).public_bytes(DER)
        detail, findings = detail_of(asking)
        assert findings == [] and server.asked == []
        assert "unreachable since 20" in detail["message"], detail
        assert "not asked again before" in detail["message"], detail
        asking.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while not events(asking, "bulwarkd.reloaded") and time.monotonic() < deadline:
            time.sleep(0.02)
        detail, findings = detail_of(asking)
        assert len(findings) == 1 and "message" not in detail
    finally:
        server.close()


def test_after_five_minutes_a_dead_host_is_asked_again(asking):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        ca = pki.Authority("Lists")
        pki.register_ca(asking, ca)
        bad = device_at(asking, ca, f"http://127.0.0.1:{port}/ca.crl")
        detail_of(asking)
    server = Server(port)
    try:
        server.pages["/ca.crl"] = revocation_list(ca, pki.load(bad)).public_bytes(DER)
        asking.move_clock(seconds=299)
        detail, findings = detail_of(asking)
        assert findings == []
        asking.move_clock(seconds=330)
        detail, findings = detail_of(asking)
        assert len(findings) == 1 and "message" not in detail
    finally:
        server.close()


# ---- weak keys


def test_a_key_of_the_folder_of_weak_keys_is_found(tmp_path):
    """The folder has what Debian's openssl-blacklist has: the end of the SHA-1 of the modulus as
    `openssl rsa -modulus` prints it."""
    ca = pki.Authority("Keys", key=pki.rsa_key(2048))
    listed, _ = ca.device(key=pki.rsa_key(2048, 1))
    other, _ = ca.device(key=pki.rsa_key(2048, 2))
    modulus = subprocess.run(["openssl", "x509", "-noout", "-modulus"], input=listed.encode(),
                             capture_output=True, check=True).stdout
    folder = tmp_path / "blacklists"
    folder.mkdir()
    (folder / "blacklist.RSA-2048").write_text(
        "# weak keys\n" + "0" * 20 + "\n" + hashlib.sha1(modulus).hexdigest()[20:] + "\n")
    (folder / "blacklist.RSA-1024").write_text(
        hashlib.sha1(b"Modulus=00\n").hexdigest()[20:] + "\n")
    with Daemon(tmp_path, "--weak-key-dir", folder) as daemon:
        daemon.enable(KEYS)
        for pem in (listed, other):
            daemon.iot.register_certificate_without_ca(certificatePem=pem, status="ACTIVE")
        detail, [finding] = detail_of(daemon, KEYS)
        assert detail["totalResourcesCount"] == 2
        assert finding["severity"] == "CRITICAL"
        assert finding["reasonForNonComplianceCode"] == (
            "CERTIFICATE_KEY_VULNERABILITY_CVE-2008-0166")
        assert resource_of(finding) == {"deviceCertificateId": pki.id_of(listed)}


def test_a_folder_of_weak_keys_that_cannot_be_used_is_no_silent_pass(tmp_path):
    folder = tmp_path / "blacklists"
    folder.mkdir()
    (folder / "blacklist.RSA-2048").write_text("no such line\n")
    with pytest.raises(RuntimeError, match="blacklist.RSA-2048"):
        Daemon(tmp_path, "--weak-key-dir", folder).start()
