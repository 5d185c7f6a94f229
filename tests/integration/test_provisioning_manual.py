"""The commands of docs/provisioning.md, as they stand there, from top to bottom."""

import re

from bulwark import ROOT
from test_manuals import bash


def test_the_commands_do_what_the_page_says(fresh, tmp_path):
    manual = (ROOT / "docs/provisioning.md").read_text()
    blocks = re.findall(r"(?:^    .*\n)+", manual, re.M)
    commands = [block for block in blocks if not block.startswith("    $.Resources")]
    assert len(commands) == len(blocks) - 1 >= 6
    script = re.sub(r"^    ", "", "".join(commands), flags=re.M)
    done = bash(script.replace("http://127.0.0.1:8480", fresh.url), tmp_path, DIR=str(fresh.data))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pump.pem  provisioned  thing pump-1  certificate ACTIVE" in done.stdout
    assert "odd.pem  failed" in done.stdout and "'no good name'" in done.stdout
    assert '"status\\":\\"Failure\\"' in done.stdout
    assert fresh.iot.describe_thing(thingName="pump-1")["attributes"] == {"line": "7"}
    groups = fresh.iot.list_thing_groups_for_thing(thingName="pump-1")["thingGroups"]
    assert [group["groupName"] for group in groups] == ["new"]
    assert fresh.iot.describe_thing(thingName="lamp-1")["thingName"] == "lamp-1"
