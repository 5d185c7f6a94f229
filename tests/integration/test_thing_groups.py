"""Thing groups through the API: hierarchies, members, dynamic groups."""

import concurrent.futures

import pytest

from bulwark import ACCOUNT, REGION, error_of
from test_things import pages

ARN = f"arn:aws:iot:{REGION}:{ACCOUNT}:thinggroup/"
INVALID = ("InvalidRequestException", 400)
NOT_FOUND = ("ResourceNotFoundException", 404)


def names(groups):
    return [group["groupName"] for group in groups]


@pytest.fixture(scope="module")
def site(daemon):
    """site > (house > (kitchen, attic), barn)"""
    for name, parent in (("site", None), ("house", "site"), ("barn", "site"), ("kitchen", "house"),
                         ("attic", "house")):
        daemon.iot.create_thing_group(
            thingGroupName=name, **({"parentGroupName": parent} if parent else {}))


def test_the_life_of_a_group_with_the_cli(daemon):
    made = daemon.aws("iot", "create-thing-group", "--thing-group-name", "cli:group",
                      "--thing-group-properties",
                      'thingGroupDescription="all of it",attributePayload={attributes={a=1}}')
    assert made["thingGroupArn"] == ARN + "cli:group"
    updated = daemon.aws("iot", "update-thing-group", "--thing-group-name", "cli:group",
                         "--thing-group-properties",
                         '{"attributePayload":{"attributes":{"b":"2"},"merge":true}}')
    assert updated["version"] == 2
    shown = daemon.aws("iot", "describe-thing-group", "--thing-group-name", "cli:group")
    assert shown["thingGroupProperties"] == {
        "thingGroupDescription": "all of it",
        "attributePayload": {"attributes": {"a": "1", "b": "2"}}}
    assert shown["thingGroupId"] == made["thingGroupId"]
    assert "parentGroupName" not in shown["thingGroupMetadata"]
    daemon.aws("iot", "delete-thing-group", "--thing-group-name", "cli:group")
    assert error_of(daemon.iot.describe_thing_group, thingGroupName="cli:group")[:2] == NOT_FOUND


def test_a_group_shows_the_way_from_its_root(daemon, site):
    shown = daemon.iot.describe_thing_group(thingGroupName="kitchen")["thingGroupMetadata"]
    assert shown["parentGroupName"] == "house"
    assert shown["rootToParentThingGroups"] == [
        {"groupName": "site", "groupArn": ARN + "site"},
        {"groupName": "house", "groupArn": ARN + "house"}]


def test_groups_are_listed_by_parent_prefix_and_depth(daemon, site):
    lists = lambda **filters: names(
        pages(daemon.iot.list_thing_groups, "thingGroups", 2, **filters))
    assert lists(parentGroup="site") == ["barn", "house"]
    assert lists(parentGroup="site", recursive=True) == ["barn", "house", "attic", "kitchen"]
    assert lists(parentGroup="site", recursive=True, namePrefixFilter="k") == ["kitchen"]
    assert lists(namePrefixFilter="hous") == ["house"]
    assert "site" in lists(recursive=False) and "house" not in lists(recursive=False)
    assert {"site", "house", "attic"} <= set(lists())
    assert error_of(daemon.iot.list_thing_groups, parentGroup="none")[:2] == NOT_FOUND
    cli = daemon.aws("iot", "list-thing-groups", "--parent-group", "site", "--recursive")
    assert names(cli["thingGroups"]) == ["barn", "house", "attic", "kitchen"]


def test_a_thousand_members_are_paged_each_once(daemon):
    iot = daemon.iot
    iot.create_thing_group(thingGroupName="big")
    for half in ("big-a", "big-b"):
        iot.create_thing_group(thingGroupName=half, parentGroupName="big")

    def join(i):
        iot.create_thing(thingName=f"member-{i:04}")
        iot.add_thing_to_thing_group(thingName=f"member-{i:04}",
                                     thingGroupName="big-a" if i < 500 else "big-b")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(join, range(1000)))
    everyone = [f"member-{i:04}" for i in range(1000)]
    for size in (33, 250):
        found = pages(iot.list_things_in_thing_group, "things", size, thingGroupName="big",
                      recursive=True)
        assert found == everyone
    assert iot.list_things_in_thing_group(thingGroupName="big")["things"] == []
    assert len(pages(iot.list_things_in_thing_group, "things", 250, thingGroupName="big-a")) == 500
    iot.delete_thing_group(thingGroupName="big-a")
    assert iot.list_thing_groups_for_thing(thingName="member-0001")["thingGroups"] == []
    assert names(iot.list_thing_groups_for_thing(thingName="member-0999")["thingGroups"]) == \
        ["big-b"]


def test_members_come_and_go(daemon, site):
    iot = daemon.iot
    iot.create_thing(thingName="mover")
    thing = f"arn:aws:iot:{REGION}:{ACCOUNT}:thing/mover"
    iot.add_thing_to_thing_group(thingArn=thing, thingGroupArn=ARN + "kitchen")
    iot.add_thing_to_thing_group(thingName="mover", thingGroupName="kitchen")
    code, status, message = error_of(iot.add_thing_to_thing_group, thingName="mover",
                                     thingGroupName="barn")
    assert (code, status) == INVALID
    assert "kitchen of the same hierarchy (root site)" in message
    iot.update_thing_groups_for_thing(thingName="mover", thingGroupsToAdd=["barn"],
                                      thingGroupsToRemove=["kitchen"])
    groups = iot.list_thing_groups_for_thing(thingName="mover")["thingGroups"]
    assert groups == [{"groupName": "barn", "groupArn": ARN + "barn"}]
    iot.remove_thing_from_thing_group(thingName="mover", thingGroupName="barn")
    assert iot.list_thing_groups_for_thing(thingName="mover")["thingGroups"] == []


def test_a_thing_is_in_ten_groups(daemon):
    iot = daemon.iot
    iot.create_thing(thingName="popular")
    for i in range(11):
        iot.create_thing_group(thingGroupName=f"club-{i}")
    for i in range(10):
        iot.add_thing_to_thing_group(thingName="popular", thingGroupName=f"club-{i}")
    assert error_of(iot.add_thing_to_thing_group, thingName="popular",
                    thingGroupName="club-10", overrideDynamicGroups=True)[:2] == INVALID


def test_errors_have_the_type_and_status_of_the_contract(daemon, site):
    iot = daemon.iot
    rows = [
        (iot.describe_thing_group, {"thingGroupName": "none"}, NOT_FOUND),
        (iot.create_thing_group, {"thingGroupName": "x", "parentGroupName": "none"}, NOT_FOUND),
        (iot.create_thing_group, {"thingGroupName": "house"},
         ("ResourceAlreadyExistsException", 409)),
        (iot.update_thing_group, {"thingGroupName": "house", "thingGroupProperties": {},
                                  "expectedVersion": 9}, ("VersionConflictException", 409)),
        (iot.delete_thing_group, {"thingGroupName": "house"}, INVALID),
        (iot.delete_thing_group, {"thingGroupName": "attic", "expectedVersion": 9},
         ("VersionConflictException", 409)),
        (iot.add_thing_to_thing_group, {}, INVALID),
        (iot.add_thing_to_thing_group, {"thingName": "none", "thingGroupName": "house"},
         NOT_FOUND),
        (iot.remove_thing_from_thing_group, {"thingArn": "x", "thingGroupName": "house"}, INVALID),
        (iot.list_things_in_thing_group, {"thingGroupName": "none"}, NOT_FOUND),
        (iot.list_thing_groups_for_thing, {"thingName": "none"}, NOT_FOUND),
        (iot.update_thing_groups_for_thing, {"thingName": "none"}, NOT_FOUND),
        (iot.delete_dynamic_thing_group, {"thingGroupName": "attic"}, INVALID),
    ]
    for call, arguments, want in rows:
        assert error_of(call, **arguments)[:2] == want, (call, arguments)
    iot.delete_thing_group(thingGroupName="never-was")


def test_a_hierarchy_is_seven_levels_deep(daemon):
    parent = {}
    for level in range(1, 8):
        daemon.iot.create_thing_group(thingGroupName=f"level-{level}", **parent)
        parent = {"parentGroupName": f"level-{level}"}
    assert error_of(daemon.iot.create_thing_group, thingGroupName="level-8", **parent)[:2] == \
        INVALID


def test_dynamic_groups_are_kept_and_told_apart(daemon, site):
    iot = daemon.iot
    made = iot.create_dynamic_thing_group(thingGroupName="reds",
                                          queryString="attributes.color:red")
    assert (made["indexName"], made["queryVersion"]) == ("AWS_Things", "2017-09-30")
    shown = iot.describe_thing_group(thingGroupName="reds")
    assert shown["queryString"] == "attributes.color:red"
    assert shown["status"] == "BUILDING"
    assert "queryString" not in iot.describe_thing_group(thingGroupName="house")
    assert iot.update_dynamic_thing_group(
        thingGroupName="reds", thingGroupProperties={"thingGroupDescription": "red ones"},
        queryString="attributes.color:r*")["version"] == 2
    iot.create_thing(thingName="red-lamp")
    for call, arguments in (
            (iot.add_thing_to_thing_group, {"thingName": "red-lamp", "thingGroupName": "reds"}),
            (iot.create_thing_group, {"thingGroupName": "x", "parentGroupName": "reds"}),
            (iot.update_thing_group, {"thingGroupName": "reds", "thingGroupProperties": {}}),
            (iot.delete_thing_group, {"thingGroupName": "reds"}),
            (iot.update_dynamic_thing_group, {"thingGroupName": "house",
                                              "thingGroupProperties": {}}),
            (iot.create_dynamic_thing_group, {"thingGroupName": "y", "queryString": "x",
                                              "indexName": "Mine"})):
        assert error_of(call, **arguments)[:2] == INVALID, (call, arguments)
    assert error_of(iot.list_things_in_thing_group, thingGroupName="reds")[:2] == \
        ("NotImplementedException", 501)
    iot.delete_dynamic_thing_group(thingGroupName="reds")
