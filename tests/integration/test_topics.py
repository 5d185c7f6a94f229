"""SNS: topics, their subscriptions and tags, through the real aws CLI and boto3."""

import json
import urllib.parse
import sqlite3

import pytest

import wire
from bulwark import ACCOUNT, REGION, error_of


def arn(name):
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"


@pytest.fixture
def sns(daemon):
    return daemon.client("sns")


def sent_token(daemon, endpoint):
    """The token on its way to an endpoint; read where it lies, as no API tells it."""
    with sqlite3.connect(f"file:{daemon.data}/bulwark.db?mode=ro", uri=True) as db:
        [row] = db.execute("SELECT token FROM subscription WHERE endpoint = ?", (endpoint,))
        return row[0]


def test_a_topic_lives_from_create_to_delete(daemon):
    made = daemon.aws("sns", "create-topic", "--name", "alarms", "--attributes",
                      "DisplayName=Alarms", "--tags", "Key=team,Value=lamps")
    assert made == {"TopicArn": arn("alarms")}
    assert daemon.aws("sns", "create-topic", "--name", "alarms") == made
    assert made in daemon.aws("sns", "list-topics")["Topics"]
    daemon.aws("sns", "set-topic-attributes", "--topic-arn", arn("alarms"), "--attribute-name",
               "DisplayName", "--attribute-value", "Bells")
    attributes = daemon.aws("sns", "get-topic-attributes", "--topic-arn",
                            arn("alarms"))["Attributes"]
    assert attributes["DisplayName"] == "Bells" and attributes["Owner"] == ACCOUNT
    assert attributes["SubscriptionsConfirmed"] == attributes["SubscriptionsPending"] == "0"
    assert '"SNS:Publish"' in attributes["Policy"]
    daemon.aws("sns", "tag-resource", "--resource-arn", arn("alarms"), "--tags",
               "Key=site,Value=north")
    daemon.aws("sns", "untag-resource", "--resource-arn", arn("alarms"), "--tag-keys", "team")
    assert daemon.aws("sns", "list-tags-for-resource", "--resource-arn", arn("alarms")) == {
        "Tags": [{"Key": "site", "Value": "north"}]}
    daemon.aws("sns", "delete-topic", "--topic-arn", arn("alarms"))
    daemon.aws("sns", "delete-topic", "--topic-arn", arn("alarms"))
    gone = daemon.aws("sns", "publish", "--topic-arn", arn("alarms"), "--message", "x", check=False)
    assert "(NotFound)" in gone.stderr and "Topic does not exist" in gone.stderr


def test_lists_go_page_by_page(daemon, sns):
    for number in range(120):
        sns.create_topic(Name=f"many-{number:03}")
    names = [topic["TopicArn"] for page in sns.get_paginator("list_topics").paginate()
             for topic in page["Topics"]]
    assert len(names) == len(set(names)) and {arn(f"many-{n:03}") for n in range(120)} <= set(names)


def test_a_subscription_is_pending_until_confirmed(daemon, sns):
    sns.create_topic(Name="doors")
    endpoint = "https://hook.example/doors"
    pending = daemon.aws("sns", "subscribe", "--topic-arn", arn("doors"), "--protocol", "https",
                         "--notification-endpoint", endpoint)
    assert pending == {"SubscriptionArn": "pending confirmation"}
    [listed] = daemon.aws("sns", "list-subscriptions-by-topic", "--topic-arn",
                          arn("doors"))["Subscriptions"]
    assert listed == {"SubscriptionArn": "PendingConfirmation", "Owner": ACCOUNT,
                      "Protocol": "https", "Endpoint": endpoint, "TopicArn": arn("doors")}
    wrong = daemon.aws("sns", "confirm-subscription", "--topic-arn", arn("doors"), "--token", "no",
                       check=False)
    assert "(InvalidParameter)" in wrong.stderr
    confirmed = daemon.aws("sns", "confirm-subscription", "--topic-arn", arn("doors"), "--token",
                           sent_token(daemon, endpoint))["SubscriptionArn"]
    assert confirmed.startswith(arn("doors") + ":")
    daemon.aws("sns", "set-subscription-attributes", "--subscription-arn", confirmed,
               "--attribute-name", "RawMessageDelivery", "--attribute-value", "true")
    attributes = daemon.aws("sns", "get-subscription-attributes", "--subscription-arn",
                            confirmed)["Attributes"]
    assert (attributes["PendingConfirmation"], attributes["RawMessageDelivery"],
            attributes["ConfirmationWasAuthenticated"]) == ("false", "true", "true")
    assert confirmed in {s["SubscriptionArn"]
                         for s in daemon.aws("sns", "list-subscriptions")["Subscriptions"]}
    daemon.aws("sns", "unsubscribe", "--subscription-arn", confirmed)
    assert error_of(sns.get_subscription_attributes, SubscriptionArn=confirmed)[:2] == \
        ("NotFound", 404)


def test_links_are_opened_without_a_signature(daemon, sns):
    sns.create_topic(Name="gates")
    endpoint = "https://hook.example/gates"
    sns.subscribe(TopicArn=arn("gates"), Protocol="https", Endpoint=endpoint)

    def follow(**query):
        target = "/?" + urllib.parse.urlencode({"Version": "2010-03-31", **query})
        return wire.request(daemon.url, "GET", target, {"Host": "bulwark.example"})

    token = sent_token(daemon, endpoint)
    wrong = follow(Action="ConfirmSubscription", TopicArn=arn("gates"), Token=token[:-1] + "x")
    assert wrong.status == 400 and b"InvalidParameter" in wrong.body
    assert follow(Action="ListTopics").status == 403
    assert follow(Action="Publish", TopicArn=arn("gates"), Message="x").status == 403
    done = follow(Action="ConfirmSubscription", TopicArn=arn("gates"), Token=token)
    assert done.status == 200, done.body
    [listed] = sns.list_subscriptions_by_topic(TopicArn=arn("gates"))["Subscriptions"]
    attributes = sns.get_subscription_attributes(
        SubscriptionArn=listed["SubscriptionArn"])["Attributes"]
    assert attributes["ConfirmationWasAuthenticated"] == "false"
    gone = follow(Action="Unsubscribe", SubscriptionArn=listed["SubscriptionArn"])
    assert gone.status == 200, gone.body
    assert sns.list_subscriptions_by_topic(TopicArn=arn("gates"))["Subscriptions"] == []


def test_what_is_not_offered_is_refused_by_name(daemon, sns):
    sns.create_topic(Name="locks")
    told = error_of(sns.subscribe, TopicArn=arn("locks"), Protocol="email", Endpoint="a@b.example")
    assert told[0] == "InvalidParameter" and "email is not offered; http, https and mqtt" in told[2]
    told = error_of(sns.subscribe, TopicArn=arn("locks"), Protocol="http", Endpoint="http://a/",
                    Attributes={"FilterPolicy": "{}"})
    assert told[0] == "InvalidParameter" and "FilterPolicy is not offered" in told[2]
    told = error_of(sns.publish, TopicArn=arn("locks"), Message="x", MessageStructure="json")
    assert told[0] == "InvalidParameter" and "MessageStructure" in told[2]
    told = error_of(sns.publish, TopicArn=arn("locks"), Message="x" * (256 * 1024 + 1))
    assert told[0] == "InvalidParameter" and "Message too long" in told[2]
    assert error_of(sns.publish_batch, TopicArn=arn("locks"), PublishBatchRequestEntries=[
        {"Id": "1", "Message": "x"}])[1] == 501
    waits = {"TopicArn": arn("locks"), "Protocol": "mqtt", "Endpoint": "alarms/locks"}
    assert sns.subscribe(**waits)["SubscriptionArn"] == "pending confirmation"
    waiting = sns.subscribe(**waits, ReturnSubscriptionArn=True)["SubscriptionArn"]
    said = sns.get_subscription_attributes(SubscriptionArn=waiting)["Attributes"]
    assert (said["PendingConfirmation"], said["BulwarkWaitsFor"]) == ("true", "broker")
    assert sns.publish(TopicArn=arn("locks"), Message="x")["MessageId"]


def test_a_topics_policy_decides_with_those_of_users(daemon, sns):
    iam = daemon.client("iam")
    users = {}
    for name in ("reporter", "stranger"):
        iam.create_user(UserName=name)
        users[name] = daemon.as_user(iam.create_access_key(UserName=name)["AccessKey"])

    def statement(effect, name, action):
        return {"Sid": f"{effect} {name}", "Effect": effect, "Action": f"SNS:{action}",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{name}"},
                "Resource": arn("press")}

    def ask(name, operation, **arguments):
        return error_of(getattr(users[name].client("sns"), operation), TopicArn=arn("press"),
                        **arguments)
    sns.create_topic(Name="press")
    assert "no identity-based policy allows" in ask("reporter", "publish", Message="x")[2]
    daemon.aws("sns", "set-topic-attributes", "--topic-arn", arn("press"), "--attribute-name",
               "Policy", "--attribute-value", json.dumps({"Version": "2012-10-17", "Statement": [
                   statement("Allow", "reporter", "Publish"),
                   statement("Deny", "stranger", "*")]}))
    assert users["reporter"].client("sns").publish(TopicArn=arn("press"), Message="x")["MessageId"]
    assert ask("reporter", "subscribe", Protocol="http", Endpoint="http://a.example/")[:2] == (
        "AuthorizationError", 403)
    iam.put_user_policy(UserName="stranger", PolicyName="all", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    refused = ask("stranger", "publish", Message="x")
    assert refused[:2] == ("AuthorizationError", 403)
    assert ("with an explicit deny in a resource-based policy: the policy of topic "
            f"{arn('press')}, statement 2 (Deny stranger), denies sns:Publish") in refused[2]
    assert ask("stranger", "get_topic_attributes")[1] == 403
    told = error_of(sns.set_topic_attributes, TopicArn=arn("press"), AttributeName="Policy",
                    AttributeValue='{"Version": "2012-10-17", "Statement": []}')
    assert told[0] == "InvalidParameter" and "the policy has no statement" in told[2]
    sns.set_topic_attributes(TopicArn=arn("press"), AttributeName="Policy", AttributeValue="")
    users["stranger"].client("sns").publish(TopicArn=arn("press"), Message="x")
