"""house.py: what the house's checks share: cases that are counted, and the files of the tree.

A check is a case with a name that can be false and the places where it is, FILE:LINE: MESSAGE.
With --tap the cases are printed as TAP (tools/check counts them), else failures only.
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
C_FOLDERS = ("src", "tests", "fuzz", "bench")


class Cases:
    """Cases in the order they were decided."""

    def __init__(self):
        self.rows = []

    def add(self, name, problems, notes=()):
        self.rows.append((name, list(problems), list(notes)))

    def report(self, tap):
        """Prints the cases; the exit status of the program."""
        failed = sum(1 for _, problems, _ in self.rows if problems)
        if tap:
            print(f"1..{len(self.rows)}")
        for number, (name, problems, notes) in enumerate(self.rows, 1):
            if tap:
                print(f"{'not ok' if problems else 'ok'} {number} - {name}")
            elif problems:
                print(f"not so: {name}")
            for line in problems + (notes if tap else []):
                print(f"{'# ' if tap else '  '}{line}")
        if not tap:
            print(f"{len(self.rows) - failed} rules hold, {failed} do not")
        return 1 if failed else 0


def tree_files():
    """Paths of the project's files, relative to ROOT: what git knows or would add."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        names = sorted(set(os.fsdecode(listed).split("\0")) - {""})
    except (OSError, subprocess.CalledProcessError):
        # A source archive without git.
        found = (p.relative_to(ROOT) for p in ROOT.rglob("*") if p.is_file())
        names = sorted(str(p) for p in found
                       if p.parts[0] != ".git" and not p.parts[0].startswith("build"))
    return [n for n in names if (ROOT / n).is_file()]


def c_files(files, folders=C_FOLDERS, suffixes=(".c", ".h")):
    return [f for f in files if f.split("/")[0] in folders and f.endswith(tuple(suffixes))]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


TOKEN = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.S | re.X)


def c_tokens(text):
    """(kind, line, text) of every comment and literal: 'block', 'line', 'string', 'char'."""
    kinds = {"/*": "block", "//": "line"}
    at, line = 0, 1
    for match in TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        body = match.group()
        kind = kinds.get(body[:2], "string" if body[0] == '"' else "char")
        yield kind, line, body


def c_code(text):
    """The text with comments and the insides of literals blanked; lines stay where they were."""
    def blank(match):
        body = match.group()
        keep = body[0] if body[0] in "\"'" else ""
        return keep + re.sub(r"[^\n]", " ", body[len(keep):len(body) - len(keep)]) + keep
    return TOKEN.sub(blank, text)


def main(build_cases):
    """The main of a check: build_cases(args) fills a Cases."""
    args = [a for a in sys.argv[1:] if a != "--tap"]
    sys.exit(build_cases(args).report("--tap" in sys.argv[1:]))
