"""The services around AWS IoT: each in its own protocol, from the real aws CLI and boto3."""

import base64
import re
import urllib.parse
import xml.etree.ElementTree as ElementTree

import boto3
import botocore.config
import botocore.exceptions
import pytest

import wire
from bulwark import ACCOUNT, REGION, Daemon, error_of
from test_api_signing import send, signed

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
WHO = "Action=GetCallerIdentity&Version=2011-06-15"
STS = "{https://sts.amazonaws.com/doc/2011-06-15/}"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


@pytest.fixture(scope="module")
def open_daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("open"), auth=False) as running:
        yield running


def xml_error(reply, namespace=STS):
    """(status, type, code, message) of an error in XML; the request id is in both places."""
    assert reply.headers["Content-Type"] == "text/xml"
    root = ElementTree.fromstring(reply.body)
    assert root.tag == f"{namespace}ErrorResponse"
    error = root.find(f"{namespace}Error")
    assert root.find(f"{namespace}RequestId").text == reply.headers["x-amzn-RequestId"]
    return (reply.status, *(error.find(namespace + part).text
                            for part in ("Type", "Code", "Message")))


# ---- STS


def test_the_cli_is_told_whose_key_it_signs_with(daemon):
    who = daemon.aws("sts", "get-caller-identity")
    assert who["Account"] == ACCOUNT
    assert who["Arn"] == ROOT
    assert who["UserId"] == ACCOUNT
    told = daemon.client("sts").get_caller_identity()
    assert {key: told[key] for key in who} == who
    assert told["ResponseMetadata"]["RequestId"] == \
        told["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]


def test_a_presigned_url_tells_it_too(daemon):
    url = daemon.client("sts").generate_presigned_url("get_caller_identity", HttpMethod="GET")
    assert "X-Amz-Signature" in url
    target = "/?" + urllib.parse.urlsplit(url).query
    reply = wire.request(daemon.url, "GET", target, {})
    assert reply.status == 200, reply.body
    root = ElementTree.fromstring(reply.body)
    assert root.tag == f"{STS}GetCallerIdentityResponse"
    assert root.find(f"{STS}GetCallerIdentityResult/{STS}Arn").text == ROOT


def test_whoever_is_let_in_unsigned_is_the_root(open_daemon):
    reply = wire.request(open_daemon.url, "POST", "/", FORM, WHO.encode())
    assert reply.status == 200, reply.body
    result = ElementTree.fromstring(reply.body).find(f"{STS}GetCallerIdentityResult")
    assert {part.tag.replace(STS, ""): part.text for part in result} == {
        "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root", "UserId": ACCOUNT}
    assert reply.headers["x-amzn-RequestId"] in reply.body.decode()


# ---- who is refused is refused in the service's own words


def client(daemon, service, key, secret):
    return boto3.client(service, endpoint_url=daemon.url, region_name=REGION,
                        aws_access_key_id=key, aws_secret_access_key=secret,
                        config=botocore.config.Config(retries={"max_attempts": 0}))


@pytest.mark.parametrize("service, call, unknown, wrong", [
    ("sts", "get_caller_identity", ("InvalidClientTokenId", 403), ("SignatureDoesNotMatch", 403)),
    ("iam", "list_roles", ("InvalidClientTokenId", 403), ("SignatureDoesNotMatch", 403)),
    ("sns", "list_topics", ("InvalidClientTokenId", 403), ("SignatureDoesNotMatch", 403)),
    ("logs", "describe_log_groups", ("UnrecognizedClientException", 400),
     ("InvalidSignatureException", 400)),
])
def test_a_wrong_key_is_refused_in_every_protocol(daemon, service, call, unknown, wrong):
    stranger = client(daemon, service, "AKIAIOSFODNN7EXAMPLE", "secret")
    assert error_of(getattr(stranger, call))[:2] == unknown
    impostor = client(daemon, service, daemon.credentials[0], "wrong" * 8)
    assert error_of(getattr(impostor, call))[:2] == wrong


def test_an_unsigned_request_is_refused_in_the_protocol_that_it_speaks(daemon):
    reply = wire.request(daemon.url, "POST", "/", FORM, WHO.encode())
    assert xml_error(reply)[:3] == (403, "Sender", "MissingAuthenticationToken")
    reply = wire.request(daemon.url, "POST", "/", {"X-Amz-Target": "Logs_20140328.GetLogEvents"},
                         b"{}")
    assert (reply.status, reply.json["__type"]) == (400, "MissingAuthenticationTokenException")
    assert reply.headers["Content-Type"] == "application/x-amz-json-1.1"


def test_a_signature_for_one_service_asks_nothing_of_another(daemon):
    for service, headers, body, want in (
            ("iam", FORM, WHO, "Could not find operation GetCallerIdentity for version 2011-06-15"),
            ("sns", FORM, WHO, "Could not find operation GetCallerIdentity for version 2011-06-15"),
            ("iot", FORM, WHO, "no operation has this path"),
            ("logs", FORM, WHO, 'X-Amz-Target "" is no operation of Amazon CloudWatch Logs'),
            ("s3", FORM, WHO, "Bulwark does not offer the service s3")):
        reply = send(daemon, *signed(daemon, "POST", "/", body.encode(), headers, service=service))
        assert reply.status in (400, 404)
        assert want in reply.body.decode().replace("&quot;", '"').replace('\\"', '"')
    reply = send(daemon, *signed(daemon, "GET", "/things", service="iam"))
    assert "IAM is asked by POST of the path /" in reply.body.decode()


# ---- what is not offered, and what is not right


def test_what_is_not_offered_is_named(daemon):
    for service, call in (("sts", "get_session_token"), ("iam", "list_groups"),
                          ("sns", "list_phone_numbers_opted_out")):
        code, status, message = error_of(getattr(daemon.client(service), call))
        assert (code, status) == ("NotImplemented", 501) and "does not offer" in message
    for service, call in (("logs", "describe_destinations"),):
        assert error_of(getattr(daemon.client(service), call))[:2] == ("NotImplementedException", 501)
    done = daemon.aws("sts", "get-session-token", check=False)
    assert done.returncode != 0 and "(NotImplemented)" in done.stderr


def ask(daemon, body, service="sts"):
    return send(daemon, *signed(daemon, "POST", "/", body.encode(), FORM, service=service))


@pytest.mark.parametrize("body, status, code, message", [
    ("Action=Nothing&Version=2011-06-15", 400, "InvalidAction",
     "Could not find operation Nothing for version 2011-06-15"),
    ("Action=GetCallerIdentity&Version=2010-01-01", 400, "InvalidAction",
     "Could not find operation GetCallerIdentity for version 2010-01-01"),
    ("Version=2011-06-15", 400, "InvalidAction", "the parameter Action is missing"),
    ("Action=%zz", 400, "MalformedInput",
     "the % at character 0 is not followed by two hexadecimal digits"),
    ("Action=%FF", 400, "MalformedInput", "the value of a parameter is not UTF-8 text"),
    (WHO + "&a=b" * 4096, 400, "ValidationError", "4098 parameters; at most 4096 are read"),
    (WHO + "&" + "a." * 40 + "b=c", 400, "MalformedInput", ": this name has too many parts"),
])
def test_a_bad_form_is_told_what_is_wrong(daemon, body, status, code, message):
    told = xml_error(ask(daemon, body))
    assert told[:3] == (status, "Sender", code)
    assert message in told[3]


def test_a_form_that_is_too_large_is_refused_in_xml(daemon):
    reply = wire.request(daemon.url, "POST", "/", FORM, b"a" * ((1 << 20) + 1))
    assert xml_error(reply, "")[:3] == (413, "Sender", "RequestEntityTooLarge")
    message = {"x": "a" * (1 << 20)}
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        daemon.client("sns").create_topic(Name="t", Attributes=message)
    assert refused.value.response["Error"]["Code"] == "RequestEntityTooLarge"


def test_parameters_that_the_operation_does_not_have_are_ignored(daemon):
    reply = ask(daemon, WHO + "&Tags.member.1.Key=k&" + base64.b64encode(b"x").decode())
    assert reply.status == 200, reply.body


def test_the_log_and_the_counters_name_the_service(daemon):
    daemon.aws("sts", "get-caller-identity")
    page = daemon.get("/metrics").body.decode()
    assert re.search(r'bulwark_api_calls_total{service="sts",operation="GetCallerIdentity"} [1-9]',
                     page)
    assert '"operation":"sts:GetCallerIdentity"' in daemon.log.read_text()
