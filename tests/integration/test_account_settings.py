"""Tags, role aliases, logging options and endpoints, through the API."""

import pytest

from bulwark import ACCOUNT, REGION, Daemon, error_of

ROLE = f"arn:aws:iam::{ACCOUNT}:role/devices"
ALIAS_ARN = f"arn:aws:iot:{REGION}:{ACCOUNT}:rolealias/"
INVALID = ("InvalidRequestException", 400)
NOT_FOUND = ("ResourceNotFoundException", 404)

# ---- tags


def test_tags_are_put_listed_and_removed(daemon):
    iot = daemon.iot
    arn = iot.create_thing_group(thingGroupName="tagged", tags=[{"Key": "a", "Value": "1"}])[
        "thingGroupArn"]
    iot.tag_resource(resourceArn=arn, tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}])
    iot.tag_resource(resourceArn=arn, tags=[{"Key": "größe:x/y=z+1-@", "Value": ""}])
    listed = daemon.aws("iot", "list-tags-for-resource", "--resource-arn", arn)["tags"]
    assert listed == [{"Key": "a", "Value": "3"}, {"Key": "b", "Value": "2"},
                      {"Key": "größe:x/y=z+1-@", "Value": ""}]
    iot.untag_resource(resourceArn=arn, tagKeys=["a", "not-there"])
    assert [t["Key"] for t in iot.list_tags_for_resource(resourceArn=arn)["tags"]] == \
        ["b", "größe:x/y=z+1-@"]
    iot.delete_thing_group(thingGroupName="tagged")
    assert error_of(iot.list_tags_for_resource, resourceArn=arn)[:2] == NOT_FOUND


def test_every_kind_that_can_be_tagged_is(daemon):
    iot = daemon.iot
    tags = [{"Key": "k", "Value": "v"}]
    policy = ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect",'
              '"Resource":"arn:aws:iot:us-east-1:123456789012:client/lamp"}]}')
    arns = [
        iot.create_thing_type(thingTypeName="tagged", tags=tags)["thingTypeArn"],
        iot.create_role_alias(roleAlias="tagged", roleArn=ROLE, tags=tags)["roleAliasArn"],
        iot.create_dynamic_thing_group(thingGroupName="tagged-d", queryString="x", tags=tags)[
            "thingGroupArn"],
        iot.create_policy(policyName="tagged", policyDocument=policy, tags=tags)["policyArn"],
    ]
    for arn in arns:
        assert iot.list_tags_for_resource(resourceArn=arn)["tags"] == tags, arn


def test_bad_tags_are_refused(daemon):
    iot = daemon.iot
    arn = iot.create_thing_group(thingGroupName="full")["thingGroupArn"]
    many = [{"Key": f"k{i}", "Value": "v"} for i in range(50)]
    iot.tag_resource(resourceArn=arn, tags=many)
    assert error_of(iot.tag_resource, resourceArn=arn, tags=[{"Key": "one", "Value": ""}])[:2] == \
        ("LimitExceededException", 410)
    assert error_of(iot.tag_resource, resourceArn=arn, tags=[{"Key": "aws:x", "Value": ""}])[:2] \
        == INVALID
    assert error_of(iot.tag_resource, resourceArn=arn, tags=[{"Key": "a*b", "Value": ""}])[:2] \
        == INVALID
    thing = iot.create_thing(thingName="untaggable")["thingArn"]
    assert error_of(iot.tag_resource, resourceArn=thing, tags=[])[:2] == INVALID
    assert error_of(iot.untag_resource, resourceArn=ALIAS_ARN + "none", tagKeys=["a"])[:2] == \
        NOT_FOUND


# ---- role aliases


def test_the_life_of_a_role_alias_with_the_cli(daemon):
    made = daemon.aws("iot", "create-role-alias", "--role-alias", "cli=alias,1", "--role-arn", ROLE)
    assert made == {"roleAlias": "cli=alias,1", "roleAliasArn": ALIAS_ARN + "cli=alias,1"}
    shown = daemon.aws("iot", "describe-role-alias", "--role-alias", "cli=alias,1")
    description = shown["roleAliasDescription"]
    assert description["credentialDurationSeconds"] == 3600
    assert description["owner"] == ACCOUNT
    assert description["roleArn"] == ROLE
    daemon.aws("iot", "update-role-alias", "--role-alias", "cli=alias,1",
               "--credential-duration-seconds", 900)
    shown = daemon.iot.describe_role_alias(roleAlias="cli=alias,1")["roleAliasDescription"]
    assert shown["credentialDurationSeconds"] == 900
    assert shown["lastModifiedDate"] >= shown["creationDate"]
    daemon.aws("iot", "delete-role-alias", "--role-alias", "cli=alias,1")
    assert error_of(daemon.iot.describe_role_alias, roleAlias="cli=alias,1")[:2] == NOT_FOUND


def test_role_aliases_are_listed_in_either_order(daemon):
    iot = daemon.iot
    for i in range(7):
        iot.create_role_alias(roleAlias=f"order-{i}", roleArn=ROLE)

    def all_of(**order):
        found, marker = [], {}
        while True:
            page = iot.list_role_aliases(pageSize=3, **order, **marker)
            found += page["roleAliases"]
            if "nextMarker" not in page:
                return [alias for alias in found if alias.startswith("order-")]
            marker = {"marker": page["nextMarker"]}

    ascending = [f"order-{i}" for i in range(7)]
    assert all_of(ascendingOrder=True) == ascending
    assert all_of(ascendingOrder=False) == all_of() == ascending[::-1]


def test_bad_role_aliases_are_refused(daemon):
    iot = daemon.iot
    iot.create_role_alias(roleAlias="taken", roleArn=ROLE)
    rows = [
        (iot.create_role_alias, {"roleAlias": "taken", "roleArn": ROLE},
         ("ResourceAlreadyExistsException", 409)),
        (iot.create_role_alias, {"roleAlias": "x", "roleArn": "arn:aws:iam::1:user/some-one"},
         INVALID),
        (iot.create_role_alias, {"roleAlias": "a b", "roleArn": ROLE}, INVALID),
        (iot.update_role_alias, {"roleAlias": "none", "roleArn": ROLE}, NOT_FOUND),
        (iot.delete_role_alias, {"roleAlias": "none"}, NOT_FOUND),
    ]
    for call, arguments, want in rows:
        assert error_of(call, **arguments)[:2] == want, (call, arguments)
    for seconds in (899, 43201):  # the SDK would not send the first
        reply = daemon.raw("POST", "/role-aliases/x",
                           {"roleArn": ROLE, "credentialDurationSeconds": seconds})
        assert reply.status == 400
        assert "credentialDurationSeconds" in reply.json["message"]


# ---- logging


def test_v2_logging_from_nothing_to_levels(fresh):
    iot = fresh.iot
    assert error_of(iot.get_v2_logging_options)[:2] == ("NotConfiguredException", 404)
    assert error_of(iot.list_v2_logging_levels)[:2] == ("NotConfiguredException", 404)
    assert error_of(iot.set_v2_logging_level, logTarget={"targetType": "DEFAULT"},
                    logLevel="INFO")[:2] == ("NotConfiguredException", 404)
    assert error_of(iot.set_v2_logging_options, roleArn=ROLE)[:2] == INVALID
    assert error_of(iot.set_v2_logging_options, defaultLogLevel="INFO")[:2] == INVALID
    assert iot.get_logging_options()["logLevel"] == "DISABLED"
    fresh.aws("iot", "set-v2-logging-options", "--role-arn", ROLE, "--default-log-level", "WARN")
    got = fresh.aws("iot", "get-v2-logging-options")
    assert (got["roleArn"], got["defaultLogLevel"], got["disableAllLogs"]) == (ROLE, "WARN", False)
    iot.create_thing_group(thingGroupName="house")
    iot.set_v2_logging_level(logTarget={"targetType": "THING_GROUP", "targetName": "house"},
                             logLevel="DEBUG")
    iot.set_v2_logging_level(logTarget={"targetType": "CLIENT_ID", "targetName": "lamp"},
                             logLevel="ERROR")
    assert error_of(iot.set_v2_logging_level, logLevel="INFO", logTarget={
        "targetType": "THING_GROUP", "targetName": "none"})[:2] == INVALID
    levels = fresh.aws("iot", "list-v2-logging-levels")["logTargetConfigurations"]
    assert levels == [
        {"logTarget": {"targetType": "CLIENT_ID", "targetName": "lamp"}, "logLevel": "ERROR"},
        {"logTarget": {"targetType": "DEFAULT"}, "logLevel": "WARN"},
        {"logTarget": {"targetType": "THING_GROUP", "targetName": "house"}, "logLevel": "DEBUG"}]
    iot.delete_v2_logging_level(targetType="CLIENT_ID", targetName="lamp")
    only = iot.list_v2_logging_levels(targetType="CLIENT_ID")
    assert only["logTargetConfigurations"] == []
    iot.set_v2_logging_options(disableAllLogs=True)
    assert iot.get_v2_logging_options()["disableAllLogs"] is True


def test_v2_events_are_kept(daemon):
    """Newer than the packaged SDK."""
    events = [{"eventType": "Connect", "logLevel": "DEBUG", "logDestination": "a/b"},
              {"eventType": "Publish-In"}]
    reply = daemon.raw("POST", "/v2LoggingOptions", {
        "roleArn": ROLE, "defaultLogLevel": "ERROR", "eventConfigurations": events})
    assert reply.status == 200
    assert daemon.raw("GET", "/v2LoggingOptions?verbose=true").json["eventConfigurations"] == events
    twice = daemon.raw("POST", "/v2LoggingOptions", {"eventConfigurations": [events[1]] * 2})
    assert twice.status == 400


def test_v1_logging_is_set_and_shown(daemon):
    daemon.iot.set_logging_options(loggingOptionsPayload={"roleArn": ROLE, "logLevel": "INFO"})
    got = daemon.iot.get_logging_options()
    assert (got["roleArn"], got["logLevel"]) == (ROLE, "INFO")
    assert error_of(daemon.iot.set_logging_options,
                    loggingOptionsPayload={"roleArn": "nobody"})[:2] == INVALID


# ---- endpoints


@pytest.mark.parametrize("kind", [None, "iot:Data", "iot:Data-ATS", "iot:CredentialProvider",
                                  "iot:Jobs"])
def test_the_endpoint_is_the_configured_host(tmp_path_factory, kind, broker):
    arguments = {"endpointType": kind} if kind else {}
    assert broker.iot.describe_endpoint(**arguments)["endpointAddress"] == "mqtt.example.org"


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("broker"), "--endpoint", "mqtt.example.org") as running:
        yield running


def test_without_a_setting_the_endpoint_is_where_the_daemon_listens(daemon):
    assert daemon.iot.describe_endpoint()["endpointAddress"] == "127.0.0.1"
    assert error_of(daemon.iot.describe_endpoint, endpointType="iot:Nothing")[:2] == INVALID
