"""The plugin inside a real Mosquitto, with TLS clients that nobody here wrote; the daemon's end of
the link is a stand-in, so that each message can be said at the moment that a test wants."""

import os
import signal
import subprocess
import time

import paho.mqtt.client as mqtt
import pytest

import link
import pki
from broker import ANYTHING, FOREVER, Broker, StandIn, allow, fingerprint, until

REFUSALS = link.words("REFUSALS")
ENDS = link.words("ENDS")
ACTIONS = link.words("ACTIONS")
NOT_AUTHORIZED = {mqtt.MQTTv31: 5, mqtt.MQTTv311: 5, mqtt.MQTTv5: 0x87}
BOTH = pytest.mark.parametrize("protocol", [mqtt.MQTTv311, mqtt.MQTTv5], ids=["3.1.1", "5"])


@pytest.fixture(scope="module")
def authority():
    return pki.Authority("devices")


class Place:
    """A broker and a stand-in, both up."""

    def __init__(self, folder, authority):
        self.authority = authority
        self.daemon = StandIn(folder)
        self.broker = Broker(folder, authority)
        self.n = 0

    def __enter__(self):
        self.daemon.__enter__()
        self.broker.start()
        return self

    def __exit__(self, *error):
        try:
            self.broker.stop()
        finally:
            self.daemon.stop()

    def device(self, name="device", **more):
        return self.authority.device(name, **more)


@pytest.fixture
def place(tmp_path, authority):
    with Place(tmp_path, authority) as running:
        yield running


@pytest.fixture
def lamp(place):
    """A device that may do anything, known to the broker."""
    pem, key = place.device("lamp")
    place.daemon.greet(place.daemon.policy(1, ANYTHING), place.daemon.principal(pem, [1]))
    until("the state is taken", lambda: "state 1:" in place.broker.log.read_text())
    return pem, key


# ---- who may come in

@BOTH
def test_a_registered_active_certificate_with_a_policy_gets_in(place, lamp, protocol):
    client = place.broker.client("lamp", *lamp, protocol=protocol)
    assert client.code == 0
    event = place.daemon.one("CONNECTED", client="lamp")
    assert event["fingerprint"] == fingerprint(lamp[0])
    assert event["address"] == "127.0.0.1" and event["keepalive"] == 60
    assert event["protocol"] == (5 if protocol == mqtt.MQTTv5 else 4)
    assert event["session"] == 1 and event["clean"] == 1
    assert abs(event["at"] - place.daemon.now()) < 5000
    client.leave()
    gone = place.daemon.one("DISCONNECTED", client="lamp")
    assert gone["reason"] == ENDS.index("CLIENT_INITIATED_DISCONNECT")
    assert gone["session"] == 1


@BOTH
@pytest.mark.parametrize("why, row", [
    ("INACTIVE", {"state": "INACTIVE"}),
    ("INACTIVE", {"state": "PENDING_TRANSFER"}),
    ("REVOKED", {"state": "REVOKED"}),
    ("REVOKED", {"revoked": 1}),
    ("EXPIRED", {"not_after": 1}),
    ("NOT_YET_VALID", {"not_before": FOREVER}),
    ("POLICY", {"policies": []}),
    ("POLICY", {"policies": [2]}),
    ("POLICY", {"policies": [1, 3]}),      # one of them denies
    ("POLICY", {"policies": [1, 99]}),     # one of them has not come: it could deny
    ("POLICY", {"policies": [1, 4]}),      # one of them cannot be read
    ("UNKNOWN", None),
])
def test_who_is_refused_is_told_so_and_the_reason_is_logged(place, lamp, why, row, protocol):
    pem, key = place.device("other")
    daemon = place.daemon
    row = None if row is None else dict({"policies": [1]}, **row)
    daemon.change(daemon.policy(2, allow(("iot:Connect", "client/somebody"))),
                  daemon.policy(3, allow(("iot:Connect", "*"), effect="Deny")),
                  daemon.policy(4, "no policy"),
                  *([daemon.principal(pem, **row)] if row is not None else []),
                  daemon.principal(place.device()[0], [1]))
    time.sleep(0.3)
    client = place.broker.client("other", pem, key, protocol=protocol)
    assert client.code == NOT_AUTHORIZED[protocol]
    event = daemon.one("REFUSED", client="other")
    assert event["why"] == REFUSALS.index(why)
    assert event["fingerprint"] == fingerprint(pem)
    assert f"refused client other from 127.0.0.1: {why}" in place.broker.log.read_text()
    assert not daemon.all("CONNECTED", client="other")


def test_before_the_first_state_nobody_gets_in(place):
    pem, key = place.device()
    assert place.broker.client("early", pem, key).code == 5
    place.daemon.greet(place.daemon.policy(1, ANYTHING), place.daemon.principal(pem, [1]))
    assert place.daemon.one("REFUSED", client="early")["why"] == REFUSALS.index("PENDING")
    until("it may", lambda: place.broker.client("later", pem, key).code == 0)


def test_validity_is_judged_by_the_daemons_clock(place):
    pem, key = place.device()
    place.daemon.clock_ahead = -400 * 86400 * 1000
    soon = place.daemon.now() + 3000
    place.daemon.greet(place.daemon.policy(1, ANYTHING),
                       place.daemon.principal(pem, [1], not_before=1, not_after=soon))
    until("it may", lambda: place.broker.client("short", pem, key).code == 0)
    session = place.daemon.one("CONNECTED", client="short")
    assert abs(session["at"] - place.daemon.now()) < 60000
    # and a certificate that expires while its client is connected ends the connection
    assert place.daemon.one("DISCONNECTED", client="short")["reason"] == ENDS.index("AUTH_ERROR")


def test_a_client_without_a_certificate_does_not_get_past_tls(place, lamp):
    done = subprocess.run(["mosquitto_pub", "-p", str(place.broker.port), "-t", "a", "-m", "b",
                           "-i", "nobody", "--cafile", place.broker.folder / "root.pem",
                           "--insecure"], capture_output=True, text=True, timeout=20)
    assert done.returncode != 0
    assert not place.daemon.all("CONNECTED", client="nobody")


# ---- who may do what

@BOTH
def test_publish_and_subscribe_are_judged_by_the_policies(place, lamp, protocol):
    pem, key = place.device("sensor")
    daemon = place.daemon
    daemon.change(daemon.policy(2, allow(
        ("iot:Connect", "client/${iot:ClientId}"),
        ("iot:Publish", "topic/dev/${iot:Connection.Thing.ThingName}/up/*"),
        ("iot:Subscribe", "topicfilter/dev/${iot:ClientId}/#"),
        ("iot:Receive", "topic/dev/${iot:ClientId}/open/*"))),
        daemon.principal(pem, [2], things=[{"name": "sensor", "exclusive": 0}]))
    time.sleep(0.3)
    watcher = place.broker.client("watcher", *lamp)
    assert watcher.subscribe("#") == [1]
    client = place.broker.client("sensor", pem, key, protocol=protocol)
    assert client.code == 0
    assert daemon.one("CONNECTED", client="sensor")["thing"] == "sensor"

    assert client.subscribe("dev/sensor/#") == [1]
    assert client.subscribe("dev/+/#") == [0x87 if protocol == mqtt.MQTTv5 else 0x80]
    denied = daemon.one("DENIED", client="sensor", topic="dev/+/#")
    assert ACTIONS[denied["action"]] == "SUBSCRIBE"
    assert daemon.one("SUBSCRIBED", client="sensor")["filters"] == ["dev/sensor/#"]

    client.publish("dev/other/up/1", "not mine")
    client.publish("dev/sensor/up/1", "mine")
    watcher.got("dev/sensor/up/1", "mine")
    assert ("dev/other/up/1", b"not mine") not in watcher.messages
    assert ACTIONS[daemon.one("DENIED", topic="dev/other/up/1")["action"]] == "PUBLISH"

    watcher.publish("dev/sensor/closed/1", "hidden")
    watcher.publish("dev/sensor/open/1", "shown")
    client.got("dev/sensor/open/1", "shown")
    assert [t for t, _ in client.messages] == ["dev/sensor/open/1"]
    assert ACTIONS[daemon.one("DENIED", topic="dev/sensor/closed/1")["action"]] == "RECEIVE"

    client.paho.unsubscribe("dev/sensor/#")
    assert daemon.one("UNSUBSCRIBED", client="sensor")["filters"] == ["dev/sensor/#"]


@BOTH
def test_a_shared_subscription_is_judged_by_its_whole_text(place, lamp, protocol):
    refused = [0x87 if protocol == mqtt.MQTTv5 else 0x80]
    daemon = place.daemon
    devices = {name: place.device(name) for name in ("worker", "plain", "careful")}
    everything_else = [("iot:Connect", "client/*"), ("iot:Receive", "topic/*")]
    daemon.change(
        daemon.policy(2, allow(*everything_else, ("iot:Subscribe", "topicfilter/$share/g/*"))),
        daemon.policy(3, allow(*everything_else, ("iot:Subscribe", "topicfilter/sec/*"))),
        daemon.policy(4, allow(*everything_else, ("iot:Subscribe", "topicfilter/*"))),
        daemon.policy(5, allow(("iot:Subscribe", "topicfilter/sec/*"), effect="Deny")),
        daemon.policy(6, allow(("iot:Subscribe", "topicfilter/$share/*/sec/*"), effect="Deny")),
        daemon.principal(devices["worker"][0], [2]), daemon.principal(devices["plain"][0], [3]),
        daemon.principal(devices["careful"][0], [4, 5, 6]))
    time.sleep(0.3)
    speaker = place.broker.client("speaker", *lamp)

    worker = place.broker.client("worker", *devices["worker"], protocol=protocol)
    assert worker.subscribe("sec/#") == refused
    assert worker.subscribe("$share/other/sec/#") == refused
    denied = daemon.one("DENIED", client="worker", topic="$share/other/sec/#")
    assert ACTIONS[denied["action"]] == "SUBSCRIBE"
    assert worker.subscribe("$share/g/sec/#") == [1]
    assert worker.subscribe("$share/g/$aws/things/#") == [1]
    daemon.one("SUBSCRIBED", client="worker", filters=["$share/g/sec/#"])

    # an Allow of the filter alone does not cover it
    plain = place.broker.client("plain", *devices["plain"], protocol=protocol)
    assert plain.subscribe("sec/#") == [1]
    assert plain.subscribe("$share/g/sec/#") == refused

    # a Deny of the filter alone would not either; this policy denies both
    careful = place.broker.client("careful", *devices["careful"], protocol=protocol)
    assert careful.subscribe("sec/#") == refused
    assert careful.subscribe("$share/g/sec/#") == refused
    daemon.change(daemon.principal(devices["careful"][0], [4, 5]))
    time.sleep(0.3)
    assert careful.subscribe("$share/other/sec/#") == [1]

    speaker.publish("$aws/things/lamp/shadow/update", "reserved")
    speaker.publish("sec/x", "shared")
    for client in (worker, plain, careful):
        client.got("sec/x", "shared")
        assert client.messages == [("sec/x", b"shared")]


def test_retained_publish_needs_its_own_right(place, lamp):
    pem, key = place.device("r")
    daemon = place.daemon
    daemon.change(daemon.policy(2, allow(
        ("iot:Connect", "*"), ("iot:Publish", "*"), ("iot:RetainPublish", "topic/keep/*"))),
        daemon.principal(pem, [2]))
    time.sleep(0.3)
    client = place.broker.client("r", pem, key)
    client.publish("other", "1", retain=True)
    client.publish("keep/me", "2", retain=True)
    client.publish("other", "3")
    assert ACTIONS[daemon.one("DENIED", topic="other")["action"]] == "RETAIN_PUBLISH"
    kept = daemon.one("RETAINED", topic="keep/me")
    assert kept["payload"] == b"2" and kept["qos"] == 1 and kept["client"] == "r"
    watcher = place.broker.client("w", *lamp)
    watcher.subscribe("#")
    watcher.got("keep/me", "2")
    assert [t for t, _ in watcher.messages] == ["keep/me"]
    watcher.publish("keep/me", "", retain=True)
    assert daemon.one("RETAINED", topic="keep/me", payload=b"")["client"] == "w"


VARIABLES = [
    ("iot:ClientId", "v"), ("aws:SourceIp", "127.0.0.1"), ("iot:CertificateId", None),
    ("iot:Connection.Thing.ThingName", "gate"), ("iot:Connection.Thing.ThingTypeName", "door"),
    ("iot:Connection.Thing.Attributes[site]", "north"), ("iot:Connection.Thing.IsAttached", "false"),
    ("iot:Certificate.Subject.CommonName", "subject name"),
    ("iot:Certificate.Issuer.CommonName", "devices"),
]


def test_every_variable_and_key_has_its_value(place, lamp):
    pem, key = place.device("subject name")
    daemon = place.daemon
    thing = {"name": "gate", "type": "door", "exclusive": 1, "policies": [3],
             "attributes": [{"name": "floor", "value": "2"}, {"name": "site", "value": "north"}]}
    daemon.change(
        daemon.policy(2, allow(("iot:Connect", "*"), *[
            ("iot:Publish", "topic/%d/${%s}" % (i, name)) for i, (name, _) in
            enumerate(VARIABLES)])),
        daemon.policy(3, {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "iot:Publish", "Resource": "*", "Condition": {
                "StringEquals": {"iot:Certificate.Subject.CommonName": "subject name",
                                 "iot:Connection.Thing.Attributes[floor]": "2"},
                "IpAddress": {"aws:SourceIp": "127.0.0.0/8"},
                "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
                "Bool": {"iot:Connection.Thing.IsAttached": "false"}}}]}),
        daemon.principal(pem, [2], things=[thing]))
    time.sleep(0.3)
    watcher = place.broker.client("w", *lamp)
    watcher.subscribe("#")
    client = place.broker.client("v", pem, key)
    assert client.code == 0
    client.publish("by/condition", "x")
    watcher.got("by/condition")
    daemon.change(daemon.principal(pem, [2], things=[dict(thing, policies=[])]))
    time.sleep(0.3)
    client.publish("by/condition", "denied")
    daemon.one("DENIED", topic="by/condition")
    for i, (name, value) in enumerate(VARIABLES):
        value = value or fingerprint(pem).hex()
        client.publish(f"{i}/{value}", name)
        client.publish(f"{i}/other", name)
        daemon.one("DENIED", topic=f"{i}/other")
        watcher.got(f"{i}/{value}", name)
    assert len(watcher.messages) == len(VARIABLES) + 1


def test_persistent_connect_can_be_tied_by_condition(place, lamp):
    pem, key = place.device("p")
    daemon = place.daemon
    daemon.change(daemon.policy(2, {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iot:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iot:Connect", "Resource": "*", "Condition": {
            "ForAnyValue:StringEquals": {"iot:ConnectAttributes": ["PersistentConnect"]}}}]}),
        daemon.principal(pem, [2]))
    time.sleep(0.3)
    assert place.broker.client("clean", pem, key).code == 0
    assert place.broker.client("kept", pem, key, clean=False).code == 5


def test_lifecycle_topics_cannot_be_forged(place, lamp):
    watcher = place.broker.client("w", *lamp)
    watcher.subscribe("$aws/#")
    watcher.publish("$aws/events/presence/connected/x", "forged")
    watcher.publish("$aws/things/x/shadow/update", "not")
    place.daemon.one("DENIED", topic="$aws/events/presence/connected/x")
    watcher.got("$aws/things/x/shadow/update", "not")
    assert len(watcher.messages) == 1
    place.daemon.send(link.frame("PUBLISH", id=7, topic="$aws/events/presence/connected/x",
                                 payload=b"true", qos=1))
    watcher.got("$aws/events/presence/connected/x", "true")
    assert place.daemon.one("PUBLISHED", id=7)["end"] == 0


# ---- at once

@pytest.mark.parametrize("change, reason", [
    (lambda d, pem: [d.principal(pem, [1], state="INACTIVE")], "AUTH_ERROR"),
    (lambda d, pem: [d.principal(pem, [1], state="REVOKED")], "AUTH_ERROR"),
    (lambda d, pem: [d.principal(pem, [1], revoked=5)], "AUTH_ERROR"),
    (lambda d, pem: [link.frame("PRINCIPAL_GONE", fingerprint=fingerprint(pem))], "AUTH_ERROR"),
    (lambda d, pem: [d.principal(pem, [])], "FORBIDDEN_ACCESS"),
    (lambda d, pem: [d.policy(1, allow(("iot:Publish", "*")))], "FORBIDDEN_ACCESS"),
    (lambda d, pem: [link.frame("POLICY_GONE", id=1)], "FORBIDDEN_ACCESS"),
    (lambda d, pem: [link.frame("BAN", id=1, kind=0, value="lamp", until=FOREVER)],
     "SERVER_INITIATED_DISCONNECT"),
    (lambda d, pem: [link.frame("BAN", id=1, kind=1, value=fingerprint(pem).hex(),
                                until=FOREVER)], "SERVER_INITIATED_DISCONNECT"),
    (lambda d, pem: [link.frame("BAN", id=1, kind=2, value="127.0.0.1", until=FOREVER)],
     "SERVER_INITIATED_DISCONNECT"),
    (lambda d, pem: [link.frame("BAN", id=1, kind=3, value="127.0.0.0/8", until=FOREVER)],
     "SERVER_INITIATED_DISCONNECT"),
], ids=["deactivated", "revoked", "listed", "deleted", "detached", "policy", "policy gone",
        "client banned", "certificate banned", "address banned", "network banned"])
def test_who_loses_the_right_is_cut_within_a_second(place, lamp, change, reason):
    client = place.broker.client("lamp", *lamp)
    other, key = place.device("bystander")
    place.daemon.change(place.daemon.policy(9, ANYTHING), place.daemon.principal(other, [9]))
    time.sleep(0.2)
    assert client.code == 0
    began = time.monotonic()
    place.daemon.change(*change(place.daemon, lamp[0]))
    client.closed(5)
    assert time.monotonic() - began < 1
    assert ENDS[place.daemon.one("DISCONNECTED", client="lamp")["reason"]] == reason
    done = place.daemon.one("CUT_DONE", state=place.daemon.number)
    assert done["n"] == 1 and 0 <= done["cut"] - done["decided"] < 1000
    assert place.broker.client("lamp", *lamp).code == 5


def test_who_keeps_the_right_to_connect_stays_and_is_judged_anew(place, lamp):
    daemon = place.daemon
    client = place.broker.client("lamp", *lamp)
    client.subscribe("a/#")
    client.publish("a/1", "before")
    client.got("a/1", "before")
    daemon.change(daemon.policy(1, allow(("iot:Connect", "*"), ("iot:Publish", "topic/a/*"))))
    time.sleep(0.3)
    client.publish("a/1", "not received")
    client.publish("b", "not published")
    assert ACTIONS[daemon.one("DENIED", topic="a/1")["action"]] == "RECEIVE"
    assert ACTIONS[daemon.one("DENIED", topic="b")["action"]] == "PUBLISH"
    daemon.change(daemon.policy(1, ANYTHING))
    time.sleep(0.3)
    client.publish("a/1", "after")
    client.got("a/1", "after")
    assert not client.ends and ("a/1", b"not received") not in client.messages


def test_bans_end_by_themselves(place, lamp):
    place.daemon.change(link.frame("BAN", id=1, kind=0, value="lamp",
                                   until=place.daemon.now() + 1500))
    time.sleep(0.3)
    assert place.broker.client("lamp", *lamp).code == 5
    assert place.broker.client("other", *lamp).code == 0
    until("the ban ends", lambda: place.broker.client("lamp", *lamp).code == 0)
    place.daemon.change(link.frame("BAN", id=2, kind=0, value="x", until=FOREVER))
    time.sleep(0.3)
    assert place.broker.client("x", *lamp).code == 5
    place.daemon.change(link.frame("UNBAN", id=2))
    until("the ban is lifted", lambda: place.broker.client("x", *lamp).code == 0)


def test_a_cut_ends_the_session_that_it_names(place, lamp):
    client = place.broker.client("lamp", *lamp, will=("will", "gone", 1, False))
    watcher = place.broker.client("watcher", *lamp)
    watcher.subscribe("will")
    session = place.daemon.one("CONNECTED", client="lamp")["session"]
    api = ENDS.index("API_INITIATED_DISCONNECT")
    place.daemon.send(link.frame("CUT", id=5, client="lamp", session=session + 7, reason=api))
    assert place.daemon.one("CUT_DONE", id=5)["n"] == 0
    place.daemon.send(link.frame("CUT", id=6, client="nobody", reason=api))
    assert place.daemon.one("CUT_DONE", id=6)["n"] == 0
    assert not client.ends
    place.daemon.send(link.frame("CUT", id=7, client="lamp", session=session, reason=api, will=1,
                                 decided=place.daemon.now()))
    client.closed()
    assert place.daemon.one("CUT_DONE", id=7)["n"] == 1
    assert place.daemon.one("DISCONNECTED", client="lamp")["reason"] == api
    watcher.got("will", "gone")


# ---- how sessions end

def test_a_takeover_is_a_duplicate_client_id(place, lamp):
    first = place.broker.client("fought", *lamp)
    second = place.broker.client("fought", *lamp)
    first.closed()
    gone = place.daemon.one("DISCONNECTED", client="fought")
    assert gone["session"] == 1 and ENDS[gone["reason"]] == "DUPLICATE_CLIENTID"
    assert [e["session"] for e in place.daemon.all("CONNECTED", client="fought")] == [1, 2]
    second.publish("still", "here")
    assert len(place.daemon.all("DISCONNECTED", client="fought")) == 1


def test_a_lost_connection_and_a_silent_one_are_told_apart(place, lamp):
    watcher = place.broker.client("watcher", *lamp)
    watcher.subscribe("will/#")
    lost = place.broker.client("lost", *lamp, will=("will/lost", "w", 1, True))
    lost.lose()
    watcher.got("will/lost", "w")
    assert ENDS[place.daemon.one("DISCONNECTED", client="lost")["reason"]] == "CONNECTION_LOST"
    assert place.daemon.one("RETAINED", topic="will/lost")["payload"] == b"w"
    silent = place.broker.client("silent", *lamp, keepalive=5)
    silent.paho.loop_stop()  # says no more, and closes nothing
    end = until("the keepalive", lambda: place.daemon.all("DISCONNECTED", client="silent"), 25)[0]
    assert ENDS[end["reason"]] == "MQTT_KEEP_ALIVE_TIMEOUT"


def test_messages_for_a_session_that_is_away_are_judged_when_it_is_back(place, lamp):
    daemon = place.daemon
    pem, key = place.device("away")
    daemon.change(daemon.policy(2, ANYTHING), daemon.principal(pem, [2]))
    time.sleep(0.3)
    away = place.broker.client("away", pem, key, clean=False)
    away.subscribe("q/#")
    away.leave()
    sender = place.broker.client("sender", *lamp)
    sender.publish("q/open", "1")
    sender.publish("q/closed", "2")
    daemon.change(daemon.policy(2, allow(
        ("iot:Connect", "*"), ("iot:Subscribe", "*"), ("iot:Receive", "topic/q/open"))))
    time.sleep(0.3)
    away = place.broker.client("away", pem, key, clean=False)
    away.got("q/open", "1")
    assert ACTIONS[daemon.one("DENIED", topic="q/closed")["action"]] == "RECEIVE"
    assert len(away.messages) == 1


# ---- what is counted and handed on

def test_counters_are_exact(tmp_path, authority):
    place = Place(tmp_path, authority)
    place.daemon.settings = {"counters_ms": 700}
    with place:
        pem, key = place.device()
        place.daemon.greet(place.daemon.policy(1, allow(
            ("iot:Connect", "*"), ("iot:Publish", "topic/a"), ("iot:Subscribe", "*"),
            ("iot:Receive", "*"))), place.daemon.principal(pem, [1]))
        time.sleep(0.5)
        client = place.broker.client("c", pem, key)
        client.subscribe("a")
        for size in (1, 10, 100):
            client.publish("a", "x" * size)
        client.publish("b", "denied")
        until("three messages", lambda: len(client.messages) == 3)
        client.leave()
        place.daemon.one("DISCONNECTED", client="c")

        def total(name):
            return sum(row[name] for event in place.daemon.all("COUNTERS")
                       for row in event["rows"] if row["client"] == "c")
        until("the numbers", lambda: total("disconnects") == 1)
        assert [total(n) for n in ("sent", "received", "bytes_sum", "auth_failures", "connects",
                                   "disconnects")] == [3, 3, 111, 1, 1, 1]
        rows = [row for event in place.daemon.all("COUNTERS") for row in event["rows"]]
        assert {r["address"] for r in rows} == {"127.0.0.1"}
        assert {r["fingerprint"] for r in rows} == {fingerprint(pem)}
        assert max(r["bytes_max"] for r in rows) == 100
        windows = [(e["from"], e["to"]) for e in place.daemon.all("COUNTERS")]
        assert all(a < b for a, b in windows)
        assert all(b <= c for (_, b), (c, _) in zip(windows, windows[1:]))


def test_reports_of_devices_reach_the_daemon(place, lamp):
    client = place.broker.client("lamp", *lamp)
    client.publish("$aws/things/lamp/defender/metrics/json", '{"hed": 1}')
    client.publish("$aws/things/other/defender/metrics/cbor", b"\xa1")
    client.publish("$aws/things/lamp/defender/metrics/xml", "<a/>")
    client.publish("$aws/things/lamp/defender/metrics/json", "x" * (130 << 10))
    report = place.daemon.one("REPORT", thing="lamp")
    assert report["payload"] == b'{"hed": 1}' and report["format"] == 0
    assert report["client"] == "lamp" and report["fingerprint"] == fingerprint(lamp[0])
    assert place.daemon.one("REPORT", thing="other")["format"] == 1
    client.publish("$aws/things/lamp/defender/metrics/json", "{}")
    place.daemon.one("REPORT", payload=b"{}")
    assert len(place.daemon.all("REPORT")) == 3
    assert place.daemon.one("DROPPED", kind=link.NUMBERS["REPORT"])["n"] == 1


def test_strangers_of_a_named_ca_are_told_of_once_a_minute(place, lamp):
    from cryptography import x509
    subject = x509.load_pem_x509_certificate(place.authority.pem.encode()).subject.public_bytes()
    import hashlib
    ca = fingerprint(place.authority.pem)
    place.daemon.change(link.frame("CA", fingerprint=ca,
                                   subject=hashlib.sha256(subject).digest()))
    time.sleep(0.3)
    pem, key = place.device("new here")
    for name in ("n1", "n2"):
        assert place.broker.client(name, pem, key).code == 5
    told = place.daemon.one("STRANGER", client="n1")
    assert hashlib.sha256(told["certificate"]).digest() == fingerprint(pem)
    assert told["ca"] == ca and told["address"] == "127.0.0.1"
    place.daemon.one("REFUSED", client="n2")
    assert len(place.daemon.all("STRANGER")) == 1
    # One that waits to be provisioned is told of too; one that somebody turned off is not.
    waiting, waiting_key = place.device("waiting")
    off, off_key = place.device("off")
    place.daemon.change(place.daemon.principal(waiting, [1], state="PENDING_ACTIVATION"),
                        place.daemon.principal(off, [1], state="INACTIVE"))
    time.sleep(0.3)
    assert place.broker.client("w", waiting, waiting_key).code == 5
    assert place.broker.client("o", off, off_key).code == 5
    place.daemon.one("STRANGER", client="w")
    place.daemon.one("REFUSED", client="o")
    assert len(place.daemon.all("STRANGER")) == 2


def test_published_messages_have_their_properties(place, lamp):
    client = place.broker.client("five", *lamp, protocol=mqtt.MQTTv5)
    client.subscribe("answers")
    seen = []
    client.paho.on_message = lambda _c, _u, m: seen.append(m)
    place.daemon.send(link.frame(
        "PUBLISH", id=1, topic="answers", payload=b"{}", qos=1, text=1, expiry=60,
        content_type="application/json", response_topic="back", correlation=b"42",
        properties=[{"name": "a", "value": "b"}]))
    message = until("the message", lambda: seen)[0]
    properties = message.properties
    assert properties.ContentType == "application/json" and properties.ResponseTopic == "back"
    assert properties.CorrelationData == b"42" and properties.UserProperty == [("a", "b")]
    assert properties.PayloadFormatIndicator == 1
    place.daemon.send(link.frame("PUBLISH", id=2, topic="wild/#", payload=b""))
    assert place.daemon.one("PUBLISHED", id=2)["end"] == 1


# ---- abuse

def test_a_flapping_client_is_refused_for_a_time(tmp_path, authority):
    place = Place(tmp_path, authority)
    place.daemon.settings = {"client_connects": 3, "client_window_ms": 60000, "client_ban_ms": 1500}
    with place:
        pem, key = place.device()
        place.daemon.greet(place.daemon.policy(1, ANYTHING), place.daemon.principal(pem, [1]))
        time.sleep(0.5)
        codes = []
        for _ in range(5):
            client = place.broker.client("flap", pem, key)
            codes.append(client.code)
            client.end()
        assert codes == [0, 0, 0, 5, 5]
        assert place.broker.client("steady", pem, key).code == 0
        assert place.daemon.one("REFUSED", client="flap")["why"] == REFUSALS.index("BANNED")
        until("it ends", lambda: place.broker.client("flap", pem, key).code == 0)


def test_who_may_not_be_a_client_does_not_get_it_banned(tmp_path, authority):
    place = Place(tmp_path, authority)
    place.daemon.settings = {"client_connects": 3, "client_window_ms": 60000,
                             "client_ban_ms": 60000}
    with place:
        owner, thief = place.device("owner"), place.device("thief")
        place.daemon.greet(place.daemon.policy(1, ANYTHING),
                           place.daemon.policy(2, allow(("iot:Connect", "client/thief"))),
                           place.daemon.principal(owner[0], [1]),
                           place.daemon.principal(thief[0], [2]))
        time.sleep(0.5)
        for _ in range(6):
            assert place.broker.client("owner", *thief).code == 5
        assert place.broker.client("owner", *owner).code == 0


def test_a_storm_is_refused_before_anything_is_looked_at(tmp_path, authority):
    place = Place(tmp_path, authority)
    place.daemon.settings = {"storm_connects": 2}
    with place:
        pem, key = place.device()
        place.daemon.greet(place.daemon.policy(1, ANYTHING), place.daemon.principal(pem, [1]))
        time.sleep(0.5)
        clients = [place.broker.client(f"s{i}", pem, key, wait=False) for i in range(12)]
        until("all answered", lambda: all(c.codes or c.ends for c in clients))
        assert place.daemon.one("REFUSED", why=REFUSALS.index("STORM"))["fingerprint"] is None
        time.sleep(1.1)
        assert place.broker.client("after", pem, key).code == 0


# ---- without a daemon

def test_without_a_daemon_known_devices_go_on_and_events_wait(tmp_path, authority):
    with Place(tmp_path, authority) as place:
        pem, key = place.device()
        place.daemon.greet(place.daemon.policy(1, ANYTHING), place.daemon.principal(pem, [1]))
        time.sleep(0.5)
        first = place.broker.client("first", pem, key)
        place.daemon.one("CONNECTED", client="first")
        place.daemon.stop()
        assert place.broker.client("second", pem, key).code == 0
        stranger = place.device()
        assert place.broker.client("third", *stranger).code == 5
        first.subscribe("a")
        first.publish("a", "still")
        first.got("a", "still")
        first.leave()
        held = place.daemon.number
        with StandIn(tmp_path) as again:
            again.instance, again.number = place.daemon.instance, held
            hello = until("HELLO", lambda: again.hellos)[0]
            assert hello["instance"] == again.instance and hello["state"] == held
            again.greet(whole=False)
            again.one("CONNECTED", client="second")
            again.one("REFUSED", client="third")
            again.one("DISCONNECTED", client="first")
            assert not again.all("CONNECTED", client="first")   # it was acknowledged
            numbers = [v["sequence"] for _, v in again.events]
            assert numbers == list(range(hello["first"], hello["first"] + len(numbers)))


def test_past_its_age_a_state_lets_nobody_in_and_may_end_all(tmp_path, authority):
    place = Place(tmp_path, authority)
    place.daemon.settings = {"max_age_ms": 600, "fail_closed": 1}
    with place:
        pem, key = place.device()
        place.daemon.greet(place.daemon.policy(1, ANYTHING), place.daemon.principal(pem, [1]))
        time.sleep(0.5)
        client = place.broker.client("kept", pem, key)
        time.sleep(1.0)     # the link is up: nothing ages
        assert not client.ends
        place.daemon.stop()
        client.closed(5)
        assert place.broker.client("new", pem, key).code == 5
        assert "refused client new from 127.0.0.1: STALE" in place.broker.log.read_text()


def test_a_whole_state_replaces_the_former(place, lamp):
    client = place.broker.client("lamp", *lamp)
    pem, key = place.device("new")
    place.daemon.greet(place.daemon.policy(5, ANYTHING), place.daemon.principal(pem, [5]))
    client.closed(5)
    assert place.broker.client("lamp", *lamp).code == 5
    assert place.broker.client("new", pem, key).code == 0


def test_nonsense_on_the_link_ends_the_link_alone(place, lamp):
    client = place.broker.client("lamp", *lamp)
    for junk in (b"\xff" * 64, link.frame("HELLO", protocol=1), b"\0\0\0\0",
                 link.frame("WELCOME", protocol=99, instance=b"0123456789abcdef")):
        before = len(place.daemon.hellos)
        place.daemon.send(junk)
        until("it dials again", lambda: len(place.daemon.hellos) > before)
    place.daemon.greet(whole=False)
    client.publish("a", "b")
    assert not client.ends


def test_a_hundred_reloads_drop_nobody(place, lamp):
    clients = [place.broker.client(f"c{i}", *lamp) for i in range(5)]
    for client in clients:
        client.subscribe("load")
    for i in range(100):
        os.kill(place.broker.process.pid, signal.SIGHUP)
        clients[i % 5].paho.publish("load", str(i), 1)
        time.sleep(0.005)
    until("all messages", lambda: all(len(c.messages) == 100 for c in clients))
    assert not any(c.ends for c in clients)


# ---- the configuration

def test_websockets_and_the_clients_of_mosquitto(tmp_path, authority):
    from broker import free_port
    port = free_port()
    place = Place(tmp_path, authority)
    place.broker.arguments += ["--websockets", str(port), "--name", "hall-3"]
    with place:
        pem, key = place.device("ws")
        place.daemon.greet(place.daemon.policy(1, ANYTHING), place.daemon.principal(pem, [1]))
        assert place.daemon.hellos[0]["broker"] == "hall-3"
        time.sleep(0.5)
        web = place.broker.client("web", pem, key, port=port, transport="websockets")
        assert web.code == 0
        assert place.daemon.one("CONNECTED", client="web")["transport"] == 1
        web.subscribe("t/#")
        (tmp_path / "d.crt").write_text(pem)
        (tmp_path / "d.key").write_text(pki.key_pem(key))
        tls = ["-p", str(place.broker.port), "--cafile", tmp_path / "root.pem", "--cert",
               tmp_path / "d.crt", "--key", tmp_path / "d.key", "--insecure"]
        subprocess.run(["mosquitto_pub", *tls, "-i", "mp", "-t", "t/1", "-m", "from pub", "-q",
                        "1"], check=True, timeout=20)
        web.got("t/1", "from pub")
        assert place.daemon.one("CONNECTED", client="mp")["transport"] == 0
        web.publish("t/2", "kept", retain=True)
        out = subprocess.run(["mosquitto_sub", *tls, "-V", "5", "-i", "ms", "-t", "t/2", "-C", "1"],
                             check=True, timeout=20, capture_output=True, text=True)
        assert out.stdout == "kept\n"


def test_the_broker_does_not_start_without_the_socket_option(tmp_path, authority):
    broker = Broker(tmp_path, authority)
    text = broker.configuration()
    for bad, says in ((text.replace("plugin_opt_socket", "plugin_opt_sock"), "is no option"),
                      ("\n".join(l for l in text.splitlines() if "opt_socket" not in l) + "\n",
                       "plugin_opt_socket is missing")):
        conf = tmp_path / "bad.conf"
        conf.write_text(bad + "log_dest stderr\n")
        done = subprocess.run(["mosquitto", "-c", conf], capture_output=True, text=True, timeout=20)
        assert done.returncode != 0 and says in done.stderr
