#!/usr/bin/python3
"""bench_outside: goals P9 and P5 against programs that Debian does not have.

    bench/bench_outside.py [--half] [--reps N]

moto_server, which answers the AWS API from Python's memory, and bulwarkd, both with 1,000 things and
asked by the same line of wrk, in turn: requests a second of wall time, which is what the goal is of,
and beside it the ratio of requests a second of the servers' CPU time. parliament, which looks for
faults in policies, and both checks of the audit on the same texts: policies a second of CPU time.

Neither is installed by this project or needed for anything in it. MOTO_SERVER names the program,
else it is looked for in PATH; PARLIAMENT_PYTHON the interpreter that can import parliament, else
python3. What is not there is not measured, which is said, and no failure.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from serving import BUILD, SMALL, Server, account, start, wrk

API_FLOOR, POLICY_FLOOR = 50, 200
# moto reads the service from the scope of a signature, which it does not verify.
TO_IOT = ("Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/iot/"
          "aws4_request, SignedHeaders=host, Signature=0",)
CREATE = """
local n = 0
local stamp = nil
request = function()
    n = n + 1
    stamp = stamp or string.sub(tostring({}), 8) .. os.time()
    return wrk.format("POST", "/things/made-" .. stamp .. "-" .. n, wrk.headers, "{}")
end
"""
PARLIAMENT = """
import sys, time
from parliament import analyze_policy_string
texts = sys.stdin.read().rstrip("\\0").split("\\0")
analyze_policy_string(texts[0])  # reads its tables
begun = time.process_time()
for text in texts:
    analyze_policy_string(text)
print(len(texts) / (time.process_time() - begun))
"""


def say(goal, name, ours, reference, ref_rate, ratio, floor, **more):
    ok = ratio >= floor
    print(json.dumps({"goal": goal, "name": name, "ours": round(ours), "reference": reference,
                      "ref_rate": round(ref_rate, 1), "ratio": round(ratio, 1), "floor": floor,
                      **more, "ok": ok}, separators=(",", ":")), flush=True)
    return ok


def not_measured(what, lack):
    print(f"bench_outside: {what} was not measured: {lack}", file=sys.stderr)
    return True


# ---- the API ---------------------------------------------------------------------------------


class Moto(Server):
    """In a session of its own, since the program in PATH may be a script that starts it."""

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)


def post(url, body):
    name, value = TO_IOT[0].split(": ", 1)
    request = urllib.request.Request(url, body, {name: value, "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as reply:
        return reply.read()


def start_moto(program):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    moto = Moto(process, f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            post(moto.url + "/things/first", b"{}")
            return moto
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    if process.poll() is None:
        moto.stop()
    return None


def names(server):
    """Those of 1,000 things, the same on both sides."""
    things, path = [], "/things?maxResults=250"
    token = ""
    while token is not None:
        page = server.get(path + (f"&nextToken={urllib.parse.quote(token, '')}" if token else ""))
        things += [thing["thingName"] for thing in page["things"]]
        token = page.get("nextToken")
    return things


def measure_api(ours, moto, things, script, reps):
    routes = {"DescribeThing": (f"/things/{things[len(things) // 2]}", None),
              "ListThings-50": ("/things?maxResults=50", None),
              "ListThings-250": ("/things?maxResults=250", None),
              "CreateThing": ("/", script)}
    ok = True
    for name, (path, lua) in routes.items():
        pairs = [(wrk(ours, path, (), lua)[:2], wrk(moto, path, TO_IOT, lua)[:2])
                 for _ in range(reps)]
        ok &= say("P9", name + "-outside", statistics.median(a[1] for a, _ in pairs), "moto_server",
                  statistics.median(b[1] for _, b in pairs),
                  statistics.median(a[1] / b[1] for a, b in pairs), API_FLOOR,
                  cpu_ratio=round(statistics.median(a[0] / b[0] for a, b in pairs), 1))
    return ok


def api(reps):
    program = shutil.which(os.environ.get("MOTO_SERVER", "moto_server"))
    if not program:
        return not_measured("the API against moto", "there is no moto_server")
    with tempfile.TemporaryDirectory(dir=BUILD / "bench") as scratch:
        copy = pathlib.Path(scratch) / "account"
        shutil.copytree(account(SMALL), copy)
        script = pathlib.Path(scratch) / "create.lua"
        script.write_text(CREATE)
        moto = start_moto(program)
        if moto is None:
            return not_measured("the API against moto", f"{program} does not start")
        ours = start(copy, "--insecure-no-auth")
        try:
            things = names(ours)
            for thing in things:
                post(f"{moto.url}/things/{thing}", b"{}")
            return measure_api(ours, moto, things, str(script), reps)
        finally:
            ours.stop()
            moto.stop()


# ---- policies --------------------------------------------------------------------------------


def policies(reps):
    python = os.environ.get("PARLIAMENT_PYTHON", "python3")
    has = subprocess.run([python, "-c", "import parliament"], capture_output=True)
    if has.returncode != 0:
        return not_measured("policies against parliament", f"{python} has no module parliament")
    texts = subprocess.run([BUILD / "bench" / "policy_texts", "200"], check=True,
                           stdout=subprocess.PIPE).stdout
    pairs = []
    for _ in range(reps):
        ours = json.loads(subprocess.run([BUILD / "bench" / "bench_policy", "--reps", "7"],
                                         stdout=subprocess.PIPE).stdout.splitlines()[0])["ours"]
        theirs = float(subprocess.run([python, "-c", PARLIAMENT], input=texts, check=True,
                                      stdout=subprocess.PIPE).stdout)
        pairs.append((ours, theirs))
    return say("P5", "policies-outside", statistics.median(a for a, _ in pairs), "parliament",
               statistics.median(b for _, b in pairs), statistics.median(a / b for a, b in pairs),
               POLICY_FLOOR)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", action="store_true", help="as other benchmarks; floors stay")
    parser.add_argument("--reps", type=int, default=3)
    options = parser.parse_args()
    ok = api(options.reps)
    ok &= policies(options.reps)
    sys.exit(0 if ok else 1)


main()
