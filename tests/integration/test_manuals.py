"""The commands of README.md and of pages in docs/, as they stand there."""

import json
import os
import re
import shutil
import socket
import subprocess

from bulwark import BUILD, REGION, ROOT


def blocks(page, section):
    text = (ROOT / page).read_text().split(section)[1].split("\n## ")[0]
    return [re.sub(r"^    ", "", block, flags=re.M)
            for block in re.findall(r"(?:^    .*\n)+", text, re.M)]


def bash(script, cwd, **environment):
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-m"], input=script, cwd=cwd, capture_output=True, text=True,
        timeout=180, env={"PATH": f"{BUILD}:/usr/bin:/bin", "HOME": str(cwd), "AWS_PAGER": "",
                          "AWS_DEFAULT_REGION": REGION, **environment})


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_page_on_audits_does_what_it_says(fresh, tmp_path):
    function, *commands = blocks("docs/audits.md", "## Configure, run, read")
    script = function.replace("http://127.0.0.1:8480", fresh.url) + "".join(commands)
    done = bash(script, tmp_path, DIR=str(fresh.data),
                AWS_SHARED_CREDENTIALS_FILE=str(fresh.data / "credentials"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Why it matters" in done.stdout
    sarif = json.loads((tmp_path / "audit.sarif").read_text())
    assert sarif["runs"][0]["results"][0]["ruleId"] == "LOGGING_DISABLED_CHECK"


def test_the_page_on_collecting_goes_to_an_account_and_back(fresh, tmp_path):
    fresh.iot.create_policy(policyName="wide", policyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    commands = blocks("docs/collect.md", "## From an account to a mitigation and back")
    done = bash("".join(commands), tmp_path, ENDPOINT=fresh.url,
                AWS_SHARED_CREDENTIALS_FILE=str(fresh.data / "credentials"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 made" in done.stdout and "1 restored" in done.stdout
    assert "wide" in (tmp_path / "account.html").read_text()


def test_the_page_on_operating_asks_another_service(fresh, tmp_path):
    (commands,) = blocks("docs/operating.md", "## Other services at the same address")
    done = bash(commands.replace("http://127.0.0.1:8480", fresh.url)
                .replace("/var/lib/bulwark", str(fresh.data)), tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Arn"].endswith(":root")


def test_the_readme_sets_up_a_fleet_of_ones_own(tmp_path):
    *first, policies = blocks("README.md", "## A fleet of your own")
    first = "".join(first)
    (tmp_path / "build").symlink_to(BUILD)
    port = free_port()
    script = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + (
        first.replace("make                ", "true ")
        .replace("&             ", "2>/dev/null & until [ -e fleet/endpoint ]; do sleep 0.1; done;")
        .replace("build/bulwarkd --data", f"build/bulwarkd --listen 127.0.0.1:{port} --data")
        .replace(":8480", f":{port}")
        .replace("role/Audit\n", "role/Audit || test $? = 1\n"))
    done = bash(script, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "certificateArn" in done.stdout and "LOGGING_DISABLED_CHECK" in done.stdout
    (tmp_path / "policies").mkdir()
    shutil.copy(ROOT / "tests/vectors/manual/gateway.json", tmp_path / "policies")
    done = bash(re.sub(r"\n", " || test $? = 1\n", policies), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "never" in done.stdout and "COMPLIANT" in done.stdout.upper()


def test_the_page_on_import_does_what_it_says(fresh, tmp_path):
    script = "".join(blocks("docs/import.md", "## A history of connections"))
    done = bash(script, tmp_path, DIR=str(fresh.data))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 lines: 3 new" in done.stdout


def test_the_page_on_import_takes_an_account_over(fresh, tmp_path):
    """Exported here, and imported here: all is known already."""
    vectors = ROOT / "tests/vectors/import"
    words = [str(word) for page in (1, 2)
             for word in ("--account-details", vectors / f"account-details-{page}.json")]
    made = subprocess.run([BUILD / "bulwark", "import", "--data", fresh.data, *words,
                           "--identity-pools", vectors / "identity-pools.json"],
                          capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    script = (blocks("docs/import.md", "## Users, roles and policies")[0]
              + "".join(blocks("docs/import.md", "## Identity pools"))
              + "".join(blocks("docs/import.md", "## Which services roles used")))
    done = bash(f'aws() {{ command aws --endpoint-url {fresh.url} "$@"; }}\n' + script, tmp_path,
                DIR=str(fresh.data),
                AWS_SHARED_CREDENTIALS_FILE=str(fresh.data / "credentials"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "dry run; nothing was written\npolicies: 0 new, 0 changed" in done.stdout
    assert "users: 0 new, 0 changed, 2 known already, 0 refused" in done.stdout
    assert "identity pools: 0 new, 0 changed, 1 known already, 0 refused" in done.stdout
    assert "reports of last use: 0 new, 0 changed, 1 known already, 0 refused" in done.stdout


def test_the_page_on_the_broker_starts_one(fresh, tmp_path):
    certificate, start = blocks("docs/broker.md", "## Set up")
    port = free_port()
    (fresh.data / "broker" / "ca").mkdir(parents=True, exist_ok=True)
    script = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + certificate + (
        start.replace("--port 8883", f"--port {port} --bind 127.0.0.1")
        .replace("mosquitto -c mosquitto.conf",
                 "test $(id -u) != 0 || echo user root >> mosquitto.conf\n"
                 "/usr/sbin/mosquitto -c mosquitto.conf 2>log &"))
    script += (f"until openssl s_client -connect 127.0.0.1:{port} </dev/null >tls 2>&1; "
               "do sleep 0.1; kill -0 %1; done\ncat log tls\n")
    done = bash(script, tmp_path, DIR=str(fresh.data))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "bulwark: plugin" in done.stdout and "CN = localhost" in done.stdout


def test_the_manual_pages_have_every_option_of_every_command():
    """In their synopses, as --help has them in its usage."""
    def told(*words):
        done = subprocess.run([BUILD / "bulwark", *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout
    synopses = "\n".join(re.search(r"# SYNOPSIS\n(.*?)\n# ", page.read_text(), re.S)[1]
                         for page in (ROOT / "man").glob("bulwark*.1.scd"))
    commands = re.findall(r"^  ((?:(?:ban|policy|mitigate|notifications) (?=[a-z]+ ))?[a-z-]+) ",
                          told("help").replace("mitigate       ", "mitigate  ="), re.M)
    assert len(commands) == 21 and "ban add" in commands and "mitigate" in commands
    for command in commands:
        usage = told(*command.split(), "--help").split("\n\n")[0]
        lines = re.findall(rf"^\*bulwark {command}\* .*(?:\n.+)*", synopses, re.M)
        options = set(re.findall(r"--[a-z-]+", usage))
        assert options <= set(re.findall(r"--[a-z-]+", " ".join(lines))), command
