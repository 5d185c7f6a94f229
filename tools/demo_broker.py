"""The part of make demo with a broker: Mosquitto with the plugin, real TLS clients, and what the
audit finds because of what they really do."""

import datetime
import json
import os
import shutil
import socket
import ssl
import subprocess
import time

import paho.mqtt.client as mqtt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
SHARED, CONFLICT = "DEVICE_CERTIFICATE_SHARED_CHECK", "CONFLICTING_CLIENT_IDS_CHECK"
DAY = datetime.timedelta(days=1)
WAIT_SECONDS = 20


def until(what, condition):
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise SystemExit(f"the demo waits in vain: {what}")


class Authority:
    """The site's own CA, which signs the broker's certificate and the devices'."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Plant CA")])
        self.cert = self.sign(self.name, self.key.public_key(), ca=True)

    def sign(self, subject, public_key, ca=False):
        now = datetime.datetime.utcnow()
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
                .public_key(public_key).serial_number(x509.random_serial_number())
                .not_valid_before(now - DAY).not_valid_after(now + 800 * DAY)
                .add_extension(x509.BasicConstraints(ca, None), critical=True)
                .sign(self.key, hashes.SHA256()))

    def issue(self, folder, title):
        """NAME.crt and NAME.key in the folder; the certificate as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        cert = self.sign(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)]),
                         key.public_key())
        pem = cert.public_bytes(serialization.Encoding.PEM)
        (folder / f"{title}.crt").write_bytes(pem)
        (folder / f"{title}.key").write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        return pem.decode()


class Broker:
    def __init__(self, build, folder, data, say):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        words = ["broker-config", "--data", data, "--cert", folder / "localhost.crt",
                 "--key", folder / "localhost.key", "--port", str(self.port),
                 "--bind", "127.0.0.1"]
        text = subprocess.run([build / "bulwark", *words], check=True, capture_output=True,
                              text=True).stdout
        (folder / "mosquitto.conf").write_text(
            text + ("user root\n" if os.geteuid() == 0 else "") + "log_dest stderr\n")
        say("$ bulwark broker-config --data DIR --cert localhost.crt --key localhost.key "
            "> mosquitto.conf\n$ mosquitto -c mosquitto.conf")
        self.folder = folder
        self.log = open(folder / "mosquitto.log", "w")
        self.process = subprocess.Popen([MOSQUITTO, "-c", folder / "mosquitto.conf"],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


class Client:
    """A device, or who pretends to be one."""

    def __init__(self, broker, client_id, certificate):
        self.answers, self.ended = [], []
        self.paho = mqtt.Client(client_id)
        self.paho._reconnect_on_failure = False
        self.paho.tls_set(str(broker.folder / "ca.pem"),
                          str(broker.folder / f"{certificate}.crt"),
                          str(broker.folder / f"{certificate}.key"), cert_reqs=ssl.CERT_REQUIRED)
        self.paho.tls_insecure_set(True)
        self.paho.on_connect = lambda _c, _u, _f, code: self.answers.append(code)
        self.paho.on_disconnect = lambda _c, _u, _code: self.ended.append(time.monotonic())
        self.paho.connect("127.0.0.1", broker.port, 60)
        self.paho.loop_start()
        self.code = until(f"{client_id} is answered", lambda: [*self.answers, *self.ended])[0]

    def publish(self, topic):
        self.paho.publish(topic, b"{}", 1).wait_for_publish(WAIT_SECONDS)

    def end(self):
        self.paho.loop_stop()
        self.paho.disconnect()


def joined(daemon):
    import urllib.request
    with urllib.request.urlopen(daemon.url + "/metrics", timeout=10) as page:
        return b"bulwark_brokers 1\n" in page.read()


def records_of(daemon):
    """Of the log: the duplicate, and the two refused topics; nothing before all are there."""
    events = daemon.client("logs").filter_log_events(logGroupName="AWSIotLogsV2")["events"]
    records = [json.loads(event["message"]) for event in events]
    return records if len(records) >= 3 else None


def register(iot, folder, authority):
    iot.register_ca_certificate(
        caCertificate=authority.cert.public_bytes(serialization.Encoding.PEM).decode(),
        certificateMode="SNI_ONLY", setAsActive=True)
    (folder / "ca.pem").write_bytes(authority.cert.public_bytes(serialization.Encoding.PEM))
    authority.issue(folder, "localhost")
    base = "arn:aws:iot:us-east-1:123456789012:"
    iot.create_policy(policyName="plant", policyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "iot:Connect", "Resource": base + "client/*"},
            {"Effect": "Allow", "Action": "iot:Publish",
             "Resource": base + "topic/plant/${iot:ClientId}/*"}]}))
    certificates = {}
    for title in ("pump", "valve", "intruder", "probe"):
        made = iot.register_certificate(certificatePem=authority.issue(folder, title),
                                        status="ACTIVE")
        iot.attach_policy(policyName="plant", target=made["certificateArn"])
        certificates[title] = made["certificateId"]
    return certificates


def live(daemon, build, role, say, bulwark):
    """Starts the broker, lets the clients loose, and cuts off who should not be there."""
    folder = daemon.data.parent / "plant"
    folder.mkdir()
    iot = daemon.client("iot")
    say("\n---- Now with devices: Mosquitto lets in who is registered, and tells what happens.")
    certificates = register(iot, folder, Authority())
    iot.set_v2_logging_options(roleArn=role, defaultLogLevel="ERROR")
    iot.update_account_audit_configuration(
        roleArn=role, auditCheckConfigurations={c: {"enabled": True} for c in (SHARED, CONFLICT)})
    broker = Broker(build, folder, daemon.data, say)
    clients = []
    try:
        until("the broker has joined", lambda: joined(daemon))
        time.sleep(0.3)
        clients += [Client(broker, "pump-1", "pump"), Client(broker, "pump-1-copy", "pump")]
        say("Two clients share the pump's certificate. Two others fight for the id valve-7:")
        first = Client(broker, "valve-7", "valve")
        clients += [first, Client(broker, "valve-7", "intruder")]
        until("the first valve is thrown out", lambda: first.ended)
        probe = Client(broker, "probe-3", "probe")
        clients.append(probe)
        for topic in ("plant/pump-1/set", "$aws/things/pump-1/shadow/update", "plant/probe-3/x"):
            probe.publish(topic)
        say("the valve that was there first was thrown out. A probe tries topics of others: refused.")
        records = until("the records", lambda: records_of(daemon))
        for record in records:
            say(f"  log: {record['eventType']} {record['clientId']} {record['reason']} "
                f"{record.get('topicName', '')}")
        bulwark(daemon, "connections")
        time.sleep(0.2)
        task = iot.start_on_demand_audit_task(targetCheckNames=[SHARED, CONFLICT])["taskId"]
        until("the audit", lambda: iot.describe_audit_task(taskId=task)["taskStatus"]
              == "COMPLETED")
        found = iot.list_audit_findings(taskId=task)["findings"]
        say("\nThe audit finds it, because it happened:")
        for finding in found:
            say(f"  {finding['severity']:<8} {finding['checkName']}: "
                f"{finding.get('reasonForNonCompliance', '')}")
        shared = [f for f in found if f["checkName"] == SHARED]
        if not shared or not any(f["checkName"] == CONFLICT for f in found):
            raise SystemExit("the audit has not found what happened")
        began = time.monotonic()
        bulwark(daemon, "mitigate", "--finding", shared[0]["findingId"],
                "--action", f"{SHARED}=Deactivate")
        until("the pumps are cut off", lambda: all(c.ended for c in clients[:2]))
        late = max(c.ended[0] for c in clients[:2]) - began
        say(f"Both clients with the shared certificate are off, {late:.1f} s after the command began.")
        if Client(broker, "pump-1", "pump").code != 5:
            raise SystemExit("a deactivated certificate was let in")
        say("Whoever comes with that certificate again is refused.")
        bulwark(daemon, "connections")
    finally:
        for client in clients:
            client.end()
        broker.stop()
    return certificates
