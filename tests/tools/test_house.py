#!/usr/bin/python3
"""test_house.py: every rule of tools/check-floors and tools/check-rules can be broken.

Each case makes a small clean tree, breaks one rule in it, and demands that exactly this rule is
reported, at the right place. tools/check is tried on programs that pass, fail and break off.
Prints TAP.
"""

import concurrent.futures
import importlib.machinery
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

HEADER = """/* {name}.h: a part of the tree. */
#ifndef {guard}_H
#define {guard}_H

int {name}_value(void);

#endif
"""
SOURCE = """#include "{folder}/{name}.h"

#include "base/banned.h"

int {name}_value(void)
{{
    return 1;
}}
"""


def module(folder, name):
    guard = f"{folder}_{name}".upper()
    return {f"src/{folder}/{name}.h": HEADER.format(name=name, guard=guard),
            f"src/{folder}/{name}.c": SOURCE.format(folder=folder, name=name),
            f"tests/unit/{folder}/test_{name}.c": "int main(void)\n{\n    return 0;\n}\n"}


def clean_tree():
    return {"src/base/banned.h": "/* banned.h: nothing is banned here. */\n",
            "src/x509/cert_priv.h": "/* cert_priv.h: for x509 alone. */\n",
            **module("base", "one"), **module("policy", "two"), **module("x509", "cert"),
            "fuzz/meson.build": "fuzz_targets = {\n  'one': [],\n}\n",
            "bench/meson.build": "benchmarks = {\n}\n",
            "build/meson-info/intro-tests.json": '[{"name": "t", "suite": ["p:quick"]}]'}


class Tree:
    """A tree with its own copy of the tools."""

    def __init__(self, changes):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="bulwark-house-"))
        (self.root / "tools").mkdir()
        for name in ("house.py", "check-floors", "check-rules", "check", "floors"):
            shutil.copy(ROOT / "tools" / name, self.root / "tools" / name)
        shutil.copy(ROOT / ".clang-format", self.root)
        self.files = {"tools/rules": "", **clean_tree(), **changes}
        for name, text in self.files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.compile()

    def compile(self):
        """The objects in which globals are looked for; sources that do not compile have none."""
        entries = []
        for name in self.files:
            if name.startswith("src/") and name.endswith(".c"):
                output = name.replace("/", "_") + ".o"
                subprocess.run(["cc", "-c", "-Isrc", name, "-o", f"build/{output}"],
                               cwd=self.root, stderr=subprocess.DEVNULL)
                entries.append({"file": f"../{name}", "output": output})
        (self.root / "build" / "compile_commands.json").write_text(json.dumps(entries))

    def run(self, *command):
        done = subprocess.run(command, cwd=self.root, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root)


def with_include(folder, name, include):
    text = SOURCE.format(folder=folder, name=name)
    return {f"src/{folder}/{name}.c": include + "\n" + text}


def with_body(body):
    return {"src/base/one.c": SOURCE.format(folder="base", name="one").replace(
        "    return 1;\n", body)}


LONG = "".join(f"    one_value(); /* {i} */\n" for i in range(101)) + "    return 1;\n"
TANGLED = "".join(
    f"    if (one_value() == {i}) {{\n        return {i};\n    }}\n" for i in range(15)
) + "    return 1;\n"

# What breaks, the change that breaks it, the tool, and the line that must be printed.
BROKEN = [
    ("an include of a higher floor", with_include("base", "one", '#include "policy/two.h"'),
     "floors", "src/base/one.c:1: base may not include policy (policy/two.h)"),
    ("an include of a neighbour", with_include("policy", "two", '#include "x509/cert.h"'),
     "floors", "src/policy/two.c:1: policy may not include x509 (x509/cert.h)"),
    ("a private header of another folder",
     {**with_include("x509", "cert", '#include "codec/a_priv.h"'),
      "src/codec/a_priv.h": "/* a_priv.h: private. */\n"},
     "floors", "src/x509/cert.c:1: codec/a_priv.h is private to codec/"),
    ("a private header in a test of another folder",
     {"tests/unit/base/test_one.c": '#include "x509/cert_priv.h"\n'},
     "floors", "tests/unit/base/test_one.c:1: x509/cert_priv.h is private to x509/"),
    ("a foreign header beside its door", with_include("policy", "two", "#include <sqlite3.h>"),
     "floors", "src/policy/two.c:1: sqlite3.h may be included only by"),
    ("a foreign header without a door", with_include("policy", "two", "#include <zlib.h>"),
     "floors", "src/policy/two.c:1: <zlib.h> has no door"),
    ("a header not by its path from src", with_include("base", "one", '#include "one.h"'),
     "floors", 'src/base/one.c:1: "one.h" is not a path from src/'),
    ("a folder that is on no floor", module("attic", "box"),
     "floors", "src/attic: not in tools/floors"),
    ("a ring of headers",
     {"src/base/one.h": '/* one.h: a. */\n#include "base/ring.h"\n',
      "src/base/ring.h": '/* ring.h: b. */\n#include "base/one.h"\n'},
     "floors", "ring of headers: base/one.h -> base/ring.h -> base/one.h"),
    ("no banned.h", {"src/base/one.c": '#include "base/one.h"\n'},
     "rules", 'src/base/one.c:1: the last include must be "base/banned.h"'),
    ("an allocation", with_body("    return malloc(1) != 0;\n"),
     "rules", "src/base/one.c:7: malloc: memory comes from the arena"),
    ("a writable global",
     {"src/base/one.c": SOURCE.format(folder="base", name="one") + "\nint counter = 3;\n"},
     "rules", "src/base/one.c:10: counter is a writable global"),
    ("a writable static of a function",
     with_body("    static int calls;\n    return calls++;\n"),
     "rules", "src/base/one.c:7: calls is a writable global"),
    ("a long function", with_body(LONG),
     "rules", "src/base/one.c:5: one_value has 105 lines, at most 100"),
    ("a tangled function", with_body(TANGLED),
     "rules", "src/base/one.c:5: one_value has a cyclomatic complexity of 16, at most 15"),
    ("a long file",
     {"src/base/one.h": HEADER.format(name="one", guard="BASE_ONE") + "\n/* x */" * 900 + "\n"},
     "rules", "lines, at most 900"),
    ("a comment to the end of the line", with_body("    return 1; // one\n"),
     "rules", "src/base/one.c:7: comments are /* */"),
    ("a module without its test",
     {n: t for n, t in module("base", "three").items() if n.startswith("src/")},
     "rules", "src/base/three.c:1: has no tests/unit/base/test_three.c"),
    ("a format of one's own", with_body("  return 1;\n"),
     "rules", "src/base/one.c:"),
    ("a header without a purpose", {"src/base/one.h": "#define ONE 1\n"},
     "rules", "src/base/one.h:1: must begin with /* one.h: what it is for"),
    ("something left to do", {"README.md": "TO" + "DO: write\n"},
     "rules", "README.md:1: TO" + "DO"),
    ("the number of an issue", {"README.md": "\nsee issue" + " 12\n"},
     "rules", "README.md:2: issue" + " 12"),
    ("a path of one machine", {"README.md": "in /ro" + "ot/x\n"},
     "rules", "README.md:1: /ro" + "ot/"),
    ("a package registry", {"README.md": "from py" + "pi.org\n"},
     "rules", "README.md:1: py" + "pi.org"),
    ("SQL outside the store", with_body('    return "DELETE FROM thing"[0];\n'),
     "rules", 'src/base/one.c:7: "DELETE FROM'),
    ("a fuzz target without a row", {"fuzz/fuzz_new.c": "int x(void);\n"},
     "rules", "fuzz/fuzz_new.c:1: has no row in fuzz/meson.build"),
    ("a script of one machine's Python", {"tools/new": "#!/usr/bin/env python3\n"},
     "rules", "tools/new:1: begins with #!/usr/bin/env python3"),
    ("a test in no suite",
     {"build/meson-info/intro-tests.json": '[{"name": "lost", "suite": ["p:slow"]}]'},
     "rules", "test 'lost' is in neither suite"),
    ("an exception without a reason", {"tools/rules": "length src/base/gone.c one_value\n"},
     "rules", "tools/rules:1: not RULE SUBJECT: REASON"),
    ("an exception that excuses nothing",
     {"tools/rules": "length src/base/one.c one_value: because\n"},
     "rules", "tools/rules:1: excuses nothing"),
]

# What may be done.
ALLOWED = [
    ("a module in two files has one test",
     {"src/base/one_more.c": '#include "base/one.h"\n\n#include "base/banned.h"\n'}),
    ("the rows of a table are included where it stands",
     {"src/base/one.c": SOURCE.format(folder="base", name="one") + '\n#include "base/one.inc"\n',
      "src/base/one.inc": "/* no rows */\n"}),
    ("variables that only the loader writes are constants",
     {"src/base/one.c": SOURCE.format(folder="base", name="one") +
      '\nconst char *const names[] = {"a"};\n'}),
]

EXCUSED = [
    ("length src/base/one.c one_value: it is a table", with_body(LONG)),
    ("complex src/base/one.c one_value: it is a table", with_body(TANGLED)),
    ("twin src/base/three.c: rows only",
     {n: t for n, t in module("base", "three").items() if n.startswith("src/")}),
    ("global src/base/one.c calls: because",
     with_body("    static int calls;\n    return calls++;\n")),
]


def clean_tree_passes():
    with Tree({}) as tree:
        for tool in ("floors", "rules"):
            status, output = tree.run(f"tools/check-{tool}")
            assert status == 0, output


def broken_is_reported(changes, tool, expected):
    with Tree(changes) as tree:
        status, output = tree.run(f"tools/check-{tool}")
    assert status == 1, f"exit status {status}: {output}"
    assert expected in output, f"wanted: {expected}\n{output}"
    assert output.count("not so: ") == 1, output


def exception_excuses(row, changes):
    with Tree({**changes, "tools/rules": row + "\n"}) as tree:
        status, output = tree.run("tools/check-rules")
    assert status == 0, output


def tally_counts():
    """tools/check's reading of TAP: what passes, fails, is skipped, and what broke off."""
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("check", str(ROOT / "tools" / "check"))
    spec = importlib.util.spec_from_loader("check", loader)
    check = importlib.util.module_from_spec(spec)
    loader.exec_module(check)
    for text, status, passed, failed, skipped in [
            ("1..2\nok 1 - a\nok 2 - b\n", "OK", 2, 0, 0),
            ("1..2\nok 1 - a\nnot ok 2 - b\n# why\n", "FAIL", 1, 1, 0),
            ("1..2\nok 1 - a\nok 2 - b # SKIP no net\n", "OK", 1, 0, 1),
            ("1..3\nok 1 - a\n", "ERROR", 1, 1, 0),
            ("", "TIMEOUT", 0, 1, 0),
            ("1..1\nok 1 - a\n", "ERROR", 1, 1, 0),
            ("1..1\nok 1 - a\n1..2\nok 1 - b\nok 2 - c\n", "OK", 3, 0, 0)]:
        tally = check.Tally("")
        tally.fail = lambda name, detail, t=tally: t.failures.append(name)
        check.count_tap(tally, "p", text, "", status)
        got = (tally.passed, len(tally.failures), tally.skipped)
        assert got == (passed, failed, skipped), f"{text!r}: {got}"


def cases():
    yield "a clean tree passes", clean_tree_passes, ()
    for name, changes, tool, expected in BROKEN:
        yield f"{name} is reported", broken_is_reported, (changes, tool, expected)
    for name, changes in ALLOWED:
        yield name, exception_excuses, ("", changes)
    for row, changes in EXCUSED:
        yield f"{row.split()[0]} can be excused with a reason", exception_excuses, (row, changes)
    yield "cases are counted, and those that never ran", tally_counts, ()


def verdict(case):
    """None, or what is wrong."""
    _, function, args = case
    try:
        function(*args)
    except AssertionError as error:
        return str(error)
    return None


def main():
    rows = list(cases())
    print(f"1..{len(rows)}")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for number, (row, wrong) in enumerate(zip(rows, pool.map(verdict, rows)), 1):
            print(f"{'ok' if wrong is None else 'not ok'} {number} - {row[0]}")
            if wrong is not None:
                failed += 1
                print("\n".join("# " + line for line in wrong.splitlines()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
