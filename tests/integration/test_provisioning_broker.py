"""Devices that nobody registered, at a real Mosquitto: told of, provisioned, let in."""

import json

import pki
from broker import Broker, until
from bulwark import ACCOUNT, REGION
from test_provisioning import REGISTRATION, TRUST, jitp_body

ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})


def status(daemon, pem):
    try:
        return daemon.iot.describe_certificate(
            certificateId=pki.id_of(pem))["certificateDescription"]["status"]
    except daemon.iot.exceptions.ResourceNotFoundException:
        return None


def role(daemon):
    iam = daemon.client("iam")
    iam.create_role(RoleName="provisioning", AssumeRolePolicyDocument=TRUST)
    return f"arn:aws:iam::{ACCOUNT}:role/provisioning"


def broker_of(daemon, folder, ca):
    broker = Broker(folder, ca, data=daemon.data)
    broker.trust(ca)
    return broker


def gets_in(broker, name, pem, key):
    """A connection that is accepted, tried as a device does: again and again."""
    def attempt():
        client = broker.client(name, pem, key)
        return client if client.code == 0 else client.end()
    return until(f"{name} gets in", attempt)


def test_a_device_is_provisioned_by_its_first_connection_and_let_in_by_the_next(fresh, tmp_path):
    ca = pki.Authority("Plant")
    arn = role(fresh)
    fresh.client("iam").attach_role_policy(RoleName="provisioning", PolicyArn=REGISTRATION)
    pki.register_ca(fresh, ca, allowAutoRegistration=True, registrationConfig={
        "templateBody": jitp_body(), "roleArn": arn})
    pem, key = ca.device("pump-1")
    with broker_of(fresh, tmp_path, ca) as broker:
        until("the broker joins", lambda: '"broker.joined"' in fresh.log.read_text())
        first = broker.client("pump-1", pem, key)
        assert first.code != 0
        until("it is provisioned", lambda: status(fresh, pem) == "ACTIVE")
        gets_in(broker, "pump-1", pem, key)
    assert fresh.iot.list_thing_principals(thingName="pump-1")["principals"] == [
        f"arn:aws:iot:{REGION}:{ACCOUNT}:cert/{pki.id_of(pem)}"]


def test_without_a_template_the_registered_topic_tells(fresh, tmp_path):
    ca = pki.Authority("Plant")
    ca_id = pki.register_ca(fresh, ca, allowAutoRegistration=True)
    pem, key = ca.device("watcher")
    watcher = fresh.iot.register_certificate(certificatePem=pem, status="ACTIVE")
    fresh.iot.create_policy(policyName="all", policyDocument=ALLOW)
    fresh.iot.attach_policy(policyName="all", target=watcher["certificateArn"])
    with broker_of(fresh, tmp_path, ca) as broker:
        listener = gets_in(broker, "watcher", pem, key)
        topic = f"$aws/events/certificates/registered/{ca_id}"
        listener.subscribe(topic)
        new, new_key = ca.device("pump-2")
        assert broker.client("pump-2", new, new_key).code != 0
        event = until("the event", lambda: next(
            (json.loads(payload) for at, payload in listener.messages if at == topic), None))
        assert event["certificateId"] == pki.id_of(new)
        assert event["certificateStatus"] == "PENDING_ACTIVATION" == status(fresh, new)
        until("the message is done",
              lambda: fresh.raw("GET", "/bulwark/broker-messages").json["messages"] == [])
