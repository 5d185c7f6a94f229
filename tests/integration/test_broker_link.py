"""The daemon's side of the broker link, told by a stand-in what a broker would tell."""

import json
import os
import socket
import subprocess
import time

from cryptography import x509
from cryptography.hazmat.primitives import serialization

import link
import pki
from bulwark import ACCOUNT, BUILD, error_of
from standin import ACTIONS, CERTIFICATES, ENDS, REFUSALS, StandIn

ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
ROLE = f"arn:aws:iam::{ACCOUNT}:role/logs"


def certificate(daemon):
    return daemon.iot.create_keys_and_certificate(setAsActive=True)


def fleet(daemon, prefix):
    """A thing of a group below another, its certificate, a policy at each place."""
    made = certificate(daemon)
    iot = daemon.iot
    iot.create_thing(thingName=prefix + "thing", attributePayload={"attributes": {"site": "x"}})
    iot.create_thing_group(thingGroupName=prefix + "top")
    iot.create_thing_group(thingGroupName=prefix + "group", parentGroupName=prefix + "top")
    iot.add_thing_to_thing_group(thingName=prefix + "thing", thingGroupName=prefix + "group")
    iot.attach_thing_principal(thingName=prefix + "thing", principal=made["certificateArn"])
    for name in ("own", "group", "top"):
        iot.create_policy(policyName=prefix + name, policyDocument=ALLOW)
    iot.attach_policy(policyName=prefix + "own", target=made["certificateArn"])
    for name in ("group", "top"):
        arn = iot.describe_thing_group(thingGroupName=prefix + name)["thingGroupArn"]
        iot.attach_policy(policyName=prefix + name, target=arn)
    return made


def names(broker, ids):
    return sorted(broker.policies[i]["name"] for i in ids)


def test_the_whole_state_and_every_kind_of_change_reach_a_broker(fresh):
    made = fleet(fresh, "a-")
    cert = made["certificateId"]
    with StandIn(fresh) as broker:
        broker.ready()
        assert broker.welcomes[0]["whole"] == 1 and broker.welcomes[0]["account"] == ACCOUNT
        row = broker.principals[cert]
        assert CERTIFICATES[row["state"]] == "ACTIVE" and row["revoked"] == -(1 << 63)
        assert names(broker, row["policies"]) == ["a-own"]
        (thing,) = row["things"]
        assert (thing["name"], thing["exclusive"]) == ("a-thing", 0)
        assert thing["attributes"] == [{"name": "site", "value": "x"}]
        assert names(broker, thing["policies"]) == ["a-group", "a-top"]

        iot = fresh.iot
        row_of = lambda: broker.principals.get(cert)  # noqa: E731
        iot.update_certificate(certificateId=cert, newStatus="INACTIVE")
        broker.until(lambda: CERTIFICATES[row_of()["state"]] == "INACTIVE")
        iot.detach_policy(policyName="a-own", target=made["certificateArn"])
        broker.until(lambda: row_of()["policies"] == [])
        iot.create_policy(policyName="b", policyDocument=ALLOW)
        top = iot.describe_thing_group(thingGroupName="a-top")["thingGroupArn"]
        iot.attach_policy(policyName="b", target=top)
        broker.until(lambda: names(broker, row_of()["things"][0]["policies"]) ==
                     ["a-group", "a-top", "b"])
        iot.create_policy_version(policyName="b", setAsDefault=True,
                                  policyDocument=ALLOW.replace("iot:*", "iot:Connect"))
        broker.until(lambda: any(p["version"] == 2 and "iot:Connect" in p["document"]
                                 for p in broker.policies.values() if p["name"] == "b"))
        iot.update_thing(thingName="a-thing", attributePayload={"attributes": {"site": "y"}})
        broker.until(lambda: row_of()["things"][0]["attributes"][0]["value"] == "y")
        iot.remove_thing_from_thing_group(thingName="a-thing", thingGroupName="a-group")
        broker.until(lambda: row_of()["things"][0]["policies"] == [])
        iot.detach_thing_principal(thingName="a-thing", principal=made["certificateArn"])
        broker.until(lambda: row_of()["things"] == [])
        iot.delete_certificate(certificateId=cert)
        broker.until(lambda: row_of() is None)
        iot.detach_policy(policyName="b", target=top)
        iot.delete_policy_version(policyName="b", policyVersionId="1")
        iot.delete_policy(policyName="b")
        broker.until(lambda: "b" not in names(broker, broker.policies))


def test_who_comes_again_is_told_what_changed_and_after_a_restart_the_whole(fresh):
    made = [certificate(fresh)["certificateId"] for _ in range(3)]
    broker = StandIn(fresh).connect().ready()
    broker.close()
    fresh.iot.update_certificate(certificateId=made[0], newStatus="INACTIVE")
    fresh.iot.update_certificate(certificateId=made[1], newStatus="REVOKED")
    broker.principals.pop(made[2])      # not named again in a delta
    broker.connect().until(lambda: CERTIFICATES[broker.principals[made[1]]["state"]] == "REVOKED")
    assert broker.welcomes[-1]["whole"] == 0
    assert CERTIFICATES[broker.principals[made[0]]["state"]] == "INACTIVE"
    assert made[2] not in broker.principals
    broker.close()
    fresh.restart()
    broker.states.clear()
    broker.connect().ready()
    assert broker.welcomes[-1]["whole"] == 1 and made[2] in broker.principals
    broker.close()


def test_events_are_history_and_events_of_the_broker(fresh):
    cert = certificate(fresh)["certificateId"]
    with StandIn(fresh) as broker:
        broker.ready()
        broker.come("lamp", 1, cert)
        broker.tell("SUBSCRIBED", client="lamp", session=1, fingerprint=bytes.fromhex(cert),
                    filters=["a/#", "b/+"])
        broker.go("lamp", 1, cert, reason="DUPLICATE_CLIENTID")
        broker.come("hash#", 2, cert)
        broker.acknowledged()
        topics = [p["topic"] for p in broker.publishes]
        assert topics == ["$aws/events/presence/connected/lamp",
                          "$aws/events/subscriptions/subscribed/lamp",
                          "$aws/events/presence/disconnected/lamp"]
        came, subscribed, went = (json.loads(p["payload"]) for p in broker.publishes)
        assert came["principalIdentifier"] == cert and came["ipAddress"] == "192.0.2.7"
        assert came["versionNumber"] == went["versionNumber"] == 0
        assert came["sessionIdentifier"] == went["sessionIdentifier"]
        assert subscribed["topics"] == ["a/#", "b/+"]
        assert went["disconnectReason"] == "DUPLICATE_CLIENTID"
        assert went["clientInitiatedDisconnect"] is False


def test_an_event_told_twice_is_taken_once_and_a_new_life_ends_the_former(fresh):
    cert = certificate(fresh)["certificateId"]
    broker = StandIn(fresh).connect().ready()
    broker.come("lamp", 1, cert)
    broker.tell("COUNTERS", **{"from": broker.now(), "to": broker.now(), "rows": [
        {"client": "lamp", "sent": 3, "bytes_min": 1, "bytes_max": 5, "bytes_sum": 9}]})
    kept = list(broker.unacknowledged)
    broker.acknowledged()
    broker.close()
    broker.unacknowledged = kept        # as if the answer had been lost
    broker.connect().acknowledged()
    text = fresh.get("/metrics").body.decode()
    assert "bulwark_client_messages_sent_total 3\n" in text
    assert 'bulwark_broker_events_total{event="CONNECTED"} 1\n' in text
    broker.close()
    with StandIn(fresh) as again:
        again.until(lambda: any(p["topic"].endswith("/disconnected/lamp")
                                for p in again.publishes))
        # An event may arrive twice; it is one event then.
        gone = {p["payload"] for p in again.publishes if p["topic"].endswith("/disconnected/lamp")}
        assert [json.loads(went)["disconnectReason"] for went in gone] == ["SERVER_ERROR"]


def test_a_link_that_is_misused_is_closed_and_the_daemon_goes_on(fresh):
    def speak(data):
        folder = os.open(fresh.data, os.O_PATH)
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(f"/proc/self/fd/{folder}/broker.sock")
            os.close(folder)
            sock.settimeout(10)
            sock.sendall(data)
            while sock.recv(1 << 16):
                pass
    hello = dict(protocol=link.PROTOCOL, version="1", broker="b", epoch=os.urandom(16))
    for data in (b"\xff" * 64, link.frame("HELLO", **{**hello, "protocol": 99}),
                 link.frame("HELLO", **{**hello, "broker": "a b"}),
                 link.frame("HELLO", **hello) * 2, link.frame("DROPPED", sequence=1),
                 link.frame("HELLO", **hello) + link.frame("STATE", number=1)):
        speak(data)
    log = fresh.log.read_text()
    assert log.count("broker.turned_away") + log.count("broker.left") == 6
    with StandIn(fresh) as broker:
        broker.ready()


def test_an_event_that_breaks_a_rule_is_passed_over(fresh):
    cert = certificate(fresh)["certificateId"]
    with StandIn(fresh) as broker:
        broker.ready()
        broker.come("x" * 200, 1, cert)
        broker.come("lamp", 2, cert, at=-5)
        broker.come("lamp", 3, cert)
        broker.acknowledged()
        assert len(broker.publishes) == 1
    assert "bulwark_broker_events_refused_total 2\n" in fresh.get("/metrics").body.decode()


def test_a_duplicate_is_a_log_record_field_for_field(fresh):
    fresh.iot.set_v2_logging_options(roleArn=ROLE, defaultLogLevel="ERROR")
    cert = certificate(fresh)["certificateId"]
    with StandIn(fresh) as broker:
        broker.ready()
        moment = broker.now()   # a history has one beginning of a client in a millisecond
        broker.come("lamp", 1, cert, at=moment)
        broker.come("lamp", 2, cert, at=moment + 5, address="192.0.2.8")
        broker.go("lamp", 1, cert, at=moment + 6, reason="DUPLICATE_CLIENTID")
        broker.tell("REFUSED", client="evil", fingerprint=bytes.fromhex(cert), address="192.0.2.9",
                    why=REFUSALS.index("POLICY"))
        broker.tell("DENIED", client="lamp", session=2, fingerprint=bytes.fromhex(cert),
                    action=ACTIONS.index("PUBLISH"), topic="not/yours")
        broker.acknowledged()
    found = fresh.aws("logs", "filter-log-events", "--log-group-name", "AWSIotLogsV2",
                      "--filter-pattern", '{$.reason = "DUPLICATE_CLIENT_ID"}')["events"]
    (record,) = [json.loads(event["message"]) for event in found]
    stamp, trace = record.pop("timestamp"), record.pop("traceId")
    assert time.strptime(stamp[:19], "%Y-%m-%d %H:%M:%S") and len(trace) == 36
    assert record == {
        "logLevel": "ERROR", "accountId": ACCOUNT, "status": "Failure", "eventType": "Disconnect",
        "protocol": "MQTT", "clientId": "lamp", "principalId": cert, "sourceIp": "192.0.2.7",
        "sourcePort": 0, "reason": "DUPLICATE_CLIENT_ID",
        "details": "A new connection was established with the same client ID",
        "disconnectReason": "DUPLICATE_CLIENTID"}
    all_of_them = fresh.client("logs").filter_log_events(logGroupName="AWSIotLogsV2")["events"]
    kinds = [(r["eventType"], r["status"], r.get("topicName"))
             for r in (json.loads(event["message"]) for event in all_of_them)]
    assert sorted(kinds, key=str) == [("Connect", "Failure", None),
                                      ("Disconnect", "Failure", None),
                                      ("Publish-In", "Failure", "not/yours")]


def test_a_change_is_on_the_link_when_the_answer_is_there(fresh):
    certs = [certificate(fresh)["certificateId"] for _ in range(20)]
    late = []
    with StandIn(fresh) as broker:
        broker.ready()
        for cert in certs:
            fresh.iot.update_certificate(certificateId=cert, newStatus="INACTIVE")
            answered = time.monotonic()
            broker.until(lambda: CERTIFICATES[broker.principals[cert]["state"]] == "INACTIVE")
            late.append(broker.principals[cert]["at"] - answered)
    assert sorted(late)[len(late) // 2] < 0.1, late


# ---- operations


def bulwark(daemon, *words):
    return subprocess.run([BUILD / "bulwark", *map(str, words), "--data", daemon.data],
                          capture_output=True, text=True, timeout=60,
                          env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})


def test_who_is_connected_is_told_and_can_be_cut(fresh):
    fresh.iot.create_thing(thingName="lamp")
    cert = certificate(fresh)["certificateId"]
    connectivity = lambda: fresh.raw("POST", "/things/lamp/connectivity-data", {}).json  # noqa: E731
    assert connectivity() == {"thingName": "lamp", "connected": False, "disconnectReason": "NONE"}
    assert fresh.raw("DELETE", "/connections/lamp").status == 404
    with StandIn(fresh) as broker:
        broker.ready()
        broker.come("lamp", 1, cert, thing="lamp", exclusive=1)
        broker.tell("COUNTERS", **{"from": broker.now(), "to": broker.now(), "rows": [
            {"client": "lamp", "sent": 2, "bytes_min": 1, "bytes_max": 2, "bytes_sum": 3,
             "auth_failures": 4}]})
        broker.acknowledged()
        assert json.loads(broker.publishes[0]["payload"])["thingName"] == "lamp"
        told = connectivity()
        assert told["connected"] is True and told["timestamp"] > 0
        (row,) = fresh.raw("GET", "/bulwark/connections").json["connections"]
        assert (row["clientId"], row["sourceIp"], row["certificateId"], row["brokerName"]) == (
            "lamp", "192.0.2.7", cert, "stand-in")
        assert (row["messagesSent"], row["bytesSent"], row["authorizationFailures"]) == (2, 3, 4)
        shown = bulwark(fresh, "connections", "--certificate", cert)
        assert shown.returncode == 0 and shown.stdout.startswith("lamp  192.0.2.7  " + cert[:12])
        assert bulwark(fresh, "connections", "--client", "other").stdout == "0 connections\n"
        assert fresh.raw("DELETE", "/connections/lamp?cleanSession=true").status == 400
        assert fresh.raw("DELETE", "/connections/lamp?preventWillMessage=true").status == 200
        broker.until(lambda: broker.cuts)
        assert (broker.cuts[0]["client"], broker.cuts[0]["will"]) == ("lamp", 0)
        assert ENDS[broker.cuts[0]["reason"]] == "API_INITIATED_DISCONNECT"
        broker.go("lamp", 1, cert, reason="API_INITIATED_DISCONNECT")
        broker.acknowledged()
        assert connectivity()["disconnectReason"] == "SERVER_INITIATED_DISCONNECT"
        assert fresh.raw("DELETE", "/connections/lamp").status == 404
        gone = bulwark(fresh, "connections", "--all").stdout
        assert "API_INITIATED_DISCONNECT" in gone and gone.endswith("1 clients\n")
    assert "bulwark_client_connections_cut_total 1\n" in fresh.get("/metrics").body.decode()


def test_messages_are_published_and_retained_ones_shown(fresh):
    data = fresh.client("iot-data")
    assert error_of(data.publish, topic="a/b", payload=b"x")[1] == 503
    with StandIn(fresh) as broker:
        broker.ready()
        data.publish(topic="a/b c", qos=1, retain=True, payload=b"\x00\xff",
                     contentType="x/y", responseTopic="r", messageExpiry=7,
                     payloadFormatIndicator="UTF8_DATA", correlationData="aGk=",
                     userProperties=json.dumps([{"k": "v"}]))
        (m,) = broker.publishes
        assert (m["topic"], m["payload"], m["qos"], m["retain"]) == ("a/b c", b"\x00\xff", 1, 1)
        assert (m["content_type"], m["response_topic"], m["expiry"]) == ("x/y", "r", 7)
        assert (m["text"], m["correlation"]) == (1, b"hi")
        assert m["properties"] == [{"name": "k", "value": "v"}]
        broker.answers = False
        broker.tell("RETAINED", topic="a/b", payload=b"hello", qos=1)
        broker.acknowledged()
    got = data.get_retained_message(topic="a/b")
    assert (got["payload"], got["qos"]) == (b"hello", 1)
    assert [t["topic"] for t in data.list_retained_messages()["retainedTopics"]] == ["a/b", "a/b c"]
    assert error_of(data.get_retained_message, topic="none")[:2] == (
        "ResourceNotFoundException", 404)


def test_bans_reach_the_brokers_and_end(fresh):
    with StandIn(fresh) as broker:
        broker.ready()
        added = bulwark(fresh, "ban", "add", "--client", "lamp", "--for", "1h", "--reason", "noisy")
        assert added.returncode == 0 and added.stdout.startswith("1  CLIENT lamp  until ")
        broker.until(lambda: broker.bans)
        assert (broker.bans[1]["value"], broker.bans[1]["reason"]) == ("lamp", "noisy")
        assert bulwark(fresh, "ban", "add", "--network", "192.0.2.0/24", "--for", "2d").returncode == 0
        assert bulwark(fresh, "ban", "list").stdout.endswith("2 bans\n")
        assert bulwark(fresh, "ban", "remove", "1").stdout == "ban 1 is lifted\n"
        broker.until(lambda: sorted(broker.bans) == [2])
        assert bulwark(fresh, "ban", "remove", "1").returncode == 2
        assert bulwark(fresh, "ban", "add", "--client", "x", "--for", "1y").returncode == 2
        assert bulwark(fresh, "ban", "add", "--client", "x").returncode == 2
    fresh.move_clock(days=3)
    with StandIn(fresh, "other") as broker:
        broker.ready()
        assert not broker.bans


def test_the_folder_of_trusted_authorities_is_as_the_account_has_them(fresh):
    folder = fresh.data / "broker" / "ca"

    def trusted():
        return {x509.load_pem_x509_certificate(path.read_bytes()).subject.rfc4514_string()
                for path in folder.iterdir()}

    def until(wanted):
        deadline = time.monotonic() + 10
        while trusted() != wanted and time.monotonic() < deadline:
            time.sleep(0.02)
        assert trusted() == wanted
    deadline = time.monotonic() + 10
    while not list(folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    (local,) = trusted()
    ca = pki.Authority("Factory")
    made = fresh.iot.register_ca_certificate(caCertificate=ca.pem, certificateMode="SNI_ONLY",
                                             setAsActive=True)["certificateId"]
    until({local, "CN=Factory"})
    (file,) = [p for p in folder.iterdir() if b"" != p.read_bytes() and "Factory" in
               x509.load_pem_x509_certificate(p.read_bytes()).subject.rfc4514_string()]
    digest = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", file],
                            capture_output=True, text=True, check=True).stdout.strip()
    assert file.name == digest + ".0"
    fresh.iot.update_ca_certificate(certificateId=made, newStatus="INACTIVE")
    until({local})
    own = pki.Authority("Alone", ca=False)
    fresh.iot.register_certificate_without_ca(certificatePem=own.pem, status="ACTIVE")
    until({local, "CN=Alone"})
    assert (fresh.data / "broker" / "ca.pem").read_text().count("BEGIN CERTIFICATE") == 2
    fresh.restart()
    until({local, "CN=Alone"})


def test_a_device_that_comes_for_the_first_time_is_registered_and_told_of(fresh):
    ca = pki.Authority("Factory")
    made = fresh.iot.register_ca_certificate(
        caCertificate=ca.pem, certificateMode="SNI_ONLY", setAsActive=True,
        allowAutoRegistration=True)["certificateId"]
    device = pki.Authority("device-1", parent=ca, ca=False)
    der = device.cert.public_bytes(serialization.Encoding.DER)
    with StandIn(fresh) as broker:
        broker.until(lambda: made in broker.cas)
        broker.tell("STRANGER", client="device-1", address="192.0.2.7", ca=bytes.fromhex(made),
                    certificate=der)
        topic = f"$aws/events/certificates/registered/{made}"
        broker.until(lambda: any(p["topic"] == topic for p in broker.publishes))
        (event,) = [json.loads(p["payload"]) for p in broker.publishes if p["topic"] == topic]
        assert event["certificateStatus"] == "PENDING_ACTIVATION"
        cert = event["certificateId"]
        broker.until(lambda: CERTIFICATES[broker.principals[cert]["state"]] == "PENDING_ACTIVATION")
        fresh.iot.update_ca_certificate(certificateId=made, newAutoRegistrationStatus="DISABLE")
        broker.until(lambda: made not in broker.cas)
        broker.acknowledged()
    with StandIn(fresh, "other") as broker:     # told once: it was published
        broker.ready()
        time.sleep(0.7)
        assert not broker.publishes
