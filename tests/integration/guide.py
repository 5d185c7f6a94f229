"""The guides' commands, run by a shell as they are printed, and what the guides print after them.

    guide = Guide(daemon, folder, "us-west-2")
    guide("aws iot describe-audit-task --task-id a3aea009", {"a3aea009": task})
    like(printed, got)

A command is the guide's but for ids (given as a map) and the endpoint (a function in the shell).
"""

import datetime
import json
import os
import re
import subprocess

ID = re.compile(r"[a-zA-Z0-9_-]{1,128}")
HEX_ID = re.compile(r"[0-9a-f]{32}")
ENUM = re.compile(r"[A-Z][A-Z0-9_]*")
ARN = re.compile(r"(arn:aws:[a-z]+:[a-z0-9-]*:\d{12}:(?:[a-z]+[/:])?).+")


class Guide:
    """A shell in which `aws` is the real CLI, pointed at the daemon."""

    def __init__(self, daemon, folder, region):
        self.folder = folder
        self.url = daemon.url
        self.environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(folder), "AWS_DEFAULT_REGION": region,
            "AWS_SHARED_CREDENTIALS_FILE": str(daemon.data / "credentials"), "AWS_PAGER": "",
            "AWS_CONFIG_FILE": os.devnull, "AWS_MAX_ATTEMPTS": "1",
        }

    def run(self, command, ids=None):
        for printed, real in (ids or {}).items():
            assert printed in command, f"the command does not have {printed}"
            command = command.replace(printed, str(real))
        script = f'aws() {{ command aws --endpoint-url {self.url} --output json "$@"; }}\n{command}'
        return subprocess.run(["bash", "-euo", "pipefail"], input=script, cwd=self.folder,
                              env=self.environment, capture_output=True, text=True, timeout=60)

    def __call__(self, command, ids=None):
        """The parsed output; None where there is none, as of most commands that change."""
        done = self.run(command, ids)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def refused(self, command, ids=None):
        """What the CLI says when the daemon refuses."""
        done = self.run(command, ids)
        assert done.returncode == 254, (done.returncode, done.stdout, done.stderr)
        return done.stderr


def like(shown, got, more=(), at="output"):
    """`got` has the members that the guide shows, and no others but `more`, and each value has the
    form of the one shown: a list of such entries, an ARN of that kind, an enumeration, an id, a
    time."""
    if isinstance(shown, dict):
        assert isinstance(got, dict), f"{at} is {got!r}"
        assert set(shown) <= set(got), f"{at} lacks {set(shown) - set(got)}"
        assert set(got) - set(shown) <= set(more), f"{at} also has {set(got) - set(shown)}"
        for key, value in shown.items():
            like_member(key, value, got[key], more, f"{at}.{key}")
    elif isinstance(shown, list):
        assert isinstance(got, list) and bool(got) == bool(shown), f"{at} is {got!r}"
        for i, entry in enumerate(got):
            like(shown[0], entry, more, f"{at}[{i}]")
    else:
        assert type(got) is type(shown), f"{at} is {got!r}, not of the type of {shown!r}"
        if isinstance(shown, str):
            like_text(shown, got, at)


def like_member(key, shown, got, more, at):
    if re.search(r"(Time|Date)$", key):
        # Version 1 of the CLI, of which most examples are, prints seconds; version 2 ISO 8601.
        assert datetime.datetime.fromisoformat(got).tzinfo is not None, f"{at} is {got!r}"
    elif re.search(r"(task|finding|action)Id$", key):
        form = HEX_ID if HEX_ID.fullmatch(shown) else ID
        assert form.fullmatch(got), f"{at} is {got!r}"
    else:
        like(shown, got, more, at)


def like_text(shown, got, at):
    arn = ARN.fullmatch(shown)
    if arn:
        assert got.startswith(arn[1]) and len(got) > len(arn[1]), f"{at} is {got!r}"
    elif ENUM.fullmatch(shown):
        assert ENUM.fullmatch(got), f"{at} is {got!r}"
    else:
        assert got, f"{at} is empty"
