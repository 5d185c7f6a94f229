"""Things through the API: what the aws CLI and the SDKs see, errors by type and HTTP status."""

import concurrent.futures

import pytest

from bulwark import ACCOUNT, REGION, error_of

ARN = f"arn:aws:iot:{REGION}:{ACCOUNT}:thing/"


def pages(call, member, size, **arguments):
    """Every entry of a list, page by page, as a client goes through it."""
    entries, token = [], {}
    while True:
        page = call(maxResults=size, **arguments, **token)
        assert len(page[member]) <= size
        entries += page[member]
        if "nextToken" not in page:
            return entries
        token = {"nextToken": page["nextToken"]}


@pytest.fixture(scope="module")
def fleet(daemon):
    """A thousand things of a type, in ten rows."""
    daemon.iot.create_thing_type(thingTypeName="fleet")

    def create(i):
        daemon.iot.create_thing(
            thingName=f"fleet-{i:04}", thingTypeName="fleet",
            attributePayload={"attributes": {"row": f"r{i // 100}", "serial": str(i)}})

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(create, range(1000)))
    return [f"fleet-{i:04}" for i in range(1000)]


def test_the_life_of_a_thing_with_the_cli(daemon):
    made = daemon.aws("iot", "create-thing", "--thing-name", "cli:lamp_1-a", "--attribute-payload",
                      '{"attributes":{"color":"red","room":"7/b"}}')
    assert made["thingArn"] == ARN + "cli:lamp_1-a"
    assert made["thingName"] == "cli:lamp_1-a"
    shown = daemon.aws("iot", "describe-thing", "--thing-name", "cli:lamp_1-a")
    assert shown == {
        "defaultClientId": "cli:lamp_1-a", "thingName": "cli:lamp_1-a", "thingId": made["thingId"],
        "thingArn": ARN + "cli:lamp_1-a", "attributes": {"color": "red", "room": "7/b"},
        "version": 1}
    daemon.aws("iot", "update-thing", "--thing-name", "cli:lamp_1-a", "--expected-version", 1,
               "--attribute-payload", '{"attributes":{"color":"","size":"xl"},"merge":true}')
    shown = daemon.aws("iot", "describe-thing", "--thing-name", "cli:lamp_1-a")
    assert (shown["attributes"], shown["version"]) == ({"room": "7/b", "size": "xl"}, 2)
    daemon.aws("iot", "delete-thing", "--thing-name", "cli:lamp_1-a", "--expected-version", 2)
    gone = daemon.aws("iot", "describe-thing", "--thing-name", "cli:lamp_1-a", check=False)
    assert gone.returncode == 254 or gone.returncode == 255
    assert "ResourceNotFoundException" in gone.stderr
    assert "no thing is named cli:lamp_1-a" in gone.stderr


def test_creating_again_is_judged_by_configuration(daemon):
    payload = {"attributes": {"a": "1"}}
    first = daemon.iot.create_thing(thingName="again", attributePayload=payload)
    assert daemon.iot.create_thing(thingName="again", attributePayload=payload)["thingId"] == \
        first["thingId"]
    reply = daemon.raw("POST", "/things/again", {})
    assert reply.status == 409
    assert reply.headers["x-amzn-ErrorType"].startswith("ResourceAlreadyExistsException")
    assert reply.json["resourceArn"] == ARN + "again"
    assert reply.json["resourceId"] == "again"


def test_errors_have_the_type_and_status_of_the_contract(daemon):
    iot = daemon.iot
    iot.create_thing(thingName="errors")
    attributes = {f"a{i}": "x" for i in range(4)}
    rows = [
        (iot.describe_thing, {"thingName": "nobody"}, "ResourceNotFoundException", 404),
        (iot.update_thing, {"thingName": "nobody"}, "ResourceNotFoundException", 404),
        (iot.update_thing, {"thingName": "errors", "expectedVersion": 7},
         "VersionConflictException", 409),
        (iot.delete_thing, {"thingName": "errors", "expectedVersion": 7},
         "VersionConflictException", 409),
        (iot.update_thing, {"thingName": "errors", "thingTypeName": "none"},
         "ResourceNotFoundException", 404),
        (iot.create_thing, {"thingName": "errors2", "thingTypeName": "none"},
         "ResourceNotFoundException", 404),
        (iot.create_thing, {"thingName": "errors2", "attributePayload": {"attributes": attributes}},
         "InvalidRequestException", 400),
        (iot.create_thing, {"thingName": "not/a name"}, "InvalidRequestException", 400),
        (iot.create_thing, {"thingName": "x" * 129}, "InvalidRequestException", 400),
        (iot.create_thing, {"thingName": "errors2",
                            "attributePayload": {"attributes": {"a b": "x"}}},
         "InvalidRequestException", 400),
        (iot.create_thing, {"thingName": "errors2",
                            "attributePayload": {"attributes": {"a": "x" * 801}}},
         "InvalidRequestException", 400),
        (iot.create_thing, {"thingName": "errors2", "billingGroupName": "b"},
         "NotImplementedException", 501),
        (iot.list_things, {"attributeValue": "x"}, "InvalidRequestException", 400),
        (iot.list_things, {"nextToken": "bm90IG91cnM="}, "InvalidRequestException", 400),
    ]
    for call, arguments, code, status in rows:
        assert error_of(call, **arguments)[:2] == (code, status), arguments
    assert "errors2" not in [t["thingName"] for t in pages(iot.list_things, "things", 250)]


def test_deleting_a_thing_that_is_not_there_succeeds(daemon):
    daemon.iot.delete_thing(thingName="never-was")


def test_a_thousand_things_are_paged_each_once(daemon, fleet):
    for size in (7, 100, 250):
        found = pages(daemon.iot.list_things, "things", size, thingTypeName="fleet")
        assert [t["thingName"] for t in found] == fleet
    paginator = daemon.iot.get_paginator("list_things")
    names = [t["thingName"] for page in paginator.paginate(thingTypeName="fleet")
             for t in page["things"]]
    assert names == fleet


def test_the_cli_pages_by_itself(daemon, fleet):
    listed = daemon.aws("iot", "list-things", "--thing-type-name", "fleet", "--page-size", 200)
    assert [t["thingName"] for t in listed["things"]] == fleet
    cut = daemon.aws("iot", "list-things", "--thing-type-name", "fleet", "--max-items", 3)
    assert [t["thingName"] for t in cut["things"]] == fleet[:3]
    assert cut["NextToken"]


def test_things_are_found_by_attribute(daemon, fleet):
    row = pages(daemon.iot.list_things, "things", 30, attributeName="row", attributeValue="r3")
    assert [t["thingName"] for t in row] == fleet[300:400]
    one = daemon.iot.list_things(attributeName="serial", attributeValue="417")["things"]
    assert one == [{"thingName": "fleet-0417", "thingTypeName": "fleet", "version": 1,
                    "thingArn": ARN + "fleet-0417",
                    "attributes": {"row": "r4", "serial": "417"}}]
    prefix = pages(daemon.iot.list_things, "things", 4, attributeName="serial",
                   attributeValue="99", usePrefixAttributeValue=True)
    assert sorted(t["attributes"]["serial"] for t in prefix) == \
        sorted(["99"] + [str(i) for i in range(990, 1000)])
    none = daemon.iot.list_things(attributeName="row", attributeValue="r3", thingTypeName="other")
    assert none["things"] == []


def test_a_token_serves_its_own_list_only(daemon, fleet):
    token = daemon.iot.list_things(thingTypeName="fleet", maxResults=5)["nextToken"]
    assert daemon.iot.list_things(thingTypeName="fleet", maxResults=5, nextToken=token)
    for other in ({}, {"thingTypeName": "else"}, {"attributeName": "row"}):
        assert error_of(daemon.iot.list_things, nextToken=token, **other)[:2] == \
            ("InvalidRequestException", 400)
    assert error_of(daemon.iot.list_thing_types, nextToken=token)[:2] == \
        ("InvalidRequestException", 400)
    forged = ("A" if token[0] != "A" else "B") + token[1:]
    assert error_of(daemon.iot.list_things, thingTypeName="fleet", nextToken=forged)[:2] == \
        ("InvalidRequestException", 400)


def test_types_are_given_and_taken_and_deleted_after_five_minutes(fresh):
    iot = fresh.iot
    made = iot.create_thing_type(
        thingTypeName="bulb",
        thingTypeProperties={"thingTypeDescription": "a bulb", "searchableAttributes": ["a", "b"]},
        tags=[{"Key": "cost", "Value": "7"}])
    assert made["thingTypeArn"] == f"arn:aws:iot:{REGION}:{ACCOUNT}:thingtype/bulb"
    shown = iot.describe_thing_type(thingTypeName="bulb")
    assert shown["thingTypeProperties"] == {
        "thingTypeDescription": "a bulb", "searchableAttributes": ["a", "b"]}
    assert shown["thingTypeMetadata"]["deprecated"] is False
    assert "deprecationDate" not in shown["thingTypeMetadata"]
    assert iot.list_tags_for_resource(resourceArn=made["thingTypeArn"])["tags"] == \
        [{"Key": "cost", "Value": "7"}]
    iot.create_thing(thingName="lamp", thingTypeName="bulb",
                     attributePayload={"attributes": {f"a{i}": "x" for i in range(50)}})
    assert error_of(iot.delete_thing_type, thingTypeName="bulb")[:2] == \
        ("InvalidRequestException", 400)
    iot.deprecate_thing_type(thingTypeName="bulb")
    assert error_of(iot.create_thing, thingName="new", thingTypeName="bulb")[:2] == \
        ("InvalidRequestException", 400)
    assert "5 minutes" in error_of(iot.delete_thing_type, thingTypeName="bulb")[2]
    fresh.move_clock(seconds=301)
    assert "things have it" in error_of(iot.delete_thing_type, thingTypeName="bulb")[2]
    assert "4 attributes" not in error_of(iot.update_thing, thingName="lamp",
                                          removeThingType=True)[2]
    iot.update_thing(thingName="lamp", removeThingType=True,
                     attributePayload={"attributes": {"only": "one"}})
    assert "thingTypeName" not in iot.describe_thing(thingName="lamp")
    iot.delete_thing_type(thingTypeName="bulb")
    assert error_of(iot.describe_thing_type, thingTypeName="bulb")[:2] == \
        ("ResourceNotFoundException", 404)


def test_types_are_listed_updated_and_deprecated_and_back(daemon):
    iot = daemon.iot
    for name in ("list-c", "list-a", "list-b"):
        iot.create_thing_type(thingTypeName=name)
    named = [t["thingTypeName"] for t in pages(iot.list_thing_types, "thingTypes", 2)]
    assert [n for n in named if n.startswith("list-")] == ["list-a", "list-b", "list-c"]
    only = iot.list_thing_types(thingTypeName="list-b")["thingTypes"]
    assert [t["thingTypeName"] for t in only] == ["list-b"]
    iot.deprecate_thing_type(thingTypeName="list-b")
    assert iot.describe_thing_type(thingTypeName="list-b")["thingTypeMetadata"]["deprecated"]
    iot.deprecate_thing_type(thingTypeName="list-b", undoDeprecate=True)
    assert not iot.describe_thing_type(thingTypeName="list-b")["thingTypeMetadata"]["deprecated"]
    assert error_of(iot.create_thing_type, thingTypeName="list-a",
                    thingTypeProperties={"thingTypeDescription": "other"})[:2] == \
        ("ResourceAlreadyExistsException", 409)
    # Newer than the packaged SDK.
    mqtt5 = {"propagatingAttributes": [{"userPropertyKey": "model", "thingAttribute": "model"}]}
    reply = daemon.raw("PATCH", "/thing-types/list-a",
                       {"thingTypeProperties": {"mqtt5Configuration": mqtt5}})
    assert (reply.status, reply.json) == (200, {})
    shown = daemon.raw("GET", "/thing-types/list-a").json
    assert shown["thingTypeProperties"]["mqtt5Configuration"] == mqtt5
    reply = daemon.raw("PATCH", "/thing-types/list-none", {})
    assert reply.status == 404
