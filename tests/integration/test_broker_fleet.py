"""A real daemon, a real Mosquitto with the plugin, and real TLS clients: what the account says rules,
and what happens is told."""

import hmac
import json
import time

import paho.mqtt.client as mqtt
import pytest

import pki
from broker import Broker, allow, until
from bulwark import ACCOUNT, Daemon

ROLE = f"arn:aws:iam::{ACCOUNT}:role/logs"
CONFLICT = "CONFLICTING_CLIENT_IDS_CHECK"
SHARED = "DEVICE_CERTIFICATE_SHARED_CHECK"


class Site:
    """An account with a CA of its own, and a broker that trusts it."""

    def __init__(self, folder, *arguments):
        self.folder = folder
        (folder / "daemon").mkdir()
        self.daemon = Daemon(folder / "daemon", *arguments)

    def __enter__(self):
        self.daemon.start()
        self.authority = pki.Authority("Factory")
        self.ca = self.daemon.iot.register_ca_certificate(
            caCertificate=self.authority.pem, certificateMode="SNI_ONLY", setAsActive=True,
            allowAutoRegistration=True)["certificateId"]
        self.broker = Broker(self.folder, self.authority, data=self.daemon.data).start()
        until("the broker has joined", lambda: "bulwark_brokers 1\n" in self.metrics())
        return self

    def __exit__(self, *_):
        self.broker.stop()
        self.daemon.stop()

    def metrics(self):
        return self.daemon.get("/metrics").body.decode()

    def device(self, name, document=None):
        """A registered certificate with a policy of its own: its id, PEM and key."""
        pem, key = self.authority.device(name)
        made = self.daemon.iot.register_certificate(certificatePem=pem, status="ACTIVE")
        self.daemon.iot.create_policy(
            policyName=name, policyDocument=json.dumps(document or allow(("iot:*", "*"))))
        self.daemon.iot.attach_policy(policyName=name, target=made["certificateArn"])
        return made["certificateId"], pem, key


@pytest.fixture
def site(tmp_path):
    with Site(tmp_path, "--session-lag-seconds", "0") as made:
        yield made


def connect(site, name, pem, key, code=0, **more):
    """The row is on its way when the API has answered; the broker takes it in its next tick."""
    def attempt():
        client = site.broker.client(name, pem, key, **more)
        return client if client.code == code else client.end()
    return until(f"{name} is answered {code}", attempt)


def test_the_registry_rules_and_what_happens_is_told(site):
    site.daemon.iot.set_v2_logging_options(roleArn=ROLE, defaultLogLevel="INFO")
    watch = connect(site, "watch", *site.device("watch")[1:])
    watch.subscribe("$aws/events/presence/#")
    cert, pem, key = site.device("lamp", allow(
        ("iot:Connect", "client/lamp"), ("iot:Publish", "topic/lamp/*"),
        ("iot:Subscribe", "topicfilter/lamp/*"), ("iot:Receive", "topic/lamp/*")))
    lamp = connect(site, "lamp", pem, key)
    until("its event", lambda: any(t == "$aws/events/presence/connected/lamp"
                                   for t, _ in watch.messages))
    (row,) = site.daemon.raw("GET", "/bulwark/connections?clientId=lamp").json["connections"]
    assert (row["certificateId"], row["sourceIp"]) == (cert, "127.0.0.1")

    # Over HTTP to the device, and what is retained back.
    lamp.subscribe("lamp/in")
    site.daemon.client("iot-data").publish(topic="lamp/in", qos=1, payload=b"hello")
    lamp.got("lamp/in", "hello")
    site.daemon.client("iot-data").publish(topic="lamp/kept", qos=1, retain=True, payload=b"kept")
    until("its copy", lambda: site.daemon.client("iot-data").list_retained_messages()
          ["retainedTopics"])

    # A forbidden topic is a log record; a change of policy is felt without a new connection.
    lamp.publish("other/x")
    records = lambda pattern: site.daemon.client("logs").filter_log_events(  # noqa: E731
        logGroupName="AWSIotLogsV2", filterPattern=pattern)["events"]
    until("the record", lambda: records('{ $.eventType = "Publish-In" && $.topicName = "other/x" }'))
    site.daemon.iot.create_policy_version(policyName="lamp", setAsDefault=True, policyDocument=json.dumps(
        allow(("iot:Connect", "client/other"))))
    lamp.closed(2)
    assert site.broker.client("lamp", pem, key).code == 5
    until("the end", lambda: any(t == "$aws/events/presence/disconnected/lamp"
                                 for t, _ in watch.messages))
    gone = [json.loads(p) for t, p in watch.messages
            if t == "$aws/events/presence/disconnected/lamp"][0]
    assert gone["principalIdentifier"] == cert
    assert "bulwark_broker_cut_seconds_count" in site.metrics()


def test_two_fight_for_a_client_id_and_the_audit_says_so(site):
    site.daemon.iot.set_v2_logging_options(roleArn=ROLE, defaultLogLevel="ERROR")
    site.daemon.enable(CONFLICT, SHARED)
    one, two = site.device("one"), site.device("two")
    first = connect(site, "pump", *one[1:])
    connect(site, "pump", *two[1:])
    first.closed()
    connect(site, "left", *one[1:])
    connect(site, "right", *one[1:])
    found = until("the record", lambda: site.daemon.aws(
        "logs", "filter-log-events", "--log-group-name", "AWSIotLogsV2", "--filter-pattern",
        '{$.reason = "DUPLICATE_CLIENT_ID"}')["events"])
    record = json.loads(found[0]["message"])
    assert (record["clientId"], record["principalId"]) == ("pump", one[0])
    until("all connections", lambda: len(
        site.daemon.raw("GET", "/bulwark/connections").json["connections"]) == 3)
    time.sleep(0.1)     # an audit judges what was before it
    findings = site.daemon.findings(site.daemon.audit(CONFLICT, SHARED)["taskId"])
    names = {(f["checkName"], f["nonCompliantResource"]["resourceIdentifier"].get("clientId")
              or f["nonCompliantResource"]["resourceIdentifier"].get("deviceCertificateId"))
             for f in findings}
    assert (CONFLICT, "pump") in names and (SHARED, one[0]) in names


def test_a_ban_a_deletion_and_a_revocation_end_connections(site):
    devices = {name: site.device(name) for name in ("banned", "deleted", "revoked")}
    clients = {name: connect(site, name, *made[1:]) for name, made in devices.items()}
    until("they are known", lambda: len(
        site.daemon.raw("GET", "/bulwark/connections").json["connections"]) == 3)
    assert site.daemon.raw("POST", "/bulwark/bans", {
        "banType": "CLIENT", "banValue": "banned", "durationSeconds": 60}).status == 200
    clients["banned"].closed(2)
    assert site.daemon.raw("DELETE", "/connections/deleted").status == 200
    clients["deleted"].closed(2)
    site.daemon.iot.update_certificate(certificateId=devices["revoked"][0], newStatus="REVOKED")
    clients["revoked"].closed(2)
    assert site.broker.client("banned", *devices["banned"][1:]).code == 5
    assert site.broker.client("revoked", *devices["revoked"][1:]).code == 5
    connect(site, "deleted", *devices["deleted"][1:])


def test_a_device_registers_itself_by_connecting(site):
    pem, key = site.authority.device("newcomer")
    assert site.broker.client("newcomer", pem, key).code == 5
    listed = until("it is registered", lambda: [
        c for c in site.daemon.iot.list_certificates()["certificates"]
        if c["status"] == "PENDING_ACTIVATION"])
    site.daemon.iot.create_policy(policyName="new", policyDocument=json.dumps(allow(("iot:*", "*"))))
    site.daemon.iot.attach_policy(policyName="new", target=listed[0]["certificateArn"])
    site.daemon.iot.update_certificate(certificateId=listed[0]["certificateId"], newStatus="ACTIVE")
    connect(site, "newcomer", pem, key)


def test_an_audit_tells_a_topic_of_the_broker(site):
    """Confirmed over MQTT itself; then an audit's end and a Publish arrive, raw and signed too."""
    sns = site.daemon.client("sns")
    topic = sns.create_topic(Name="audits")["TopicArn"]
    watch = connect(site, "watch", *site.device("watch")[1:])
    watch.subscribe("site/#")
    made = sns.subscribe(TopicArn=topic, Protocol="mqtt", Endpoint="site/audits",
                         ReturnSubscriptionArn=True)["SubscriptionArn"]
    told = lambda name, kind: until(kind, lambda: [  # noqa: E731
        m for m in (json.loads(p) for t, p in watch.messages if t == name) if m["Type"] == kind])
    (asked,) = told("site/audits", "SubscriptionConfirmation")
    sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])
    said = sns.get_subscription_attributes(SubscriptionArn=made)["Attributes"]
    assert said["PendingConfirmation"] == "false" and "BulwarkWaitsFor" not in said
    site.daemon.enable("LOGGING_DISABLED_CHECK")
    site.daemon.iot.update_account_audit_configuration(auditNotificationTargetConfigurations={
        "SNS": {"targetArn": topic, "roleArn": ROLE, "enabled": True}})
    task = site.daemon.audit("LOGGING_DISABLED_CHECK")["taskId"]
    (end,) = told("site/audits", "Notification")
    assert end["TopicArn"] == topic and json.loads(end["Message"])["taskId"] == task

    sns.subscribe(TopicArn=topic, Protocol="mqtt", Endpoint="site/raw",
                  Attributes={"RawMessageDelivery": "true", "BulwarkConfirmed": "true",
                              "BulwarkSecret": "keep-it"})
    five = connect(site, "five", *site.device("five")[1:], protocol=mqtt.MQTTv5)
    arrived = []
    five.paho.on_message = lambda _c, _u, m: arrived.append((m.payload, m.properties))
    five.subscribe("site/raw")
    sns.publish(TopicArn=topic, Message="by hand")
    watch.got("site/raw", "by hand")
    payload, properties = until("the same by MQTT 5", lambda: arrived)[0]
    mac = hmac.new(b"keep-it", b"by hand", "sha256").hexdigest()
    assert payload == b"by hand" and properties.ContentType == "text/plain; charset=UTF-8"
    assert dict(properties.UserProperty)["x-bulwark-signature"] == f"sha256={mac}"
    five.leave()

    # Without a broker it waits in the outbox, and comes when there is one.
    watch.end()
    site.broker.stop()
    until("the broker has left", lambda: "bulwark_brokers 0\n" in site.metrics())
    said = sns.get_subscription_attributes(SubscriptionArn=made)["Attributes"]
    assert said["BulwarkWaitsFor"] == "broker"
    count = lambda name: int(next(line for line in site.metrics().splitlines() if line.startswith(  # noqa: E731
        f"bulwark_notifications_{name} ")).split()[1])
    delivered, failed = count("delivered_total"), count("failed_total")
    sns.publish(TopicArn=topic, Message="while it was away")
    until("a try in vain for each", lambda: count("failed_total") >= failed + 2)
    assert (count("delivered_total"), count("pending")) == (delivered, 2)
    site.broker.start()
    until("both are published", lambda: count("delivered_total") == delivered + 2)
    assert count("pending") == 0


def test_from_the_answer_to_the_closed_connection_is_less_than_a_second(site):
    devices = [site.device(f"d{i}") for i in range(30)]
    clients = [connect(site, f"d{i}", *made[1:]) for i, made in enumerate(devices)]
    late = []
    for made, client in zip(devices, clients):
        site.daemon.iot.update_certificate(certificateId=made[0], newStatus="INACTIVE")
        answered = time.monotonic()
        client.closed(5)
        late.append(time.monotonic() - answered)
    late.sort()
    print(f"closed after the answer: median {late[15]:.3f} s, at most {late[-1]:.3f} s")
    assert late[-1] < 1, late
