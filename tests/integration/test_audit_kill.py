"""An audit that is cut off in the middle, by a kill or a full disk, and goes on."""

import concurrent.futures
import datetime
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes

import pki
from bulwark import Daemon
from test_api_faults import FullDisk
from test_audit_revocation import Server, device_at, events

FLEET = 2200
CHECK = "DEVICE_CERTIFICATE_EXPIRING_CHECK"
REVOKED = "REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE_CHECK"
FULL = 128 << 10


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


def wait(ready, seconds=20):
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)


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


def test_an_audit_that_the_disk_fails_waits_for_room(tmp_path):
    """It is delayed, said to be, and carried through once there is room; others find theirs."""
    server = Server()
    server.pages["/ca.crl"] = released = threading.Event()
    with FullDisk(tmp_path, "--fetch-allow", "127.0.0.1/32") as daemon:
        ca = pki.Authority("Full")
        pki.register_ca(daemon, ca)
        device_at(daemon, ca, server.url + "/ca.crl")
        daemon.enable(REVOKED)
        for number in range(60):  # until the write-ahead log is larger than what is allowed below
            daemon.iot.create_thing(thingName=f"thing-{number}")
        assert (daemon.data / "bulwark.db-wal").stat().st_size > FULL > 2 * daemon.log.stat().st_size
        task = daemon.iot.start_on_demand_audit_task(targetCheckNames=[REVOKED])["taskId"]
        wait(lambda: server.asked)
        daemon.limit(FULL)
        released.set()
        wait(lambda: events(daemon, "audit.delayed"))
        assert daemon.iot.describe_audit_task(taskId=task)["taskStatus"] == "IN_PROGRESS"
        daemon.limit(None)
        audit = daemon.audit_wait(task, seconds=30)
        assert audit["taskStatus"] == "COMPLETED"
        assert audit["auditDetails"][REVOKED]["totalResourcesCount"] == 1
        [line] = events(daemon, "audit.delayed")
        assert task in line and '"number":5' in line
    server.close()
