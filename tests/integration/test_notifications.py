"""Notifications: from an audit's end, or a Publish, to a webhook that fails, stalls and recovers."""

import hashlib
import hmac
import json
import re
import shlex
import sqlite3
import subprocess
import time
import urllib.request

import pytest

from bulwark import ACCOUNT, BUILD, REGION, Daemon
from receiver import Receiver
from test_iam import TRUST
from test_manuals import bash, blocks

LOGGING = "LOGGING_DISABLED_CHECK"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/notifier"
ALLOW = ("--fetch-allow", "127.0.0.0/8")


def arn(name):
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("bulwark"), *ALLOW) as running:
        yield running


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


def subscribe(daemon, topic, url, **attributes):
    sns = daemon.client("sns")
    sns.create_topic(Name=topic)
    return sns.subscribe(TopicArn=arn(topic), Protocol="http", Endpoint=url, Attributes={
        "BulwarkConfirmed": "true", **attributes})["SubscriptionArn"]


def publish(daemon, topic, message="hello", **arguments):
    return daemon.client("sns").publish(TopicArn=arn(topic), Message=message,
                                        **arguments)["MessageId"]


def outbox(daemon, state="PENDING"):
    with sqlite3.connect(f"file:{daemon.data}/bulwark.db?mode=ro", uri=True) as db:
        return list(db.execute("SELECT id, kind, endpoint, attempts, last_error FROM outbox "
                               "WHERE state = ?", (state,)))


def wait_outbox(daemon, n, state="PENDING", seconds=20):
    deadline = time.monotonic() + seconds
    while len(outbox(daemon, state)) != n:
        assert time.monotonic() < deadline, outbox(daemon, state)
        time.sleep(0.05)
    return outbox(daemon, state)


def metric(daemon, name):
    return int(re.search(rf"^bulwark_{name} (\d+)$", daemon.get("/metrics").body.decode(),
                         re.M).group(1))


def tell_audits(daemon, topic, enabled=True):
    reply = daemon.raw("PATCH", "/audit/configuration", {
        "roleArn": daemon.ROLE, "auditCheckConfigurations": {LOGGING: {"enabled": True}},
        "auditNotificationTargetConfigurations": {
            "SNS": {"targetArn": topic, "roleArn": ROLE, "enabled": enabled}}})
    assert reply.status == 200, reply.body


# ---- subscribing and publishing


def test_a_receiver_confirms_hears_and_unsubscribes(daemon, receiver):
    sns = daemon.client("sns")
    sns.create_topic(Name="talk")
    sns.subscribe(TopicArn=arn("talk"), Protocol="http", Endpoint=receiver.url + "/talk")
    [asked] = receiver.wait("/talk", 1)
    assert asked.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert asked.headers["x-amz-sns-topic-arn"] == arn("talk")
    assert asked.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert asked.json["Type"] == "SubscriptionConfirmation"
    assert {"MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp"} <= \
        asked.json.keys()
    publish(daemon, "talk", "too early")
    with urllib.request.urlopen(asked.json["SubscribeURL"], timeout=10) as reply:
        assert b"ConfirmSubscriptionResult" in reply.read()
    wait_outbox(daemon, 0)
    message = publish(daemon, "talk", "hello \u00e4\n", Subject="Greeting")
    told = receiver.wait("/talk", 2)[1]
    assert told.json["Type"] == "Notification"
    assert told.json["MessageId"] == message == told.headers["x-amz-sns-message-id"]
    assert (told.json["Message"], told.json["Subject"]) == ("hello \u00e4\n", "Greeting")
    assert told.headers["x-amz-sns-subscription-arn"].startswith(arn("talk") + ":")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told.json["Timestamp"])
    with urllib.request.urlopen(told.json["UnsubscribeURL"], timeout=10) as reply:
        assert reply.status == 200
    publish(daemon, "talk", "too late")
    wait_outbox(daemon, 0)
    assert len(receiver.got["/talk"]) == 2


def test_raw_delivery_is_the_message_and_a_secret_signs_it(daemon, receiver):
    subscribe(daemon, "raw", receiver.url + "/raw", RawMessageDelivery="true",
              BulwarkSecret="s3cret")
    publish(daemon, "raw", '{"a": 1}')
    [got] = receiver.wait("/raw", 1)
    assert got.body == b'{"a": 1}' and got.headers["x-amz-sns-rawdelivery"] == "true"
    assert got.headers["x-bulwark-signature"] == \
        "sha256=" + hmac.new(b"s3cret", got.body, hashlib.sha256).hexdigest()


def test_loopback_is_refused_unless_it_is_listed(tmp_path, receiver):
    with Daemon(tmp_path) as strict:
        subscribe(strict, "t", receiver.url + "/strict")
        publish(strict, "t")
        deadline = time.monotonic() + 20
        while not any(row[4] for row in outbox(strict)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        [row] = outbox(strict)
        assert "a loopback address" in row[4] and row[3] >= 1
        assert receiver.tries["/strict"] == 0


# ---- audits


def test_an_audits_end_is_told_in_the_guides_payload(daemon, receiver):
    subscribe(daemon, "audits", receiver.url + "/audits")
    tell_audits(daemon, arn("audits"))
    before = int(time.time() * 1000)
    audit = daemon.audit(LOGGING)
    [got] = receiver.wait("/audits", 1)
    assert "Subject" not in got.json
    payload = json.loads(got.json["Message"])
    assert isinstance(payload["taskStartTime"], int)
    assert before - 1000 <= payload.pop("taskStartTime") <= before + 60000
    assert payload == {
        "accountId": ACCOUNT, "taskId": audit["taskId"], "taskStatus": "COMPLETED",
        "taskType": "ON_DEMAND_AUDIT_TASK", "failedChecksCount": 0, "canceledChecksCount": 0,
        "nonCompliantChecksCount": 1, "compliantChecksCount": 0, "totalChecksCount": 1,
        "auditDetails": [{
            "checkName": LOGGING, "checkRunStatus": "COMPLETED_NON_COMPLIANT",
            "nonCompliantResourcesCount": 1, "totalResourcesCount": 1,
            "suppressedNonCompliantResourcesCount": 0}]}
    assert '"notification.role_not_held"' in daemon.log.read_text()
    tell_audits(daemon, arn("audits"), enabled=False)
    daemon.audit(LOGGING)
    wait_outbox(daemon, 0)
    assert len(receiver.got["/audits"]) == 1


def test_a_role_that_is_held_decides(fresh_allowed, receiver):
    daemon = fresh_allowed
    iam = daemon.client("iam")
    iam.create_role(RoleName="notifier", AssumeRolePolicyDocument=json.dumps(TRUST))
    subscribe(daemon, "audits", receiver.url + "/held")
    tell_audits(daemon, arn("audits"))
    daemon.audit(LOGGING)
    [dead] = wait_outbox(daemon, 1, "DEAD")
    assert "no policy of role notifier allows sns:Publish on " + arn("audits") in dead[4]
    iam.put_role_policy(RoleName="notifier", PolicyName="publish", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sns:Publish", "Resource": arn("audits")}]}))
    daemon.audit(LOGGING)
    receiver.wait("/held", 1)
    assert len(outbox(daemon, "DEAD")) == 1


@pytest.fixture
def fresh_allowed(tmp_path):
    with Daemon(tmp_path, *ALLOW) as running:
        yield running


# ---- what goes wrong


def test_a_slow_receiver_delays_no_other(daemon, receiver):
    receiver.mode["/slow"] = "stall"
    subscribe(daemon, "both", receiver.url + "/slow")
    subscribe(daemon, "both", receiver.url + "/quick")
    ids = [publish(daemon, "both", str(number)) for number in range(20)]
    began = time.monotonic()
    quick = receiver.wait("/quick", 20)
    assert time.monotonic() - began < 10  # a try that stalls takes 15 s
    assert {got.json["MessageId"] for got in quick} == set(ids)
    assert receiver.tries["/slow"] <= 4 and not receiver.got["/slow"]
    receiver.go.set()
    receiver.wait("/slow", 20)
    wait_outbox(daemon, 0)


def test_a_receiver_down_for_an_hour_loses_nothing(fresh_allowed):
    daemon = fresh_allowed
    receiver = Receiver()
    receiver.mode["/hook"] = 503
    subscribe(daemon, "down", receiver.url + "/hook")
    ids = {publish(daemon, "down", str(number)) for number in range(5)}
    receiver.wait_tries("/hook", 1)
    receiver.close()  # now nobody listens at all
    for minute in (1, 10, 25, 45, 65):
        daemon.move_clock(seconds=60 * minute)
        time.sleep(0.7)
    pending = outbox(daemon)
    assert len(pending) == 5 and outbox(daemon, "DEAD") == []
    assert any(row[4] and "status 503" in row[4] or "nobody is listening" in (row[4] or "")
               for row in pending)
    with Receiver(receiver.port) as again:
        daemon.move_clock(seconds=60 * 80)
        assert {got.json["MessageId"] for got in again.wait("/hook", 5, 40)} == ids
    wait_outbox(daemon, 0)
    assert metric(daemon, "notifications_delivered_total") == 5
    assert metric(daemon, "notifications_failed_total") >= 2
    assert metric(daemon, "notifications_dead_total") == 0


def test_what_is_given_up_after_a_day_is_dead_and_counted(fresh_allowed, receiver):
    daemon = fresh_allowed
    receiver.mode["/hook"] = 500
    subscribe(daemon, "never", receiver.url + "/hook")
    publish(daemon, "never")
    receiver.wait_tries("/hook", 1)
    daemon.move_clock(days=1.01)
    [dead] = wait_outbox(daemon, 1, "DEAD")
    assert "answered with status 500" in dead[4]
    assert metric(daemon, "notifications_dead_total") == 1
    assert metric(daemon, "notifications_dead_letters") == 1
    assert '"notification.dead"' in daemon.log.read_text()


def test_killed_at_any_moment_everything_arrives(fresh_allowed, receiver):
    daemon = fresh_allowed
    receiver.mode["/hook"] = "stall"
    subscribe(daemon, "killed", receiver.url + "/hook")
    ids = {publish(daemon, "killed", str(number)) for number in range(10)}
    receiver.wait_tries("/hook", 1)
    daemon.kill()
    receiver.go.set()
    daemon.start()
    ids |= {publish(daemon, "killed", "after")}
    daemon.kill()
    daemon.start()
    wait_outbox(daemon, 0)
    assert {got.json["MessageId"] for got in receiver.got["/hook"]} == ids


# ---- looking after what was given up


def bulwark(daemon, *words):
    return subprocess.run([BUILD / "bulwark", *words, "--data", daemon.data], capture_output=True,
                          text=True, timeout=60)


def test_dead_letters_are_listed_shown_and_sent_again(fresh_allowed, receiver):
    daemon = fresh_allowed
    sns = daemon.client("sns")
    topic = sns.create_topic(Name="later")["TopicArn"]
    tell_audits(daemon, arn("missing"))
    audit = daemon.audit(LOGGING)["taskId"]
    [(ident, *_)] = wait_outbox(daemon, 1, "DEAD")
    listed = bulwark(daemon, "notifications")
    assert listed.returncode == 1, listed.stderr
    assert ident in listed.stdout and "1 DEAD" in listed.stdout
    assert "is not held here" in " ".join(listed.stdout.split())
    shown = bulwark(daemon, "notifications", "show", ident)
    assert shown.returncode == 0 and audit in shown.stdout, shown.stderr
    waiting = bulwark(daemon, "notifications", "--pending")
    assert (waiting.returncode, waiting.stdout) == (0, "0 PENDING\n")
    subscribe(daemon, "missing", receiver.url + "/again")
    sent = bulwark(daemon, "notifications", "send", "--dead")
    assert (sent.returncode, sent.stdout) == (0, "1 will be sent again\n"), sent.stderr
    receiver.wait("/again", 1)
    wait_outbox(daemon, 0)
    assert bulwark(daemon, "notifications").returncode == 0
    assert bulwark(daemon, "notifications", "send", ident).returncode == 2
    assert bulwark(daemon, "notifications", "show", "a/b").returncode == 2
    assert bulwark(daemon, "notifications", "send").returncode == 2
    assert topic == arn("later")


def test_a_token_that_waits_is_told_to_nobody(fresh_allowed, receiver):
    daemon = fresh_allowed
    receiver.mode["/no"] = 500
    sns = daemon.client("sns")
    sns.create_topic(Name="secret")
    sns.subscribe(TopicArn=arn("secret"), Protocol="http", Endpoint=receiver.url + "/no")
    receiver.wait_tries("/no", 1)
    [row] = daemon.raw("GET", "/bulwark/notifications?status=PENDING").json["notifications"]
    path = f"/bulwark/notifications/{row['notificationId']}"
    assert "message" not in daemon.raw("GET", path).json
    assert daemon.raw("POST", path + "/resend", {}).status == 400


def test_the_page_does_what_it_says(fresh_allowed, tmp_path):
    daemon = fresh_allowed
    function, *commands = blocks("docs/notifications.md", "## From an audit to a webhook")
    with Receiver() as receiver:
        script = "".join([function, *commands])
        for old, new in (("http://127.0.0.1:8480", daemon.url),
                         ("http://127.0.0.1:9099", receiver.url)):
            assert old in script
            script = script.replace(old, new)
        done = bash(script, tmp_path, DIR=str(daemon.data),
                    AWS_SHARED_CREDENTIALS_FILE=str(daemon.data / "credentials"))
        assert done.returncode == 0, done.stdout + done.stderr
        assert "0 will be sent again" in done.stdout
        got = receiver.wait("/audits", 2)
    assert {got[0].json["Message"], got[1].json["Message"]} >= {"The fleet is being audited"}
    (command,) = blocks("docs/notifications.md", "## What arrives")
    signed = bash(f"body={shlex.quote(got[0].body.decode())}\n" + command, tmp_path)
    assert signed.stdout.split()[-1] == got[0].headers["x-bulwark-signature"].removeprefix(
        "sha256=")


# ---- topics of another account


def test_a_topic_of_another_account_is_published_to_there(tmp_path, receiver, monkeypatch):
    (tmp_path / "far").mkdir()
    (tmp_path / "near").mkdir()
    far = Daemon(tmp_path / "far", *ALLOW, "--account", "210987654321")
    with far:
        topic = f"arn:aws:sns:{REGION}:210987654321:alarms"
        sns = far.client("sns")
        assert sns.create_topic(Name="alarms")["TopicArn"] == topic
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=receiver.url + "/far",
                      Attributes={"BulwarkConfirmed": "true"})
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(far.data / "credentials"))
        monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
        with Daemon(tmp_path / "near", "--sns-endpoint", far.url + "/") as near:
            tell_audits(near, topic)
            audit = near.audit(LOGGING)
            [got] = receiver.wait("/far", 1)
            assert json.loads(got.json["Message"])["taskId"] == audit["taskId"]
            wait_outbox(near, 0)
        with Daemon(tmp_path / "near") as near:
            near.audit(LOGGING)
            [dead] = wait_outbox(near, 1, "DEAD")
            assert "is not held here, and no sns-endpoint is set" in dead[4]
