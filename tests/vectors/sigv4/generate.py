#!/usr/bin/python3
"""Signs requests with botocore and writes them down as cases.json.

    tests/vectors/sigv4/generate.py > tests/vectors/sigv4/cases.json

Each case is a request as it goes over the wire, signed by the SDK that the aws CLI uses, at a fixed
moment with a key made up here. tests/unit/api/test_sigv4.c reads them: ours must accept each as it
stands, and refuse it after any change.
"""

import datetime
import json
import sys
from urllib.parse import quote, urlsplit

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY = "AKIDBULWARKEXAMPLE01"
SECRET = "not/a+real=secret0123456789abcdefghijklmn"
MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5)
HOST = "localhost:8480"

# name, method, path and query as sent, headers, body, session token
REQUESTS = [
    ("get", "GET", "/things", {}, b"", None),
    ("get-root", "GET", "/", {}, b"", None),
    ("get-no-path", "GET", "", {}, b"", None),
    ("colon-in-name", "GET", "/things/A%3Ab", {}, b"", None),
    ("space-in-name", "GET", "/things/a%20b", {}, b"", None),
    ("unicode-in-name", "GET", "/things/" + quote("Gerät-☃"), {}, b"", None),
    ("slash-in-name", "GET", "/policies/a%2Fb/version", {}, b"", None),
    ("empty-segments", "GET", "//things///a/", {}, b"", None),
    ("dot-segments", "GET", "/a/./b/../things/..", {}, b"", None),
    ("percent-twice", "GET", "/things/a%252Fb", {}, b"", None),
    ("unreserved", "GET", "/a-b_c.d~e", {}, b"", None),
    ("reserved", "GET", "/a@b,c(d)!e*f'g$h&i=j", {}, b"", None),
    ("query", "GET", "/things?maxResults=10&nextToken=abc%3D%3D", {}, b"", None),
    ("query-sorted-by-name-then-value", "GET", "/things?b=2&a=9&a=10&B=1&a-=3&a=", {}, b"", None),
    ("query-arn", "GET", "/target-policies?arn=" + quote("arn:aws:iot:eu-central-1:1:cert/ä b+",
                                                         safe=""), {}, b"", None),
    ("query-without-value", "PUT", "/x?validate=", {}, b"", None),
    ("body", "POST", "/things/a", {"Content-Type": "application/json"},
     b'{"thingTypeName":"t"}', None),
    ("body-binary", "PUT", "/x", {}, bytes(range(128)), None),
    ("header-spaces", "GET", "/things", {"X-Amz-Meta": "  a   b \t c  "}, b"", None),
    ("token", "DELETE", "/things/a", {}, b"", "token/with+odd=characters"),
    ("content-hash", "POST", "/things/a", {"X-Amz-Content-SHA256":
     "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}, b"{}", None),
]
SCOPES = [("eu-central-1", "iot"), ("us-east-1", "sts")]


class FixedTime(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return MOMENT


def sign(auth_class, request, region, service, **more):
    name, method, target, headers, body, token = request
    aws = AWSRequest(method=method, url=f"http://{HOST}{target}", headers=dict(headers), data=body)
    auth_class(Credentials(KEY, SECRET, token), service, region, **more).add_auth(aws)
    prepared = aws.prepare()
    parts = urlsplit(prepared.url)
    sent = [[n, v if isinstance(v, str) else v.decode()] for n, v in prepared.headers.items()]
    if not any(n.lower() == "host" for n, _ in sent):
        sent.append(["Host", parts.netloc])
    return {"name": name, "method": method,
            "target": (parts.path or "/") + ("?" + parts.query if parts.query else ""),
            "headers": sent, "body": body.decode("ascii"), "region": region, "service": service,
            "token": token}


def main():
    botocore.auth.datetime.datetime = FixedTime
    cases = []
    for request in REQUESTS:
        for region, service in SCOPES[:2 if request[0] in ("get", "body") else 1]:
            case = sign(botocore.auth.SigV4Auth, request, region, service)
            case["name"] += "-" + service
            cases.append(case)
    for request in REQUESTS:
        if not request[4]:
            case = sign(botocore.auth.SigV4QueryAuth, request, "eu-central-1", "iot", expires=600)
            case["name"] = "presigned-" + case["name"]
            cases.append(case)
    document = {"accessKey": KEY, "secret": SECRET, "moment": MOMENT.isoformat() + "Z",
                "cases": cases}
    json.dump(document, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
