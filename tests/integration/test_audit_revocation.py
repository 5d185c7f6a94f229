"""Revocation lists over a real network: a server on loopback, good, slow, and gone."""

import datetime
import http.server
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

import pki
from bulwark import Daemon, error_of

CHECK = "REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE_CHECK"


class Server:
    """Pages by path: bytes, or a threading.Event that is waited for before nothing is sent."""

    def __init__(self, port=0):
        self.pages = {}
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                page = outer.pages.get(self.path)
                if isinstance(page, threading.Event):
                    page.wait(30)
                    return
                self.send_response(200 if page else 404)
                self.send_header("Content-Length", str(len(page or b"")))
                self.end_headers()
                self.wfile.write(page or b"")

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server():
    running = Server()
    yield running
    running.close()


def revocation_list(ca, *certs):
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateRevocationListBuilder().issuer_name(ca.subject)
               .last_update(now - pki.DAY).next_update(now + 7 * pki.DAY))
    for cert in certs:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(cert.serial_number)
            .revocation_date(now - pki.DAY).build())
    return builder.sign(ca.key, hashes.SHA256())


def device_at(daemon, ca, url):
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    pem, _ = ca.device(extensions=[(x509.CRLDistributionPoints([point]), False)])
    daemon.iot.register_certificate(certificatePem=pem, status="ACTIVE")
    return pem


def events(daemon, name):
    return [line for line in daemon.log.read_text().splitlines() if f'"event":"{name}"' in line]


def metric(daemon, name):
    for line in daemon.get("/metrics").body.decode().splitlines():
        if line.startswith(name):
            return float(line.split()[-1])
    raise AssertionError(f"no metric {name}")


@pytest.fixture
def asking(tmp_path):
    """A daemon that may ask loopback."""
    with Daemon(tmp_path, "--fetch-allow", "127.0.0.1/32") as daemon:
        daemon.enable(CHECK)
        yield daemon


@pytest.mark.parametrize("form", [serialization.Encoding.PEM, serialization.Encoding.DER])
def test_a_revoked_certificate_is_found_and_the_list_kept(asking, server, form):
    ca = pki.Authority("Lists")
    pki.register_ca(asking, ca)
    bad = device_at(asking, ca, server.url + "/ca.crl")
    device_at(asking, ca, server.url + "/ca.crl")
    server.pages["/ca.crl"] = revocation_list(ca, pki.load(bad)).public_bytes(form)
    for _ in range(2):
        audit = asking.audit(CHECK)
        detail = audit["auditDetails"][CHECK]
        assert (detail["totalResourcesCount"], detail["nonCompliantResourcesCount"]) == (2, 1)
        assert "message" not in detail
        [finding] = asking.findings(audit["taskId"])
        assert finding["reasonForNonComplianceCode"] == "CERTIFICATE_REVOKED_BY_ISSUER"
        found = finding["nonCompliantResource"]["resourceIdentifier"]["deviceCertificateId"]
        assert found == pki.id_of(bad)
    assert server.asked == ["/ca.crl"]


def test_a_list_out_of_reach_is_said_in_message_log_and_metrics(asking, server):
    ca = pki.Authority("Lists")
    pki.register_ca(asking, ca)
    device_at(asking, ca, server.url + "/gone.crl")
    audit = asking.audit(CHECK)
    detail = audit["auditDetails"][CHECK]
    assert audit["taskStatus"] == "COMPLETED" and detail["nonCompliantResourcesCount"] == 0
    assert "could not be judged" in detail["message"] and "/gone.crl" in detail["message"]
    assert metric(asking, "bulwark_audit_list_problems") == 1
    assert metric(asking, "bulwark_audit_answers_unknown") == 1
    [line] = events(asking, "audit.list_problem")
    assert "/gone.crl" in line


def test_loopback_is_not_asked_unless_allowed(fresh, server):
    ca = pki.Authority("Lists")
    fresh.enable(CHECK)
    pki.register_ca(fresh, ca)
    bad = device_at(fresh, ca, server.url + "/ca.crl")
    server.pages["/ca.crl"] = revocation_list(ca, pki.load(bad)).public_bytes(
        serialization.Encoding.DER)
    detail = fresh.audit(CHECK)["auditDetails"][CHECK]
    assert detail["nonCompliantResourcesCount"] == 0
    assert "127.0.0.1" in detail["message"], detail
    assert server.asked == []


def test_ten_audits_are_in_progress_at_most_and_those_that_wait_can_be_canceled(asking, server):
    """One waits for a server, nine for their turn; then each ends as it should."""
    ca = pki.Authority("Lists")
    pki.register_ca(asking, ca)
    device_at(asking, ca, server.url + "/slow.crl")
    server.pages["/slow.crl"] = released = threading.Event()
    asking.enable("LOGGING_DISABLED_CHECK")

    def start(check):
        return asking.iot.start_on_demand_audit_task(targetCheckNames=[check])["taskId"]

    def status(task):
        return asking.iot.describe_audit_task(taskId=task)["taskStatus"]

    try:
        first = start(CHECK)
        waiting = [start("LOGGING_DISABLED_CHECK") for _ in range(9)]
        assert {status(task) for task in (first, *waiting)} == {"IN_PROGRESS"}
        code, http_status, message = error_of(
            asking.iot.start_on_demand_audit_task, targetCheckNames=["LOGGING_DISABLED_CHECK"])
        assert (code, http_status) == ("LimitExceededException", 410) and "10 audits" in message
        began = time.monotonic()
        asking.iot.cancel_audit_task(taskId=waiting[4])
        assert time.monotonic() - began < 1
        canceled = asking.iot.describe_audit_task(taskId=waiting[4])
        assert canceled["taskStatus"] == "CANCELED"
        assert canceled["auditDetails"]["LOGGING_DISABLED_CHECK"]["checkRunStatus"] == "CANCELED"
        waiting.append(start("LOGGING_DISABLED_CHECK"))  # there is room for one again
        assert error_of(asking.iot.start_on_demand_audit_task,
                        targetCheckNames=["LOGGING_DISABLED_CHECK"])[0] == "LimitExceededException"
    finally:
        released.set()
    ends = [asking.audit_wait(task)["taskStatus"] for task in (first, *waiting)]
    assert ends == ["COMPLETED"] * 5 + ["CANCELED"] + ["COMPLETED"] * 5
    assert len(asking.findings(waiting[0])) == 1 and asking.findings(waiting[4]) == []


def test_canceling_does_not_wait_for_a_slow_server(asking, server):
    ca = pki.Authority("Lists")
    pki.register_ca(asking, ca)
    device_at(asking, ca, server.url + "/slow.crl")
    server.pages["/slow.crl"] = released = threading.Event()
    task = asking.iot.start_on_demand_audit_task(targetCheckNames=[CHECK])["taskId"]
    try:
        deadline = time.monotonic() + 10
        while not server.asked and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.asked == ["/slow.crl"]
        asking.iot.cancel_audit_task(taskId=task)
        began = time.monotonic()
        assert asking.iot.describe_audit_task(taskId=task)["taskStatus"] == "CANCELED"
        # The runner is free again when the next audit comes through.
        asking.enable("LOGGING_DISABLED_CHECK")
        assert asking.audit("LOGGING_DISABLED_CHECK")["taskStatus"] == "COMPLETED"
        assert time.monotonic() - began < 2
    finally:
        released.set()
