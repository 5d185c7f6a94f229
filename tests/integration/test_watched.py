"""Checks of our own that look at what ends: certificates of servers, and revocation lists."""

import contextlib
import datetime
import ipaddress
import shutil
import socket
import ssl
import subprocess
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import pki
from bulwark import BUILD, Daemon
from test_api_tls import TlsDaemon

SERVERS = "SERVER_CERTIFICATE_EXPIRING_CHECK"
LISTS = "REVOCATION_LIST_EXPIRING_CHECK"
DAYS = "CERT_EXPIRATION_THRESHOLD_IN_DAYS"


def judged(daemon, check):
    return daemon.findings(daemon.audit(check)["taskId"], checkName=check)


def make(folder, name, days):
    """A self-signed certificate that ends in so many days, beside its key: its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.utcnow()
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=400))
        .not_valid_after(now + datetime.timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName(
            [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256()))
    path = folder / f"{name}.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    return path


class Server(threading.Thread):
    """A server of TLS that shows a certificate, asks for one as brokers do, and says nothing."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(path, path.with_suffix(".key"))
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.load_verify_locations(path)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.place = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection:
                self.context.wrap_socket(connection, server_side=True).close()


def configure(daemon, check, days):
    daemon.enable(check, **{check: {DAYS: str(days)}})


def test_certificates_of_the_api_the_broker_and_files_are_watched(tmp_path, monkeypatch):
    first, second = make(tmp_path, "api", 20), make(tmp_path, "renewed", 400)
    key = first.with_suffix(".key")
    (tmp_path / "both.pem").write_bytes(first.read_bytes() + second.read_bytes())
    for name in ("AWS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "both.pem"))
    broker = Server(make(tmp_path, "broker", -3))
    other = make(tmp_path, "other", 40)
    away = "127.0.0.1:1"
    with TlsDaemon(tmp_path, "--extensions", "--tls-certificate", str(first),
                   "--tls-key", str(key), "--watch-certificate",
                   f"{broker.place},{other},{away}", "--fetch-allow", "127.0.0.0/8") as daemon:
        configure(daemon, SERVERS, 30)
        audit = daemon.audit(SERVERS)
        found = {f["nonCompliantResource"]["resourceIdentifier"]["issuerCertificateIdentifier"][
            "issuerCertificateSubject"]: f for f in daemon.findings(audit["taskId"])}
        assert sorted(found) == ["CN=api", "CN=broker"]
        assert found["CN=broker"]["reasonForNonComplianceCode"] == "CERTIFICATE_PAST_EXPIRATION"
        assert f"shown by {broker.place}, ended" in found["CN=broker"]["reasonForNonCompliance"]
        assert "shown by the API, ends" in found["CN=api"]["reasonForNonCompliance"]
        assert found["CN=api"]["severity"] == "HIGH"
        detail = audit["auditDetails"][SERVERS]
        assert detail["totalResourcesCount"] == 4 and detail["checkCompliant"] is False
        assert f"{away}: " in detail["message"]
        configure(daemon, SERVERS, 7)
        assert {f["reasonForNonComplianceCode"] for f in judged(daemon, SERVERS)} == {
            "CERTIFICATE_PAST_EXPIRATION"}
        # What is served counts, not what lies in the file.
        shutil.copy(second, first)
        shutil.copy(second.with_suffix(".key"), key)
        configure(daemon, SERVERS, 30)
        assert len(judged(daemon, SERVERS)) == 2
        daemon.hang_up("bulwarkd.reloaded")
        assert len(judged(daemon, SERVERS)) == 1
        # Without the daemon the folder remembers the places, and where the API's own lies.
        kept = (daemon.data / "last.conf").read_text()
        assert f"watch-certificate {broker.place},{other},{away},{first}\n" in kept
    broker.listener.close()


def test_places_that_are_none_are_refused(tmp_path):
    done = subprocess.run([BUILD / "bulwarkd", "--data", tmp_path / "data", "--listen",
                           "127.0.0.1:0", "--watch-certificate", "broker.pem"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode != 0 and "watch-certificate has 'broker.pem'" in done.stderr


def revocation_list(authority, days):
    now = datetime.datetime.utcnow()
    return (x509.CertificateRevocationListBuilder().issuer_name(authority.subject)
            .last_update(now - pki.DAY).next_update(now + days * pki.DAY)
            .sign(authority.key, hashes.SHA256())).public_bytes(serialization.Encoding.PEM)


def test_lists_that_end_are_found_before_they_judge_nothing(tmp_path):
    folder = tmp_path / "lists"
    folder.mkdir()
    authority = pki.Authority("lists")
    with Daemon(tmp_path, "--extensions", "--crl-dir", folder) as daemon:
        daemon.iot.register_ca_certificate(caCertificate=authority.pem, setAsActive=True,
                                           certificateMode="SNI_ONLY")
        daemon.iot.register_certificate_without_ca(certificatePem=authority.device()[0],
                                                   status="ACTIVE")
        (folder / "a.crl").write_bytes(revocation_list(authority, days=3))
        daemon.enable(LISTS)
        assert judged(daemon, LISTS) == []
        configure(daemon, LISTS, 4)
        finding, = judged(daemon, LISTS)
        assert finding["reasonForNonComplianceCode"] == "REVOCATION_LIST_APPROACHING_NEXT_UPDATE"
        named = finding["nonCompliantResource"]["resourceIdentifier"]
        assert named["issuerCertificateIdentifier"]["issuerCertificateSubject"] == "CN=lists"
        refused = daemon.raw("PATCH", "/audit/configuration", {"auditCheckConfigurations": {
            LISTS: {"enabled": True, "configuration": {DAYS: "0"}}}})
        assert refused.status == 400 and "from 1 to 3652 days" in str(refused.body)
        # A finding that is accepted is accepted by what the finding says it is about.
        daemon.iot.create_audit_suppression(checkName=LISTS, resourceIdentifier=named,
                                            suppressIndefinitely=True, clientRequestToken="a")
        task = daemon.audit(LISTS)["taskId"]
        assert daemon.findings(task, checkName=LISTS, listSuppressedFindings=False) == []
