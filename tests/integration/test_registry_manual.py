"""The commands of docs/registry.md, as they stand there, from top to bottom."""

import os
import re
import subprocess
import sys

from bulwark import ACCOUNT, REGION, ROOT

# The aws CLI's own entry point, called again and again in one process: starting it anew for each
# command takes most of its time. `name=$(aws ...)` keeps the output as a variable.
RUNNER = r"""
import contextlib, io, re, shlex, sys
import awscli.clidriver
url, variables = sys.argv[1], {}
for line in sys.stdin.read().splitlines():
    name, command = re.fullmatch(r"(?:(\w+)=\$\()?aws (.*?)\)?", line).groups()
    words = [re.sub(r"\$(\w+)", lambda m: variables[m[1]], word) for word in shlex.split(command)]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = awscli.clidriver.create_clidriver().main(["--endpoint-url", url, *words])
    if status != 0:
        sys.exit(f"{line}: exit status {status}")
    if name:
        variables[name] = out.getvalue().strip()
"""


def commands():
    manual = (ROOT / "docs/registry.md").read_text()
    blocks = re.findall(r"(?:^    .*\n)+", manual, re.M)
    # The first block is how `aws` comes to mean this server.
    lines = re.sub(r"\\\n *", "", "".join(blocks[1:]))
    return [line.strip() for line in lines.splitlines()]


def test_the_commands_do_what_the_page_says(fresh, tmp_path):
    script = commands()
    assert len(script) >= 20
    done = subprocess.run([sys.executable, "-c", RUNNER, fresh.url], input="\n".join(script),
                          cwd=tmp_path, capture_output=True, text=True, timeout=240, env={
                              "PATH": os.environ["PATH"], "HOME": str(tmp_path),
                              "AWS_SHARED_CREDENTIALS_FILE": str(fresh.data / "credentials"),
                              "AWS_DEFAULT_REGION": REGION, "AWS_PAGER": ""})
    assert done.returncode == 0, done.stdout + done.stderr
    iot = fresh.iot
    lamp = iot.describe_thing(thingName="lamp-7")
    assert lamp["attributes"] == {"serial": "0417"} and "thingTypeName" not in lamp
    assert len(iot.list_thing_principals(thingName="lamp-7")["principals"]) == 1
    groups = iot.list_thing_groups_for_thing(thingName="lamp-7")["thingGroups"]
    assert [group["groupName"] for group in groups] == ["square"]
    assert iot.describe_thing_type(thingTypeName="lamp")["thingTypeMetadata"]["deprecated"]
    alias = iot.describe_role_alias(roleAlias="lamps")["roleAliasDescription"]
    assert alias["roleArn"] == f"arn:aws:iam::{ACCOUNT}:role/lamps-2"
    assert len(iot.list_v2_logging_levels()["logTargetConfigurations"]) == 2
