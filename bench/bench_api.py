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
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from serving import BUILD, CREATE, SMALL, Server, account, start, wrk

P99_MS = 10  # or twice what the server that does nothing has, on a machine so busy


def start_reference():
    process = subprocess.Popen([BUILD / "bench" / "ref_mhd"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    return Server(process, f"http://127.0.0.1:{int(process.stdout.readline())}")


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
