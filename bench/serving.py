"""serving.py: what benchmarks of servers share: bulwarkd, its accounts, and wrk."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / os.environ.get("BULWARK_BUILD", "build")
SMALL = 1000
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


def start(folder, *arguments):
    endpoint = folder / "endpoint"
    endpoint.unlink(missing_ok=True)
    process = subprocess.Popen([BUILD / "bulwarkd", "--data", folder, "--listen", "127.0.0.1:0",
                                "--log-level", "error", *arguments], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (endpoint.exists() and endpoint.read_text().strip()):
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit("bulwarkd did not start")
        time.sleep(0.02)
    return Server(process, endpoint.read_text().strip())


def account(things):
    folder = BUILD / "bench" / f"api-{things}"
    folder.mkdir(mode=0o700, exist_ok=True)
    certificates = max(SMALL, things // 10)
    subprocess.run([BUILD / "bench" / "make_fleet", folder / "bulwark.db", str(certificates), "0",
                    str(things)], check=True)
    return folder


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
        sys.exit(f"{server.url}{path}: {text}")
    count = int(re.search(r"(\d+) requests in", text).group(1))
    return (count / max(spent, 1 / TICKS), float(re.search(r"Requests/sec: +(\S+)", text).group(1)),
            round(milliseconds(re.search(r"99% +(\S+)", text).group(1)), 2))
