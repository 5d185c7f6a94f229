"""An audit that is killed in the middle, and goes on."""

import concurrent.futures
import datetime
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes

import pki
from bulwark import Daemon

FLEET = 2200
CHECK = "DEVICE_CERTIFICATE_EXPIRING_CHECK"


def certificates(n):
    """Self-signed, of one key: making keys would be most of the test."""
    key = pki.ec_key()
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateBuilder().public_key(key.public_key())
               .not_valid_before(now).not_valid_after(now + 10 * pki.DAY))
    for i in range(n):
        subject = pki.name(f"device {i}")
        cert = (builder.subject_name(subject).issuer_name(subject).serial_number(i + 1)
                .sign(key, hashes.SHA256()))
        yield pki.pem(cert)


def register(daemon, pem):
    return daemon.iot.register_certificate_without_ca(
        certificatePem=pem, status="ACTIVE")["certificateId"]


def test_an_audit_killed_again_and_again_finds_each_certificate_once(tmp_path):
    daemon = Daemon(tmp_path)
    daemon.start()
    try:
        daemon.enable(CHECK)
        daemon.iot  # made before the threads share it
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            ids = set(pool.map(lambda pem: register(daemon, pem), certificates(FLEET)))
        assert len(ids) == FLEET
        daemon.kill()
        daemon.start()
        tasks = []
        for delay in (0, 0.01, 0.03):
            tasks.append(daemon.iot.start_on_demand_audit_task(targetCheckNames=[CHECK])["taskId"])
            time.sleep(delay)  # to be killed at another place of the audit
            daemon.kill()
            daemon.start()
        for task in tasks:
            audit = daemon.audit_wait(task)
            assert audit["taskStatus"] == "COMPLETED"
            detail = audit["auditDetails"][CHECK]
            assert detail["totalResourcesCount"] == FLEET
            assert detail["nonCompliantResourcesCount"] == FLEET
            found = [finding["nonCompliantResource"]["resourceIdentifier"]["deviceCertificateId"]
                     for finding in daemon.findings(task)]
            assert len(found) == FLEET and set(found) == ids
        begun = daemon.log.read_text().count('"event":"audit.started"')
        assert begun > len(tasks), "no audit was cut off"
    finally:
        daemon.stop()
