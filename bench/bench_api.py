#!/usr/bin/python3
"""bench_api: goal P9: the API of a running bulwarkd against a server that does nothing.

    bench/bench_api.py [--half] [--full] [--reps N]

Two accounts are made through the store and kept in the build folder: 1,000 things, and 200,000 (with
--full a million), each with certificates. wrk -t1 -c16 asks each route in turn with a libmicrohttpd
server that answers everything with the same line (ref_mhd.c). Rates are requests a second of the
server's own CPU time, since wrk and the neighbours share the machine; the line of a route also
says the requests a second of wall time and the 99th percentile of latency in ms. Medians count, but
of percentiles the least: what others do with the cores only adds to them.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / os.environ.get("BULWARK_BUILD", "build")
SMALL = 1000
P99_MS = 10  # or twice what the server that does nothing has, on a machine so busy
TICKS = os.sysconf("SC_CLK_TCK")
CREATE = """
local n = 0
local stamp = nil
request = function()
    n = n + 1
    stamp = stamp or string.sub(tostring({}), 8) .. os.time()
    return wrk.format("POST", "/things/made-" .. stamp .. "-" .. n, nil, "{}")
end
"""


class Server:
    def __init__(self, process, url):
        self.process, self.url = process, url

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as reply:
            return json.load(reply)

    def stop(self):
        if self.process.stdin:
            self.process.stdin.close()
        self.process.terminate()
        self.process.wait(30)


def start_reference():
    process = subprocess.Popen([BUILD / "bench" / "ref_mhd"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    return Server(process, f"http://127.0.0.1:{int(process.stdout.readline())}")


def start(folder, *arguments):
    endpoint = folder / "endpoint"
    endpoint.unlink(missing_ok=True)
    process = subprocess.Popen([BUILD / "bulwarkd", "--data", folder, "--listen", "127.0.0.1:0",
                                "--log-level", "error", *arguments], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (endpoint.exists() and endpoint.read_text().strip()):
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit("bench_api: bulwarkd did not start")
        time.sleep(0.02)
    return Server(process, endpoint.read_text().strip())


def account(things):
    folder = BUILD / "bench" / f"api-{things}"
    folder.mkdir(mode=0o700, exist_ok=True)
    certificates = max(SMALL, things // 10)
    subprocess.run([BUILD / "bench" / "make_fleet", folder / "bulwark.db", str(certificates), "0",
                    str(things)], check=True)
    return folder


def deep_token(server, things):
    """A page token from behind three fifths of the list."""
    token, seen = None, 0
    while seen < things * 3 // 5:
        path = "/things?maxResults=250"
        page = server.get(path + (f"&nextToken={urllib.parse.quote(token, '')}" if token else ""))
        token, seen = page["nextToken"], seen + len(page["things"])
    return urllib.parse.quote(token, "")


def signed_headers(folder, url):
    text = (folder / "credentials").read_text()
    key = {name: re.search(rf"^{name} *= *(\S+)", text, re.M).group(1)
           for name in ("aws_access_key_id", "aws_secret_access_key")}
    request = botocore.awsrequest.AWSRequest("GET", url)
    botocore.auth.SigV4Auth(
        botocore.credentials.Credentials(*key.values()), "iot", "us-east-1").add_auth(request)
    return [f"{name}: {value}" for name, value in request.headers.items()]


def milliseconds(text):
    number, unit = re.match(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def wrk(server, path, headers=(), script=None):
    """Requests a CPU second, requests a second, p99 in ms."""
    command = ["wrk", "-t1", "-c16", "-d1s", "--latency"]
    command += [part for header in headers for part in ("-H", header)]
    command += ["-s", script] if script else []
    before = server.cpu()
    text = subprocess.run([*command, server.url + path], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    spent = server.cpu() - before
    if "Non-2xx" in text or "Socket errors" in text:
        sys.exit(f"bench_api: {path}: {text}")
    count = int(re.search(r"(\d+) requests in", text).group(1))
    return (count / max(spent, 1 / TICKS), float(re.search(r"Requests/sec: +(\S+)", text).group(1)),
            round(milliseconds(re.search(r"99% +(\S+)", text).group(1)), 2))


def summary(rows):
    cpu, wall, p99 = zip(*rows)
    return statistics.median(cpu), statistics.median(wall), statistics.median(p99), min(p99)


def say(name, ours, reference, ref_rate, ratio, floor, **more):
    ok = ratio >= floor
    print(json.dumps({"goal": "P9", "name": name, "ours": round(ours), "reference": reference,
                      "ref_rate": round(ref_rate), "ratio": round(ratio, 3),
                      "floor": round(floor, 3), **more, "ok": ok}, separators=(",", ":")),
          flush=True)
    return ok


def measure(options, servers, routes, create_script):
    rows = {name: [] for name in ["idle", *routes, "CreateThing"]}
    for _ in range(options.reps):
        idle = wrk(servers["idle"], "/")
        rows["idle"].append(idle)
        for name, (server, path, headers) in routes.items():
            rows[name].append(wrk(servers[server], path, headers))
        rows["CreateThing"].append(wrk(servers["create"], "/", (), create_script))
    return {name: summary(figures) for name, figures in rows.items() if figures}


def report(figures, floors, half):
    ok = True
    idle = figures["idle"][0]
    for name, floor in floors.items():
        cpu, wall, p99, least = figures[name]
        ok &= say(name, cpu, "libmicrohttpd-idle", idle, cpu / idle, floor * half,
                  requests_a_second=round(wall), p99_ms=round(p99, 2), p99_least_ms=round(least, 2),
                  ref_p99_least_ms=round(figures["idle"][3], 2))
    most = max(P99_MS, 2 * figures["idle"][3])
    for name in ("ListThings-50", "ListThings-50-deep", "ListCertificates-50"):
        least = figures[name][3]
        ok &= say(name + "-p99-us", least * 1000, "at-most", most * 1000, most / least, half)
    for name in ("ListThings-50-deep", "DescribeThing"):
        small, large = figures[name + "-1K"][0], figures[name][0]
        ok &= say(name + "-growth", large, "1000-things", small, large / small, 0.8 * half)
    return ok


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--reps", type=int, default=5)
    options = parser.parse_args()
    large = 1000000 if options.full else 200000
    folders = {"1K": account(SMALL), "large": account(large)}
    servers = {}
    with tempfile.TemporaryDirectory(dir=BUILD / "bench") as scratch:
        script = pathlib.Path(scratch) / "create.lua"
        script.write_text(CREATE)
        copy = pathlib.Path(scratch) / "create"
        shutil.copytree(folders["1K"], copy)
        try:
            servers["idle"] = start_reference()
            for name, folder in folders.items():
                servers[name] = start(folder, "--insecure-no-auth")
            servers["create"] = start(copy, "--insecure-no-auth")
            thing = servers["large"].get("/things?maxResults=1")["things"][0]["thingName"]
            small_thing = servers["1K"].get("/things?maxResults=1")["things"][0]["thingName"]
            deep = deep_token(servers["large"], large)
            small_deep = deep_token(servers["1K"], SMALL)
            path = f"/things/{thing}"
            routes = {
                "DescribeThing": ("large", path, ()),
                "DescribeThing-1K": ("1K", f"/things/{small_thing}", ()),
                "DescribeThing-signed": (
                    "large", path, signed_headers(folders["large"], servers["large"].url + path)),
                "ListThings-50": ("large", "/things?maxResults=50", ()),
                "ListThings-250": ("large", "/things?maxResults=250", ()),
                "ListThings-50-deep": ("large", f"/things?maxResults=50&nextToken={deep}", ()),
                "ListThings-50-deep-1K": ("1K", f"/things?maxResults=50&nextToken={small_deep}", ()),
                "ListCertificates-50": ("large", "/certificates?pageSize=50", ()),
            }
            figures = measure(options, servers, routes, str(script))
        finally:
            for server in servers.values():
                server.stop()
    floors = {"DescribeThing": 0.2, "DescribeThing-signed": 0, "ListThings-50": 0.12,
              "ListThings-250": 0, "ListThings-50-deep": 0.12, "ListCertificates-50": 0.12,
              "CreateThing": 0}
    sys.exit(0 if report(figures, floors, 0.5 if options.half else 1) else 1)


main()
