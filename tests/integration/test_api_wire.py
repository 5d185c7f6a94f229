"""restJson1 as the daemon speaks it: names in paths and queries, kinds of values, errors, pages."""

import base64
import datetime
import itertools
import unittest.mock
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

import wire
from bulwark import ACCOUNT, REGION

ARN = f"arn:aws:iot:{REGION}:{ACCOUNT}:"


def quoted(text):
    """As it must stand in a query for botocore, which signs what it is given."""
    return urllib.parse.quote(text, safe="-_.~")


def refused(reply, name, status, *words):
    """The error is in the header and in the body, and its sentence holds these words."""
    assert (reply.status, reply.headers.get("x-amzn-ErrorType")) == (status, name), reply.body
    assert reply.json["__type"] == name
    assert reply.headers["x-amzn-RequestId"]
    for word in words:
        assert word in reply.json["message"], reply.json["message"]


# ---- names

def test_names_are_decoded_once(daemon):
    for name in ("A:b", "a_b-c"):
        encoded = "".join(f"%{ord(c):02X}" for c in name)
        assert daemon.raw("POST", f"/things/{encoded}", {}).json["thingName"] == name
        assert daemon.raw("GET", f"/things/{encoded.lower()}").json["thingName"] == name
    refused(daemon.raw("GET", "/things/A%253Ab"), "InvalidRequestException", 400, "thingName")
    refused(daemon.raw("GET", "/things/a%2Fb"), "InvalidRequestException", 400, "thingName")


@pytest.mark.parametrize("name", ["%", "%4", "%zz", "%ff"])
def test_a_name_that_cannot_be_decoded_is_no_name(daemon, name):
    reply = daemon.raw("GET", f"/things/{name}")
    assert reply.status == 400, reply.body
    assert reply.headers["x-amzn-ErrorType"] in ("SerializationException",
                                                 "InvalidRequestException")


def test_arns_stand_in_queries_and_headers(daemon):
    group = daemon.iot.create_thing_group(thingGroupName="tagged")["thingGroupArn"]
    daemon.iot.tag_resource(resourceArn=group, tags=[{"Key": "a:b", "Value": "c d"}])
    tags = daemon.raw("GET", f"/tags?resourceArn={quoted(group)}").json["tags"]
    assert tags == [{"Key": "a:b", "Value": "c d"}]
    daemon.iot.create_thing(thingName="holder")
    principal = daemon.iot.create_keys_and_certificate(setAsActive=True)["certificateArn"]
    daemon.raw("PUT", "/things/holder/principals", headers={"x-amzn-principal": principal})
    assert daemon.iot.list_thing_principals(thingName="holder")["principals"] == [principal]
    things = daemon.raw("GET", "/principals/things", headers={"x-amzn-principal": principal})
    assert things.json["things"] == ["holder"]


# ---- kinds of values

def test_times_are_numbers_of_seconds_in_bodies_and_text_in_queries(daemon):
    daemon.iot.create_thing_type(thingTypeName="timed")
    kind = daemon.raw("GET", "/thing-types/timed").json
    created = kind["thingTypeMetadata"]["creationDate"]
    assert isinstance(created, (int, float))
    assert abs(created - datetime.datetime.now().timestamp()) < 60
    day = (datetime.datetime.utcnow() - datetime.timedelta(days=1)).strftime("%Y-%m-%d")
    start, end = f"{day}T00:00:00Z", f"{day}T12:00:00.250Z"
    reply = daemon.raw("GET", f"/audit/tasks?endTime={quoted(end)}&startTime={quoted(start)}")
    assert reply.status == 200 and reply.json["tasks"] == []
    for wrong in ("yesterday", "2026-13-01T00:00:00Z", "1767225600000000000000"):
        refused(daemon.raw("GET", f"/audit/tasks?endTime={quoted(end)}&startTime={quoted(wrong)}"),
                "SerializationException", 400, "startTime", wrong)


@pytest.mark.parametrize("time", [1767225600, 1767225600.5, "2026-01-01T00:00:00Z"])
def test_times_in_bodies_have_more_than_one_form(daemon, time):
    reply = daemon.raw("POST", "/audit/findings", {"startTime": time, "endTime": time})
    assert reply.status in (200, 400), reply.body
    assert reply.headers.get("x-amzn-ErrorType") != "SerializationException", reply.body


def test_booleans_in_queries_are_two_words(daemon):
    one = daemon.raw("POST", "/keys-and-certificate?setAsActive=true").json["certificateId"]
    two = daemon.raw("POST", "/keys-and-certificate?setAsActive=false").json["certificateId"]
    status = [daemon.iot.describe_certificate(certificateId=i)["certificateDescription"]["status"]
              for i in (one, two)]
    assert status == ["ACTIVE", "INACTIVE"]
    for word in ("True", "1", "yes", ""):
        refused(daemon.raw("POST", f"/keys-and-certificate?setAsActive={word}"),
                "SerializationException", 400, "setAsActive", "true or false")


@pytest.mark.parametrize("body, words", [
    ({"thingTypeName": 7}, ["thingTypeName", "string"]),
    ({"thingTypeName": ["a"]}, ["thingTypeName"]),
    ({"attributePayload": "a"}, ["attributePayload"]),
    ({"attributePayload": {"attributes": []}}, ["attributes"]),
    ({"attributePayload": {"attributes": {"a": 1}}}, ["attributes", "a"]),
    ({"attributePayload": {"merge": "true"}}, ["merge"]),
    ([], []), ("text", []), (b"{", []), (b'{"a":1}x', []), (b"\xff\xfe", []), (b"nul", []),
    (b'{"thingTypeName":"a","thingTypeName":"b"}', ["thingTypeName"]),
    (b"[" * 2000, [])])
def test_a_body_of_another_form_names_the_member(daemon, body, words):
    refused(daemon.raw("POST", "/things/form", body), "SerializationException", 400, *words)
    assert daemon.raw("GET", "/things/form").status == 404


def test_a_number_where_it_is_due_is_whole_and_bounded(daemon):
    for word in ("a", "1.5", "", "99999999999999999999"):
        refused(daemon.raw("GET", f"/things?maxResults={word}"), "SerializationException", 400,
                "maxResults")
    for word in ("0", "251", "-1"):
        refused(daemon.raw("GET", f"/things?maxResults={word}"), "InvalidRequestException", 400,
                "maxResults", "1" if word != "251" else "250")


@pytest.mark.parametrize("method, path, body, words", [
    ("POST", "/policies/p", {}, ["policyDocument", "null"]),
    ("POST", "/things/" + "a" * 129, {}, ["thingName", "128"]),
    ("POST", "/things/a%20b", {}, ["thingName", "pattern", "[a-zA-Z0-9:_-]+"]),
    ("POST", "/things/x", {"thingTypeName": "a b"}, ["thingTypeName", "pattern"]),
    ("POST", "/things/x", {"attributePayload": {"attributes": {"a": "v" * 801}}},
     ["attributePayload.attributes.a", "800"]),
    ("PUT", "/certificates/" + "a" * 64 + "?newStatus=SLEEPING", None,
     ["newStatus", "enum", "ACTIVE", "REVOKED"]),
    ("PUT", "/certificates/" + "a" * 63 + "?newStatus=ACTIVE", None, ["certificateId", "64"]),
    ("POST", "/audit/tasks", {}, ["targetCheckNames", "null"]),
    ("GET", "/audit/tasks", None, ["startTime", "null"])])
def test_what_breaks_a_bound_is_told_member_and_bound(daemon, method, path, body, words):
    refused(daemon.raw(method, path, body), "InvalidRequestException", 400, *words)


def test_members_that_nobody_knows_are_ignored(daemon):
    body = {"unknown": {"deep": [1, None, {"x": "y"}]}, "thingTypeName": None}
    assert daemon.raw("POST", "/things/known?unknown=1", body).status == 200
    assert "thingTypeName" not in daemon.raw("GET", "/things/known").json


# ---- operations

@pytest.mark.parametrize("method, path", [("GET", "/nothing"), ("DELETE", "/things"),
                                          ("GET", "/"), ("GET", "//things"),
                                          ("POST", "/things/a/b/c/d")])
def test_no_operation_is_there(daemon, method, path):
    refused(daemon.raw(method, path), "UnknownOperationException", 404)


@pytest.mark.parametrize("method, path, name", [
    ("GET", "/jobs", "ListJobs"), ("GET", "/streams", "ListStreams"),
    ("POST", "/rules/r", "CreateTopicRule"), ("GET", "/otaUpdates", "ListOTAUpdates"),
    ("POST", "/indices/search", "SearchIndex")])
def test_an_operation_that_is_not_offered_is_501_by_its_name(daemon, method, path, name):
    refused(daemon.raw(method, path, {} if method == "POST" else None),
            "NotImplementedException", 501, name)


def test_every_answer_has_an_id_of_its_own(daemon):
    replies = [daemon.raw("GET", path) for path in
               ("/things", "/things", "/things/nobody", "/nothing", "/jobs", "/things/%20")]
    replies.append(daemon.raw("GET", "/things", sign=False))
    ids = [reply.headers["x-amzn-RequestId"] for reply in replies]
    assert len(set(ids)) == len(ids)
    assert all(len(i) == 36 for i in ids)


# ---- pages

THINGS = 1000


@pytest.fixture(scope="module")
def crowd(daemon):
    """A thousand things of one type, in no order."""
    daemon.iot.create_thing_type(thingTypeName="crowd")
    daemon.iot.create_thing_type(thingTypeName="other")
    names = [f"crowd-{(i * 611) % THINGS:04}" for i in range(THINGS)]
    for name in names:
        daemon.iot.create_thing(thingName=name, thingTypeName="crowd")
    return sorted(names)


def pages(daemon, size, **more):
    token = {}
    while True:
        page = daemon.iot.list_things(thingTypeName="crowd", maxResults=size, **more, **token)
        yield [thing["thingName"] for thing in page["things"]]
        if "nextToken" not in page:
            return
        token = {"nextToken": page["nextToken"]}


@pytest.mark.parametrize("size", [7, 100, 125, 249, 250])
def test_a_thousand_things_come_once_each_and_in_order(daemon, crowd, size):
    lists = list(pages(daemon, size))
    assert list(itertools.chain(*lists)) == crowd
    assert {len(page) for page in lists[:-1]} == {size}
    assert 0 < len(lists[-1]) <= size


def test_what_is_made_and_deleted_between_pages_shifts_nothing(daemon, crowd):
    seen = []
    for number, page in enumerate(pages(daemon, 100)):
        seen += page
        daemon.iot.create_thing(thingName=f"crowd-0000-{number}", thingTypeName="crowd")
    for number in range(len(seen) // 100):
        daemon.iot.delete_thing(thingName=f"crowd-0000-{number}")
    assert [name for name in seen if name in set(crowd)] == crowd


def test_a_token_is_good_for_its_own_request_alone(daemon, crowd):
    def ask(token, **more):
        words = {"maxResults": 10, "nextToken": token, "thingTypeName": "crowd", **more}
        query = "&".join(f"{k}={quoted(str(v))}" for k, v in sorted(words.items()))
        return daemon.raw("GET", f"/things?{query}")

    token = daemon.iot.list_things(thingTypeName="crowd", maxResults=10)["nextToken"]
    assert ask(token).json["things"][0]["thingName"] == crowd[10]
    assert ask(token, maxResults=20).status == 200  # the size of a page may change
    refused(ask(token, thingTypeName="other"), "InvalidRequestException", 400, "nextToken")
    reply = daemon.raw("GET", f"/thing-types?nextToken={quoted(token)}")
    refused(reply, "InvalidRequestException", 400, "nextToken")
    raw = bytearray(base64.b64decode(token))
    for place in range(len(raw)):
        raw[place] ^= 1
        refused(ask(base64.b64encode(raw).decode()), "InvalidRequestException", 400, "nextToken")
        raw[place] ^= 1
    for wrong in ("AAAA", "!!!", token[:-4], token + "AAAA", "a" * 2000):
        refused(ask(wrong), "InvalidRequestException", 400, "nextToken")


def signed_later(daemon, path, days):
    """A request signed by the daemon's clock."""
    later = datetime.datetime.utcnow() + datetime.timedelta(days=days)

    class Clock(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return later

    request = botocore.awsrequest.AWSRequest("GET", daemon.url + path)
    signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(*daemon.credentials), "iot",
                                     REGION)
    with unittest.mock.patch("botocore.auth.datetime.datetime", Clock):
        signer.add_auth(request)
    return wire.request(daemon.url, "GET", path, dict(request.headers.items()))


def test_a_token_grows_old(daemon, crowd):
    page = daemon.iot.list_things(thingTypeName="crowd", maxResults=10)
    try:
        for days, fine in ((0.99, True), (1.01, False)):
            daemon.move_clock(days=days)
            path = f"/things?maxResults=10&nextToken={quoted(page['nextToken'])}&thingTypeName=crowd"
            reply = signed_later(daemon, path, days)
            if fine:
                assert reply.status == 200, reply.body
            else:
                refused(reply, "InvalidRequestException", 400, "nextToken", "24 hours")
    finally:
        daemon.move_clock()
