"""A running bulwarkd, driven as its users drive it: the aws CLI, boto3, and raw signed requests.

    with Daemon(tmp_path) as daemon:
        daemon.iot.create_thing(thingName="lamp")
        daemon.aws("iot", "describe-thing", "--thing-name", "lamp")
        daemon.raw("GET", "/things/lamp")
"""

import collections
import configparser
import copy
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import time
import urllib.error
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BULWARK_BUILD", ROOT / "build"))
REGION = "us-east-1"
ACCOUNT = "123456789012"
READY_SECONDS = 30
STOP_SECONDS = 30

# How often each operation was called in this run of tests: what coverage is judged by.
calls = collections.Counter()
misfits = []

Reply = collections.namedtuple("Reply", "status headers body json")


class Daemon:
    def __init__(self, folder, *arguments, auth=True):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.log = self.folder / "bulwarkd.log"
        self.clock_file = self.folder / "clock"
        self.clock_file.write_bytes(struct.pack("<q", 0))
        self.arguments = list(arguments) + ([] if auth else ["--insecure-no-auth"])
        self.auth = auth
        self.process = None
        self.url = None
        self.key = None

    # ---- life

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        start = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [BUILD / "bulwarkd", "--data", self.data, "--listen", "127.0.0.1:0",
                 "--check-replies", "--log-format", "json", "--test-clock", self.clock_file,
                 *self.arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.url = self._ready(start)
        self._clients = {}
        return self

    def _ready(self, start):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            text = self.log.read_text(errors="replace")[start:]
            for line in text.splitlines():
                if '"event":"bulwarkd.ready"' in line:
                    return json.loads(line)["url"]
            if self.process.poll() is not None:
                raise RuntimeError(f"bulwarkd ended with {self.process.returncode}: {text}")
            time.sleep(0.02)
        raise RuntimeError("bulwarkd was not ready in time")

    def stop(self):
        """SIGTERM, and what it must leave: exit status 0."""
        if self.process is None:
            return
        self.take_counts()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(STOP_SECONDS)
        self.process = None
        assert status == 0, f"bulwarkd ended with {status}: {self.log.read_text()[-4000:]}"

    def kill(self):
        """SIGKILL: no goodbye."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)
        self.process = None

    def restart(self):
        self.stop()
        return self.start()

    # ---- time

    def move_clock(self, days=0.0, seconds=0.0):
        """The daemon's clock shows so much more than the machine's."""
        # In place: the daemon has the file mapped, and one that is empty for a moment would end it.
        with open(self.clock_file, "r+b") as file:
            file.write(struct.pack("<q", int((days * 86400 + seconds) * 1000)))

    # ---- clients

    def as_user(self, key):
        """The same daemon asked with another key, as CreateAccessKey replied it."""
        other = copy.copy(self)
        other.key = (key["AccessKeyId"], key["SecretAccessKey"])
        other._clients = {}
        return other

    @property
    def credentials(self):
        if self.key:
            return self.key
        config = configparser.ConfigParser()
        config.read(self.data / "credentials")
        return (config["default"]["aws_access_key_id"],
                config["default"]["aws_secret_access_key"])

    def client(self, service):
        if service not in self._clients:
            key, secret = self.credentials
            self._clients[service] = boto3.client(
                service, endpoint_url=self.url, region_name=REGION,
                aws_access_key_id=key, aws_secret_access_key=secret,
                config=botocore.config.Config(retries={"max_attempts": 0}))
        return self._clients[service]

    @property
    def iot(self):
        return self.client("iot")

    def aws(self, *words, check=True):
        """The aws CLI with DIR/credentials, as the README says. The parsed output; with check=False
        the finished process."""
        environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(self.folder),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.data / "credentials"),
            "AWS_CONFIG_FILE": str(self.folder / "no-config"),
            "AWS_DEFAULT_REGION": REGION, "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1",
        }
        if self.key:
            environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"] = self.key
        done = subprocess.run(
            ["aws", "--endpoint-url", self.url, "--output", "json", *map(str, words)],
            env=environment, capture_output=True, text=True, timeout=120)
        if not check:
            return done
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def raw(self, method, path, body=None, headers=None, sign=True):
        """One request with exactly this path, signed as botocore signs; what came back, whole. For
        what the SDKs refuse to send, and for operations newer than they are."""
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        # Without a type of its own, urllib says "form", which is another protocol of AWS.
        headers = {**({"Content-Type": "application/json"} if data else {}), **(headers or {})}
        request = botocore.awsrequest.AWSRequest(method, self.url + path, data=data,
                                                 headers=headers)
        if sign:
            botocore.auth.SigV4Auth(
                botocore.credentials.Credentials(*self.credentials), "iot", REGION
            ).add_auth(request)
        http = urllib.request.Request(self.url + path, data=data, method=method,
                                      headers=dict(request.headers.items()))
        try:
            with urllib.request.urlopen(http, timeout=60) as reply:
                return _reply(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as error:
            return _reply(error.code, error.headers, error.read())

    def get(self, path, headers=None):
        """A page of the daemon's own: unsigned."""
        return self.raw("GET", path, headers=headers, sign=False)

    # ---- audits

    ROLE = f"arn:aws:iam::{ACCOUNT}:role/audit"

    def enable(self, *checks, **days):
        """days: check name -> threshold."""
        config = {check: {"enabled": True} for check in checks}
        for check, key_and_days in days.items():
            config[check]["configuration"] = key_and_days
        reply = self.raw("PATCH", "/audit/configuration",
                         {"roleArn": self.ROLE, "auditCheckConfigurations": config})
        assert reply.status == 200, reply.body

    def audit(self, *checks, seconds=60):
        """An audit of these checks, carried through: its description."""
        task = self.iot.start_on_demand_audit_task(targetCheckNames=list(checks))["taskId"]
        return self.audit_wait(task, seconds)

    def audit_wait(self, task, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            audit = self.iot.describe_audit_task(taskId=task)
            if audit["taskStatus"] != "IN_PROGRESS":
                return {**audit, "taskId": task}
            time.sleep(0.05)
        raise AssertionError(f"audit {task} was not done in {seconds} s")

    def findings(self, task, **filters):
        pages = []
        token = {}
        while True:
            page = self.iot.list_audit_findings(taskId=task, maxResults=250, **filters, **token)
            pages += page["findings"]
            if "nextToken" not in page:
                return pages
            token = {"nextToken": page["nextToken"]}

    # ---- what was called

    def take_counts(self):
        text = self.get("/metrics").body.decode()
        for service, name, count in re.findall(
                r'bulwark_api_calls_total{service="(\w+)",operation="(\w+)"} (\d+)', text):
            calls[name if service == "iot" else f"{service}_{name}"] += int(count)
        for line in self.log.read_text(errors="replace").splitlines():
            if '"misfit":1' in line:
                misfits.append(line)


def _reply(status, headers, body):
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    return Reply(status, headers, body, parsed)


def error_of(call, **arguments):
    """The (code, HTTP status, message) with which a boto3 call fails."""
    import botocore.exceptions
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return (error.response["Error"]["Code"],
                error.response["ResponseMetadata"]["HTTPStatusCode"],
                error.response["Error"]["Message"])
    raise AssertionError(f"{call} with {arguments} did not fail")
