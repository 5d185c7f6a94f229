"""The API over TLS: certificates made here, read again on SIGHUP, and refused when they are wrong."""

import datetime
import http.client
import ipaddress
import os
import signal
import ssl
import subprocess
import time

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import wire
from bulwark import BUILD, REGION, Daemon


def make(folder, name="localhost"):
    """A self-signed certificate for loopback and its key, in the files of the daemon."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.utcnow()
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256()))
    folder.mkdir(exist_ok=True)
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    return certificate.public_bytes(serialization.Encoding.DER)


def options(folder):
    return ("--tls-certificate", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem"))


class TlsDaemon(Daemon):
    def get(self, path, headers=None):
        """The daemon's own pages, whatever certificate it shows by now."""
        connection = http.client.HTTPSConnection(*wire.address(self.url), timeout=20,
                                                 context=ssl._create_unverified_context())
        connection.request("GET", path, headers=headers or {})
        reply = connection.getresponse()
        body = reply.read()
        connection.close()
        return wire.Reply(reply.status, reply.headers, body, None)

    def shown(self):
        """The certificate of a new connection."""
        with wire.tls_connect(self.url, ssl._create_unverified_context()) as tls:
            return tls.getpeercert(binary_form=True)

    def hang_up(self, event):
        """SIGHUP, and the line that the log has of it."""
        start = len(self.log.read_text())
        self.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            lines = [l for l in self.log.read_text()[start:].splitlines() if event in l]
            if lines:
                return lines[0]
            time.sleep(0.02)
        raise AssertionError(f"no {event} in the log")


@pytest.fixture
def tls(tmp_path):
    make(tmp_path / "tls")
    with TlsDaemon(tmp_path, *options(tmp_path / "tls")) as running:
        running.files = tmp_path / "tls"
        yield running


def test_boto3_and_the_cli_believe_the_certificate_that_they_are_given(tls):
    assert tls.url.startswith("https://")
    key, secret = tls.credentials
    client = boto3.client("iot", endpoint_url=tls.url, region_name=REGION,
                          aws_access_key_id=key, aws_secret_access_key=secret,
                          verify=str(tls.files / "cert.pem"))
    client.create_thing(thingName="over-tls")
    listed = tls.aws("--ca-bundle", tls.files / "cert.pem", "iot", "list-things")
    assert [thing["thingName"] for thing in listed["things"]] == ["over-tls"]
    failed = tls.aws("iot", "list-things", check=False)
    assert failed.returncode != 0 and "certificate" in failed.stderr.lower()


def test_sighup_shows_the_new_certificate_and_leaves_open_connections_alone(tls):
    before = tls.shown()
    kept = http.client.HTTPSConnection(*wire.address(tls.url), timeout=20,
                                       context=ssl._create_unverified_context())
    kept.request("GET", "/health")
    assert kept.getresponse().read()
    held = kept.sock
    after = make(tls.files, "second")
    assert tls.shown() == before
    tls.hang_up("bulwarkd.reloaded")
    assert tls.shown() == after
    for _ in range(3):
        kept.request("GET", "/health")
        reply = kept.getresponse()
        assert reply.status == 200 and reply.read()
        assert kept.sock is held
    assert held.getpeercert(binary_form=True) == before
    kept.close()


@pytest.mark.parametrize("spoil", ["cert is text", "key is gone", "key of another", "cert is empty"])
def test_files_that_cannot_be_used_change_nothing_and_are_logged(tls, tmp_path, spoil):
    before = tls.shown()
    if spoil == "cert is text":
        (tls.files / "cert.pem").write_text("no certificate")
    elif spoil == "cert is empty":
        (tls.files / "cert.pem").write_text("")
    elif spoil == "key is gone":
        os.unlink(tls.files / "key.pem")
    else:
        make(tmp_path / "other")
        os.replace(tmp_path / "other" / "key.pem", tls.files / "key.pem")
    line = tls.hang_up("bulwarkd.reload_failed")
    assert str(tls.files) in line, line
    assert "PRIVATE KEY" not in line
    assert tls.shown() == before
    after = make(tls.files, "mended")
    tls.hang_up("bulwarkd.reloaded")
    assert tls.shown() == after


def test_tls_1_2_and_1_3_are_spoken_and_older_ones_are_not(tls):
    for version, fine in ((ssl.TLSVersion.TLSv1_3, True), (ssl.TLSVersion.TLSv1_2, True),
                          (ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1, False)):
        context = ssl._create_unverified_context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        if fine:
            with wire.tls_connect(tls.url, context) as open_one:
                assert open_one.version() == version.name.replace("v1_", "v1.")
        else:
            with pytest.raises(ssl.SSLError, match="closed|ALERT_PROTOCOL"):
                wire.tls_connect(tls.url, context)


def test_plain_http_to_the_tls_port_gets_nothing_and_harms_nothing(tls):
    with wire.Raw(tls.url, timeout=1) as raw:
        answer = raw.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").rest()
    assert b"status" not in answer
    assert tls.shown()


@pytest.mark.parametrize("spoil", ["mismatch", "no key", "no certificate", "text"])
def test_a_start_with_wrong_files_is_refused_with_a_sentence(tmp_path, spoil):
    folder = tmp_path / "tls"
    make(folder)
    if spoil == "mismatch":
        make(tmp_path / "other")
        os.replace(tmp_path / "other" / "key.pem", folder / "key.pem")
    elif spoil == "no key":
        os.unlink(folder / "key.pem")
    elif spoil == "no certificate":
        os.unlink(folder / "cert.pem")
    else:
        (folder / "cert.pem").write_text("text")
    done = subprocess.run([BUILD / "bulwarkd", "--data", tmp_path / "data", "--listen",
                           "127.0.0.1:0", *options(folder)],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode in (1, 2)
    assert done.stderr.startswith("bulwarkd: ")
    assert str(folder) in done.stderr, done.stderr
