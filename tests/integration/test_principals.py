"""Principals of things, through the API."""

import urllib.parse

import pytest

from bulwark import ACCOUNT, REGION, error_of
from test_things import pages

COGNITO = "us-east-1:0a1b2c3d-0000-1111-2222-333344445555"
INVALID = ("InvalidRequestException", 400)
NOT_FOUND = ("ResourceNotFoundException", 404)


@pytest.fixture(scope="module")
def certificate(daemon):
    return daemon.iot.create_keys_and_certificate(setAsActive=True)["certificateArn"]


def test_a_principal_is_attached_listed_and_detached(daemon, certificate):
    iot = daemon.iot
    for name in ("lamp", "fan"):
        iot.create_thing(thingName=name)
        iot.attach_thing_principal(thingName=name, principal=certificate)
        iot.attach_thing_principal(thingName=name, principal=certificate)
    iot.attach_thing_principal(thingName="lamp", principal=COGNITO)
    assert sorted(iot.list_thing_principals(thingName="lamp")["principals"]) == \
        sorted([certificate, COGNITO])
    assert pages(iot.list_principal_things, "things", 1, principal=certificate) == ["fan", "lamp"]
    assert error_of(iot.delete_thing, thingName="lamp")[:2] == INVALID
    iot.detach_thing_principal(thingName="lamp", principal=certificate)
    iot.detach_thing_principal(thingName="lamp", principal=COGNITO)
    assert error_of(iot.detach_thing_principal, thingName="lamp", principal=COGNITO)[:2] == \
        NOT_FOUND
    iot.delete_thing(thingName="lamp")


def test_the_cli_attaches_too(daemon, certificate):
    daemon.aws("iot", "create-thing", "--thing-name", "cli-lamp")
    daemon.aws("iot", "attach-thing-principal", "--thing-name", "cli-lamp", "--principal",
               certificate)
    assert daemon.aws("iot", "list-thing-principals", "--thing-name", "cli-lamp") == \
        {"principals": [certificate]}
    daemon.aws("iot", "detach-thing-principal", "--thing-name", "cli-lamp", "--principal",
               certificate)


def test_errors_have_the_type_and_status_of_the_contract(daemon):
    iot = daemon.iot
    iot.create_thing(thingName="errors")
    unknown = f"arn:aws:iot:{REGION}:{ACCOUNT}:cert/" + "0" * 64
    for call in (iot.attach_thing_principal, iot.detach_thing_principal):
        assert error_of(call, thingName="errors", principal=unknown)[:2] == NOT_FOUND
        assert error_of(call, thingName="nobody", principal=COGNITO)[:2] == NOT_FOUND
        assert error_of(call, thingName="errors", principal="somebody")[:2] == INVALID
    assert error_of(iot.list_thing_principals, thingName="nobody")[:2] == NOT_FOUND
    assert error_of(iot.list_principal_things, principal=unknown)[:2] == NOT_FOUND
    assert error_of(iot.list_principal_things, principal="somebody")[:2] == INVALID


def test_an_exclusive_principal_has_one_thing(daemon):
    """Newer than the packaged SDK."""
    header = {"x-amzn-principal": COGNITO.replace("0a", "0b")}
    for name in ("ours", "theirs"):
        daemon.iot.create_thing(thingName=name)
    exclusive = "?thingPrincipalType=EXCLUSIVE_THING"
    assert daemon.raw("PUT", "/things/ours/principals" + exclusive, headers=header).status == 200
    refused = daemon.raw("PUT", "/things/theirs/principals", headers=header)
    assert refused.status == 400
    assert refused.headers["x-amzn-ErrorType"].startswith("InvalidRequestException")
    assert "it belongs to thing ours exclusively" in refused.json["message"]
    listed = daemon.raw("GET", "/things/ours/principals-v2")
    assert listed.json == {"thingPrincipalObjects": [
        {"principal": header["x-amzn-principal"], "thingPrincipalType": "EXCLUSIVE_THING"}]}
    other = daemon.raw("GET", "/things/ours/principals-v2?thingPrincipalType=NON_EXCLUSIVE_THING")
    assert other.json == {"thingPrincipalObjects": []}
    things = daemon.raw("GET", "/principals/things-v2", headers=header)
    assert things.json == {"principalThingObjects": [
        {"thingName": "ours", "thingPrincipalType": "EXCLUSIVE_THING"}]}
    bad = daemon.raw("PUT", "/things/ours/principals?thingPrincipalType=MINE", headers=header)
    assert bad.status == 400


def test_names_and_arns_travel_encoded(daemon):
    name = "a:b_c-d"
    daemon.iot.create_thing(thingName=name)
    assert daemon.raw("GET", "/things/" + urllib.parse.quote(name, safe="")).json["thingName"] == \
        name
