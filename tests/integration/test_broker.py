"""A fleet as its operator sees it: the real daemon, a real Mosquitto, TLS clients; and Mosquitto
under valgrind."""

import json
import time

import pytest

import pki
from broker import ANYTHING, FOREVER, Broker, StandIn, allow, until
from bulwark import Daemon


class Fleet:
    """A daemon with a registered CA, and a broker."""

    def __init__(self, daemon, folder):
        self.daemon, self.iot = daemon, daemon.iot
        self.authority = pki.Authority("fleet")
        code = self.iot.get_registration_code()["registrationCode"]
        self.iot.register_ca_certificate(
            caCertificate=self.authority.pem,
            verificationCertificate=self.authority.verification(code), setAsActive=True)
        until("the CA's file", lambda: len(list((daemon.data / "broker/ca").glob("*.0"))) == 2)
        self.broker = Broker(folder, self.authority, data=daemon.data)

    def device(self, name, *policies):
        pem, key = self.authority.device(name)
        made = self.iot.register_certificate(certificatePem=pem, caCertificatePem=self.authority.pem,
                                             setAsActive=True)
        self.iot.create_thing(thingName=name)
        self.iot.attach_thing_principal(thingName=name, principal=made["certificateArn"])
        for policy in policies:
            self.iot.attach_policy(policyName=policy, target=made["certificateArn"])
        return pem, key, made

    def policy(self, name, document):
        self.iot.create_policy(policyName=name, policyDocument=json.dumps(document))

    def joined(self):
        until("the state", lambda: "bulwark: state " in self.broker.log.read_text())


@pytest.fixture
def fleet(fresh, tmp_path):
    made = Fleet(fresh, tmp_path)
    with made.broker:
        made.joined()
        yield made


def test_what_the_api_says_rules_the_broker_within_a_second(fleet):
    iot = fleet.iot
    fleet.policy("all", ANYTHING)
    pem, key, made = fleet.device("lamp", "all")
    until("it may", lambda: fleet.broker.client("lamp", pem, key).code == 0)

    def cut_by(change, back):
        client = until("it is in again", lambda: next(
            (c for c in [fleet.broker.client("lamp", pem, key)] if c.code == 0), None))
        client.subscribe("a")
        client.publish("a", "x")
        client.got("a", "x")
        began = time.monotonic()
        change()
        client.closed(5)
        took = time.monotonic() - began
        assert fleet.broker.client("lamp", pem, key).code == 5
        back()
        return took

    certificate = {"certificateId": made["certificateId"]}
    target = {"policyName": "all", "target": made["certificateArn"]}
    took = [
        cut_by(lambda: iot.update_certificate(newStatus="INACTIVE", **certificate),
               lambda: iot.update_certificate(newStatus="ACTIVE", **certificate)),
        cut_by(lambda: iot.detach_policy(**target), lambda: iot.attach_policy(**target)),
        cut_by(lambda: iot.create_policy_version(
                   policyName="all", setAsDefault=True,
                   policyDocument=json.dumps(allow(("iot:Publish", "*")))),
               lambda: iot.set_default_policy_version(policyName="all", policyVersionId="1")),
        cut_by(lambda: iot.update_certificate(newStatus="REVOKED", **certificate), lambda: None),
    ]
    assert max(took) < 1, took


def test_a_group_gives_rights_to_its_things_and_takes_them_back(fleet):
    iot = fleet.iot
    fleet.policy("connect", allow(("iot:Connect", "*"), ("iot:Subscribe", "*"),
                                  ("iot:Receive", "*")))
    fleet.policy("own", allow(("iot:Publish", "topic/dev/${iot:Connection.Thing.ThingName}/*")))
    pem, key, _ = fleet.device("sensor", "connect")
    group = iot.create_thing_group(thingGroupName="sensors")["thingGroupArn"]
    iot.attach_policy(policyName="own", target=group)
    client = until("it is in", lambda: next(
        (c for c in [fleet.broker.client("sensor", pem, key)] if c.code == 0), None))
    client.subscribe("#")
    client.publish("dev/sensor/1", "before")
    iot.add_thing_to_thing_group(thingGroupName="sensors", thingName="sensor")

    def may():
        client.publish("dev/sensor/2", "within")
        return ("dev/sensor/2", b"within") in client.messages
    until("the group's policy", may)
    client.publish("dev/other/2", "not its own")
    iot.remove_thing_from_thing_group(thingGroupName="sensors", thingName="sensor")
    until("not any more", lambda: (client.messages.clear(), may())[1] is False)
    assert not client.ends
    topics = {topic for topic, _ in client.messages}
    assert "dev/sensor/1" not in topics and "dev/other/2" not in topics


def test_the_fleet_goes_on_while_the_daemon_is_away(fleet):
    fleet.policy("all", ANYTHING)
    pem, key, made = fleet.device("lamp", "all")
    client = until("it is in", lambda: next(
        (c for c in [fleet.broker.client("lamp", pem, key)] if c.code == 0), None))
    client.subscribe("a")
    fleet.daemon.stop()
    client.publish("a", "still")
    client.got("a", "still")
    assert fleet.broker.client("second", pem, key).code == 0
    fleet.daemon.start()
    fleet.daemon.iot.update_certificate(certificateId=made["certificateId"], newStatus="INACTIVE")
    client.closed(10)


def test_mosquitto_with_the_plugin_is_clean_under_valgrind(tmp_path):
    authority = pki.Authority("devices")
    broker = Broker(tmp_path, authority, wrap=[
        "valgrind", "--leak-check=full", "--errors-for-leak-kinds=definite",
        "--error-exitcode=99", f"--log-file={tmp_path}/valgrind.log"])
    with StandIn(tmp_path) as daemon:
        daemon.settings = {"counters_ms": 500}
        with broker:
            pem, key = authority.device("subject")
            thing = {"name": "t", "exclusive": 1, "policies": [3],
                     "attributes": [{"name": "a", "value": "b"}]}
            daemon.greet(
                daemon.policy(1, allow(
                    ("iot:*", "client/*"), ("iot:*", "topicfilter/*"),
                    ("iot:*", "topic/${iot:Certificate.Subject.CommonName}/*"),
                    ("iot:*", "topic/${iot:Connection.Thing.Attributes[a]}/*"))),
                daemon.policy(2, "no policy"), daemon.policy(3, allow(("iot:Receive", "*"))),
                daemon.principal(pem, [1], things=[thing]))
            until("the state", lambda: "state 1:" in broker.log.read_text(), 60)
            stranger = authority.device("stranger")
            assert broker.client("s", *stranger).code == 5
            client = broker.client("c", pem, key, will=("b/will", "w", 0, True))
            client.subscribe("#")
            for topic in ("subject/1", "b/1", "other/1", "$aws/things/t/defender/metrics/json"):
                client.publish(topic, "x", retain=topic == "b/1")
            second = broker.client("c", pem, key)
            client.closed()
            daemon.change(daemon.policy(1, ANYTHING), daemon.principal(pem, [1, 3], things=[]))
            until("counters", lambda: daemon.all("COUNTERS"))
            daemon.greet(daemon.policy(1, ANYTHING), daemon.principal(pem, [1]),
                         daemon.principal(stranger[0], [1], not_after=FOREVER))
            second.publish("z", "x")
            daemon.change(daemon.principal(pem, [1], state="REVOKED"))
            second.closed()
            daemon.one("CUT_DONE")
    errors = (tmp_path / "valgrind.log").read_text()
    assert "ERROR SUMMARY: 0 errors" in errors, errors[-3000:]
