"""The daemon itself: its command line, its pages, its signals, its files."""

import json
import os
import pathlib
import re
import resource
import signal
import socket
import stat
import subprocess
import time

import botocore.exceptions
import pytest

from bulwark import BUILD, Daemon


def run(*arguments):
    return subprocess.run([BUILD / "bulwarkd", *arguments], capture_output=True, text=True,
                          timeout=30)


@pytest.mark.parametrize("arguments, complaint", [
    (["--listen", "8480"], "listen is '8480'"),
    (["--listen", "1.2.3"], "listen is '1.2.3'"),
    (["--listen", "localhost:8480"], "numeric address"),
    (["--account", "1234"], "twelve digits"),
    (["--region", "US_EAST"], "region is 'US_EAST'"),
    (["--region", "''"], "region is"),
    (["--insecure-no-auth", "--listen", "0.0.0.0:0"], "refused on 0.0.0.0:0"),
    (["--tls-key", "x"], "go together"),
    (["--tls-certificate", "x"], "go together"),
    (["--no-such-thing"], "there is no setting --no-such-thing"),
    (["--workers", "0"], "from 1 to 64"),
    (["--log-level", "loud"], "log-level is 'loud'"),
    (["--connections", "0"], "from 1 to 16384"),
    (["--idle-seconds", "3601"], "from 1 to 3600"),
    (["--request-seconds", "1.5"], "whole number"),
    (["--data"], "needs a value"),
    (["--endpoint", "bad_host/.."], "endpoint is 'bad_host/..'"),
    (["--endpoint", "https://mqtt.example.org"], "without scheme, port or path"),
    (["--endpoint", "mqtt..example.org"], "endpoint is"),
])
def test_bad_settings_are_refused_with_a_sentence_and_status_2(tmp_path, arguments, complaint):
    if "--data" not in arguments:
        arguments = ["--data", str(tmp_path / "data"), *arguments]
    done = run(*arguments)
    assert complaint in done.stderr
    assert done.stderr.startswith("bulwarkd: ")
    assert done.returncode == 2


def test_a_daemon_that_cannot_serve_says_why_with_status_1(tmp_path, daemon):
    port = daemon.url.rsplit(":", 1)[1]
    done = run("--data", str(tmp_path / "data"), "--listen", f"127.0.0.1:{port}")
    assert "cannot listen on 127.0.0.1" in done.stderr
    assert done.returncode == 1
    done = run("--data", "/dev/null")
    assert "is not a folder" in done.stderr
    assert done.returncode == 1
    for setting in ("--crl-dir", "--weak-key-dir"):
        done = run("--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0", setting,
                   str(tmp_path / "nothing"))
        assert str(tmp_path / "nothing") in done.stderr
        assert "No such file or directory" in done.stderr and "errno" not in done.stderr
        assert done.returncode == 1


def test_a_garbled_database_is_named_with_what_to_do_and_left_alone(tmp_path):
    (tmp_path / "data").mkdir(mode=0o700)
    database = tmp_path / "data" / "bulwark.db"
    database.write_text("nothing that was ever a database\n")
    done = run("--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0")
    assert str(database) in done.stderr and "put a backup in its place" in done.stderr
    assert "PRAGMA" not in done.stderr
    assert done.returncode == 1
    assert database.read_text() == "nothing that was ever a database\n"


def test_credentials_that_others_may_read_are_refused(fresh):
    fresh.stop()
    credentials = fresh.data / "credentials"
    credentials.chmod(0o640)
    done = run("--data", str(fresh.data), "--listen", "127.0.0.1:0")
    assert f"{credentials} has mode 640" in done.stderr
    assert done.returncode == 1
    credentials.chmod(0o600)
    fresh.start()


def test_what_a_folder_was_served_with_is_left_in_it_and_can_be_read_again(tmp_path, monkeypatch):
    """Each setting of --help is in last.conf, or is about something else than judging."""
    elsewhere = {"config", "data", "listen", "account", "region", "insecure-no-auth",
                 "tls-certificate", "tls-key", "audit-log-mib", "audit-log-files",
                 "audit-log-reads", "log-level", "log-format", "io-threads", "workers",
                 "connections", "connections-per-address", "idle-seconds", "request-seconds",
                 "check-db", "in-memory", "check-replies", "test-clock", "help", "version",
                 "broker-socket", "broker-user", "broker-state-hours", "broker-fail-closed",
                 "broker-queue-mib", "storm-connects", "flapping-connects",
                 "flapping-ban-seconds"}
    (tmp_path / "lists").mkdir()
    monkeypatch.chdir(tmp_path)
    with Daemon(tmp_path, "--crl-dir", "lists", "--weak-key-dir", "lists", "--fetch-allow",
                "10.0.0.0/8", "--endpoint", "mqtt.example.org", "--audit-days", "400",
                "--extensions", "--public-url", "http://10.0.0.1:8480", auth=False) as daemon:
        path = daemon.data / "last.conf"
        kept = dict(line.split(" ", 1) for line in path.read_text().splitlines()
                    if not line.startswith("#"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert kept["crl-dir"] == kept["weak-key-dir"] == str(tmp_path / "lists")
    assert kept["fetch-allow"] == "10.0.0.0/8,127.0.0.0/8,::1"
    assert (kept["audit-days"], kept["extensions"]) == ("400", "true")
    settings = set(re.findall(r"^  --([a-z-]+)", run("--help").stdout, re.M))
    # Kept when they are given: sns-endpoint needs credentials of AWS, and test_watched.py gives
    # watch-certificate.
    assert settings - elsewhere == set(kept) | {"sns-endpoint", "watch-certificate"}
    daemon.arguments = ["--config", str(path)]
    before = path.read_text()
    daemon.start()
    daemon.stop()
    assert path.read_text() == before


def test_help_and_version_leave_nothing_behind(tmp_path):
    assert "--listen ADDR:PORT" in run("--help").stdout
    assert run("--version").stdout.startswith("bulwarkd ")


def test_a_configuration_file_is_read_and_the_command_line_wins(tmp_path):
    config = tmp_path / "bulwark.conf"
    config.write_text("# ours\naccount 111111111111\nregion eu-west-1\n")
    with Daemon(tmp_path, "--config", str(config), "--region", "eu-north-1") as daemon:
        arn = daemon.iot.create_thing(thingName="x")["thingArn"]
        assert arn == "arn:aws:iot:eu-north-1:111111111111:thing/x"
    config.write_text("account 111111111111\ncolour red\n")
    done = run("--config", str(config))
    assert done.returncode == 2
    assert "line 2: there is no setting colour" in done.stderr


def test_files_of_the_account_are_for_the_owner_alone(daemon):
    for name in ("bulwark.db", "credentials", "local-ca.key"):
        assert stat.S_IMODE((daemon.data / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE(daemon.data.stat().st_mode) == 0o700


def test_health_says_that_it_serves(daemon):
    reply = daemon.get("/health")
    assert reply.status == 200
    assert reply.json["status"] == "ok"


def test_metrics_are_clean_under_promtool(daemon):
    daemon.iot.list_things()
    page = daemon.get("/metrics").body
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert b'bulwark_api_calls_total{service="iot",operation="ListThings"}' in page
    assert b"\nbulwark_store_open_views 0\n" in page
    assert b"\nbulwark_store_wal_held_total 0\n" in page


def test_metrics_speak_openmetrics_when_asked(daemon):
    reply = daemon.get("/metrics", {"Accept": "application/openmetrics-text; version=1.0.0"})
    assert reply.headers["Content-Type"].startswith("application/openmetrics-text")
    assert reply.body.endswith(b"# EOF\n")
    assert b"# TYPE bulwark_http_requests counter" in reply.body


def test_the_account_survives_an_orderly_restart(fresh):
    fresh.iot.create_thing(thingName="kept")
    key = fresh.credentials
    fresh.restart()
    assert fresh.credentials == key
    assert fresh.iot.describe_thing(thingName="kept")["thingName"] == "kept"


def test_a_folder_keeps_its_account_and_region_and_refuses_others(tmp_path):
    with Daemon(tmp_path, "--account", "111111111111", "--region", "eu-west-1") as daemon:
        daemon.iot.create_thing(thingName="x")
    for setting, value, kept in (("--account", "222222222222", "111111111111"),
                                 ("--region", "us-east-1", "eu-west-1")):
        done = run("--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0", setting, value)
        assert done.returncode == 2
        assert kept in done.stderr and f"Leave {setting} out" in done.stderr
    with Daemon(tmp_path) as daemon:
        arn = daemon.iot.describe_thing(thingName="x")["thingArn"]
        assert arn == "arn:aws:iot:eu-west-1:111111111111:thing/x"


def test_what_was_acknowledged_survives_kill_9(fresh):
    for round_number in range(3):
        acknowledged = []
        deadline = time.monotonic() + 0.5
        while time.monotonic() < deadline:
            name = f"r{round_number}-{len(acknowledged)}"
            fresh.iot.create_thing(thingName=name)
            acknowledged.append(name)
        fresh.kill()
        fresh.start()
        for name in acknowledged:
            assert fresh.iot.describe_thing(thingName=name)["thingName"] == name


def test_a_second_daemon_on_the_same_data_is_refused(daemon):
    done = run("--data", str(daemon.data), "--listen", "127.0.0.1:0")
    assert done.returncode != 0
    assert "bulwark.db" in done.stderr or "data" in done.stderr


def test_each_request_is_one_json_line_with_its_id(daemon):
    reply = daemon.raw("GET", "/things/nobody")
    request_id = reply.headers["x-amzn-RequestId"]
    line = [l for l in daemon.log.read_text().splitlines() if request_id in l]
    assert len(line) == 1
    record = json.loads(line[0])
    assert record["operation"] == "DescribeThing"
    assert record["http"] == 404


def test_a_body_beyond_the_bound_is_a_named_error_and_a_line_of_the_log(daemon):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        daemon.iot.register_certificate(certificatePem="A" * (1 << 20))
    reply = caught.value.response
    assert reply["Error"]["Code"] == "RequestEntityTooLargeException"
    assert reply["Error"]["Message"] == "The request body is too large."
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 413
    request_id = reply["ResponseMetadata"]["RequestId"]
    line = [l for l in daemon.log.read_text().splitlines() if request_id in l]
    assert len(line) == 1
    record = json.loads(line[0])
    assert (record["event"], record["http"]) == ("http.rejected", 413)
    assert record["peer"] == "127.0.0.1"


@pytest.mark.parametrize("end, name", [(signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "SIGINT")])
@pytest.mark.parametrize("journal", [True, False])
def test_text_lines_have_a_priority_for_the_journal_alone_and_the_end_names_its_signal(
        tmp_path, journal, end, name):
    log = tmp_path / "log"
    with log.open("wb") as sink:
        st = os.fstat(sink.fileno())
        stream = f"{st.st_dev}:{st.st_ino if journal else st.st_ino + 1}"
        daemon = subprocess.Popen(
            [BUILD / "bulwarkd", "--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0"],
            stderr=sink, env={**os.environ, "JOURNAL_STREAM": stream})
    deadline = time.monotonic() + 30
    while "bulwarkd.ready" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    daemon.send_signal(end)
    assert daemon.wait(30) == 0
    lines = log.read_text().splitlines()
    assert all(line.startswith("<6>") == journal for line in lines)
    assert f'bulwarkd.stopped signal="{name}" clean=1' in lines[-1]


@pytest.mark.parametrize("name", ["@bulwark-test-{}", "path"])
def test_the_service_manager_hears_of_ready_reload_and_stop(tmp_path, monkeypatch, name):
    name = name.format(os.getpid()) if name[0] == "@" else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name[1:] if name[0] == "@" else name)
        manager.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        with Daemon(tmp_path) as daemon:
            assert manager.recv(256) == b"READY=1"
            assert daemon.get("/health").status == 200
            daemon.process.send_signal(signal.SIGHUP)
            assert re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=\d+", manager.recv(256))
            assert manager.recv(256) == b"READY=1"
        assert manager.recv(256) == b"STOPPING=1"


def test_a_manager_that_is_not_there_is_no_reason_not_to_serve(tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    with Daemon(tmp_path) as daemon:
        assert daemon.get("/health").status == 200
        assert "bulwarkd.notify_failed" in daemon.log.read_text()


def open_files(process):
    """The soft and the hard limit of open files."""
    return resource.prlimit(process.pid, resource.RLIMIT_NOFILE)


def test_the_limit_of_open_files_is_raised_to_what_the_bounds_need(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    low = min(hard, 256)
    resource.setrlimit(resource.RLIMIT_NOFILE, (low, hard))
    try:
        with Daemon(tmp_path) as daemon:
            assert open_files(daemon.process)[0] > 1024 or hard <= 1024
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_too_low_a_hard_limit_of_open_files_is_told_and_served_with(tmp_path):
    done = subprocess.Popen(
        ["prlimit", "--nofile=200:200", BUILD / "bulwarkd", "--data", tmp_path / "data",
         "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
    lines = []
    for line in done.stderr:
        lines.append(line)
        if "bulwarkd.ready" in line:
            break
    done.terminate()
    done.communicate(timeout=30)
    assert done.returncode == 0
    assert any("bulwarkd.few_files" in line and "200 files may be open" in line for line in lines)
