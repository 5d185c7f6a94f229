"""The commands of docs/iam.md, as they stand there, from top to bottom, with the files it shows."""

import json
import os
import re
import subprocess
import sys

from bulwark import ACCOUNT, REGION, ROOT
from test_registry_manual import RUNNER


def test_the_commands_do_what_the_page_says(fresh, tmp_path):
    manual = (ROOT / "docs/iam.md").read_text()
    files = re.findall(r"`(\S+\.json)`:\n\n```json\n(.*?)```", manual, re.S)
    assert len(files) == 3
    for name, text in files:
        (tmp_path / name).write_text(text)
    blocks = re.findall(r"(?:^    .*\n)+", re.sub(r"```.*?```", "", manual, flags=re.S), re.M)
    # The first block is how `aws` comes to mean this server.
    script = re.sub(r"\\\n *", "", "".join(blocks[1:]))
    script = [line.strip() for line in script.splitlines()]
    assert len(script) >= 20
    done = subprocess.run([sys.executable, "-c", RUNNER, fresh.url], input="\n".join(script),
                          cwd=tmp_path, capture_output=True, text=True, timeout=240, env={
                              "PATH": os.environ["PATH"], "HOME": str(tmp_path),
                              "AWS_SHARED_CREDENTIALS_FILE": str(fresh.data / "credentials"),
                              "AWS_DEFAULT_REGION": REGION, "AWS_PAGER": ""})
    assert done.returncode == 0, done.stdout + done.stderr
    iam = fresh.client("iam")
    role = iam.get_role(RoleName="TurnOff")["Role"]
    assert role["AssumeRolePolicyDocument"] == json.loads((tmp_path / "trust.json").read_text())
    assert iam.list_role_policies(RoleName="TurnOff")["PolicyNames"] == ["only-ours"]
    assert iam.list_attached_role_policies(RoleName="TurnOff")["AttachedPolicies"] == []
    auditor = iam.get_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/Auditor")["Policy"]
    assert (auditor["DefaultVersionId"], auditor["AttachmentCount"]) == ("v1", 1)
    assert len(iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]) == 1


def test_the_tables_name_policies_that_are_there(fresh):
    manual = (ROOT / "docs/iam.md").read_text()
    there = {p["PolicyName"]: p["Arn"] for page in
             fresh.client("iam").get_paginator("list_policies").paginate(Scope="AWS")
             for p in page["Policies"]}
    short = re.findall(r"`\.\.\.(\w+)`", manual)
    assert len(short) == 6
    for name in short:
        assert there["AWSIoTDeviceDefender" + name].split("policy")[1].startswith("/service-role/")
    for arn in re.findall(r"arn:aws:iam::aws:policy/[\w/-]+\w", manual):
        assert arn in there.values() or arn.endswith("service-role"), arn
