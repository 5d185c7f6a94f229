"""Who is let in: each way in which a signature can be wrong, its exception and its status."""

import datetime
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

import wire
from bulwark import REGION, Daemon


@pytest.fixture
def clock(daemon):
    """The daemon's clock, set right again after the test."""
    yield daemon.move_clock
    daemon.move_clock()


def signed(daemon, method="GET", path="/things", body=None, headers=None, key=None, secret=None,
           service="iot", region=REGION, presign=None):
    """(method, path with query, headers, body) as botocore signs them."""
    own_key, own_secret = daemon.credentials
    request = botocore.awsrequest.AWSRequest(
        method, daemon.url + path, data=body,
        headers={**({"Content-Type": "application/json"} if body else {}), **(headers or {})})
    identity = botocore.credentials.Credentials(key or own_key, secret or own_secret)
    if presign:
        signer = botocore.auth.SigV4QueryAuth(identity, service, region, expires=presign)
    else:
        signer = botocore.auth.SigV4Auth(identity, service, region)
    signer.add_auth(request)
    url = urllib.parse.urlsplit(request.url)
    target = url.path + ("?" + url.query if url.query else "")
    return method, target, dict(request.headers.items()), body


def send(daemon, method, path, headers, body=None):
    return wire.request(daemon.url, method, path, headers, body)


def refused(reply, name, status):
    assert (reply.status, reply.headers.get("x-amzn-ErrorType")) == (status, name), reply.body
    assert reply.json["__type"] == name
    assert reply.headers["x-amzn-RequestId"]
    return reply.json["message"]


def test_a_signed_request_is_answered_and_an_unsigned_one_is_not(daemon):
    assert send(daemon, *signed(daemon)).status == 200
    refused(send(daemon, "GET", "/things", {}), "MissingAuthenticationTokenException", 403)


def test_an_unknown_key_and_a_wrong_secret_are_told_apart(daemon):
    reply = send(daemon, *signed(daemon, key="AKIAIOSFODNN7EXAMPLE"))
    refused(reply, "UnrecognizedClientException", 403)
    reply = send(daemon, *signed(daemon, secret="wrong" * 8))
    refused(reply, "InvalidSignatureException", 403)


@pytest.mark.parametrize("seconds, fine", [(14 * 60, True), (-14 * 60, True),
                                           (16 * 60, False), (-16 * 60, False)])
def test_clocks_may_differ_by_fifteen_minutes(daemon, clock, seconds, fine):
    request = signed(daemon)
    clock(seconds=seconds)
    reply = send(daemon, *request)
    if fine:
        assert reply.status == 200
    else:
        refused(reply, "InvalidSignatureException", 403)


@pytest.mark.parametrize("change", ["path", "query", "body", "header", "method", "host"])
def test_what_was_changed_after_signing_is_refused(daemon, change):
    method, path, headers, body = signed(
        daemon, "POST", "/things/changed?a=1", b'{"thingTypeName":"t"}', {"X-Amz-Meta": "a"})
    if change == "path":
        path = path.replace("changed", "other")
    elif change == "query":
        path = path.replace("a=1", "a=2")
    elif change == "body":
        body = body.replace(b'"t"', b'"u"')
    elif change == "header":
        headers["X-Amz-Meta"] = "b"
    elif change == "method":
        method = "PATCH"
    else:
        headers["Host"] = "elsewhere.example.com"
    refused(send(daemon, method, path, headers, body), "InvalidSignatureException", 403)


def test_an_x_amz_header_that_nobody_signed_is_refused(daemon):
    method, path, headers, body = signed(daemon)
    headers["X-Amz-Security-Token"] = "added"
    message = refused(send(daemon, method, path, headers, body), "InvalidSignatureException", 403)
    assert "x-amz-security-token" in message.lower()


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "cn-north-1"])
def test_any_region_in_the_scope_is_accepted(daemon, region):
    assert send(daemon, *signed(daemon, region=region)).status == 200


@pytest.mark.parametrize("service", ["s3", "sqs", "iot-jobs-data", "dynamodb"])
def test_a_request_for_another_service_is_told_so(daemon, service):
    message = refused(send(daemon, *signed(daemon, service=service)),
                      "UnknownOperationException", 404)
    assert service in message


def test_older_clients_sign_for_execute_api(daemon):
    assert send(daemon, *signed(daemon, service="execute-api")).status == 200


def test_a_presigned_query_is_accepted_until_it_expires(daemon, clock):
    method, path, headers, body = signed(daemon, presign=60)
    assert "X-Amz-Signature=" in path
    assert send(daemon, method, path, headers, body).status == 200
    refused(send(daemon, method, path + "&more=1", headers, body),
            "InvalidSignatureException", 403)
    clock(seconds=120)
    refused(send(daemon, method, path, headers, body), "InvalidSignatureException", 403)


@pytest.mark.parametrize("header", [
    "Basic dXNlcjpwYXNz", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a",
    "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00",
    "AWS4-HMAC-SHA256 Credential=AK/20260101/r/iot/aws4_request, SignedHeaders=host, "
    "Signature=00, Signature=00"])
def test_a_header_that_is_half_a_signature_is_incomplete(daemon, header):
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    reply = send(daemon, "GET", "/things", {"Authorization": header, "X-Amz-Date": date})
    refused(reply, "IncompleteSignatureException", 400)


@pytest.mark.parametrize("level", ["info", "debug"])
def test_no_secret_is_in_the_log_or_in_a_reply(tmp_path, level):
    """Also those of others: private keys that are made, and a wrong signature's own."""
    with Daemon(tmp_path, "--log-level", level) as daemon:
        _, secret = daemon.credentials
        reply = send(daemon, *signed(daemon, secret=secret[::-1]))
        assert secret.encode() not in reply.body
        refused(reply, "InvalidSignatureException", 403)
        made = daemon.iot.create_keys_and_certificate()["keyPair"]["PrivateKey"]
        send(daemon, "GET", "/nowhere", {})
        wire.request(daemon.url, "GET", "/things?x=y", {"Authorization": f"Bearer {secret}"})
        daemon.aws("iot", "list-things")
        log = daemon.log.read_text()
    assert '"http":403' in log
    assert ('"level":"debug"' in log) == (level == "debug")
    assert secret not in log and secret[::-1] not in log
    assert "PRIVATE KEY" not in log and made.splitlines()[2] not in log


def test_without_signatures_everybody_here_is_let_in_but_no_foreign_page(tmp_path):
    with Daemon(tmp_path, auth=False) as daemon:
        host = daemon.url.split("//")[1]
        port = host.split(":")[1]
        assert send(daemon, "GET", "/things", {}).status == 200
        assert send(daemon, "GET", "/things", {"Origin": f"http://{host}"}).status == 200
        assert send(daemon, "GET", "/things", {"Host": f"localhost:{port}"}).status == 200
        for headers in ({"Origin": "https://evil.example.com"}, {"Origin": "null"},
                        {"Host": f"evil.example.com:{port}"},
                        {"Host": f"127.0.0.1.example.com:{port}"}):
            refused(send(daemon, "GET", "/things", headers), "AccessDeniedException", 403)
        message = refused(send(daemon, *signed(daemon, service="s3", key="made", secret="up")),
                          "UnknownOperationException", 404)
        assert "s3" in message
        reply = send(daemon, "POST", "/", {"Content-Type": "application/x-www-form-urlencoded"},
                     b"Action=GetCallerIdentity")
        refused(reply, "UnknownOperationException", 404)
