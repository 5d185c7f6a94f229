"""CloudWatch Logs over what was imported, from the real aws CLI and boto3."""

import json
import subprocess
import time

from bulwark import BUILD, Daemon, error_of
from test_manuals import bash, blocks

LINES = [
    {"timestamp": "2026-01-02 10:00:00.000", "logLevel": "INFO", "eventType": "Connect",
     "status": "Success", "clientId": "lamp", "principalId": "ab" * 32, "sourceIp": "192.0.2.1"},
    {"timestamp": "2026-01-02 10:30:00.000", "logLevel": "ERROR", "eventType": "Disconnect",
     "status": "Failure", "clientId": "lamp", "reason": "DUPLICATE_CLIENT_ID", "sourcePort": 1024},
    {"timestamp": "2026-01-02 10:31:00.000", "logLevel": "INFO", "eventType": "Publish-In",
     "clientId": "lamp"},
]


def load(daemon):
    text = "".join(json.dumps(line) + "\n" for line in LINES)
    subprocess.run([BUILD / "bulwark", "import", "--data", daemon.data, "--connections", "-"],
                   input=text, text=True, check=True, capture_output=True, timeout=60)


def test_imported_lines_are_found(fresh):
    logs = fresh.client("logs")
    assert error_of(logs.filter_log_events, logGroupName="AWSIotLogsV2")[:2] == (
        "ResourceNotFoundException", 400)
    load(fresh)
    load(fresh)
    groups = fresh.aws("logs", "describe-log-groups")["logGroups"]
    assert [group["logGroupName"] for group in groups] == ["AWSIotLogsV2"]
    found = fresh.aws("logs", "filter-log-events", "--log-group-name", "AWSIotLogsV2",
                      "--filter-pattern", '{$.reason= "DUPLICATE_CLIENT_ID" }')["events"]
    assert [json.loads(event["message"]) for event in found] == [LINES[1]]
    stream, = fresh.aws("logs", "describe-log-streams", "--log-group-name",
                        "AWSIotLogsV2")["logStreams"]
    read = fresh.aws("logs", "get-log-events", "--log-group-name", "AWSIotLogsV2",
                     "--log-stream-name", stream["logStreamName"], "--start-from-head")
    assert [json.loads(event["message"]) for event in read["events"]] == LINES
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="AWSIotLogsV2", PaginationConfig={"PageSize": 1})
    assert [json.loads(event["message"]) for page in pages for event in page["events"]] == LINES
    bad = error_of(logs.filter_log_events, logGroupName="AWSIotLogsV2", filterPattern="{ $.a }")
    assert bad[:2] == ("InvalidParameterException", 400)


def test_records_go_after_their_days(tmp_path):
    with Daemon(tmp_path, auth=False) as daemon:
        load(daemon)
        daemon.move_clock(days=31)
        deadline = time.monotonic() + 90
        logs = daemon.client("logs")
        while logs.filter_log_events(logGroupName="AWSIotLogsV2")["events"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_the_page_does_what_it_says(fresh, tmp_path):
    commands = "".join(blocks("docs/logs.md", "# Logs"))
    done = bash(commands.replace("http://127.0.0.1:8480", fresh.url), tmp_path, DIR=str(fresh.data),
                AWS_SHARED_CREDENTIALS_FILE=str(fresh.data / "credentials"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count('"message"') == 1 and "DUPLICATE_CLIENT_ID" in done.stdout
