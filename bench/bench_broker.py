#!/usr/bin/python3
"""bench_broker: goal P7: what the plugin costs the broker for each message.

    bench/bench_broker.py [--half] [--clients N] [--policies N] [--messages N]

The same Mosquitto runs twice under callgrind, with TLS clients: once bare, once with the plugin,
which holds 10,000 policies. Each client publishes to a topic of its own that it subscribed to, so a
message is one decision for publish and one for receive. Counted are the instructions of the whole
broker while messages flow, and nothing else, so the figure is the same on a busy machine.

The bound is 1.05 of a bare broker without TLS, whose messages are much cheaper: 5,552 instructions.
"""

import argparse
import json
import os
import pathlib
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / os.environ.get("BULWARK_BUILD", "build")
os.environ["BULWARK_BUILD"] = str(BUILD)
sys.path.insert(0, str(ROOT / "tests/integration"))

import broker as place  # noqa: E402
import pki              # noqa: E402

PLAIN = 5552        # instructions a message of a bare broker without TLS, measured once
FLOOR = 1.05
POLICIES_EACH = 10


def string(text):
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def packet(kind, body):
    length, out = len(body), bytearray([kind])
    while True:
        length, digit = divmod(length, 128)
        out.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(out) + body


class Raw:
    """One MQTT 3.1.1 connection by hand: a client library would be most of the work."""

    def __init__(self, port, context, name):
        self.topic = f"dev/{name}/up"
        sock = socket.create_connection(("127.0.0.1", port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = context.wrap_socket(sock)
        self.sock.settimeout(120)
        self.sock.sendall(packet(0x10, string("MQTT") + b"\x04\x02\x00\x00" + string(name)))
        answer = self.read(4)
        assert answer == b"\x20\x02\x00\x00", answer
        self.sock.sendall(packet(0x82, b"\x00\x01" + string(self.topic) + b"\x00"))
        assert self.read(5)[-1] == 0

    def read(self, n):
        data = b""
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            assert more, "the broker closed the connection"
            data += more
        return data

    def message(self, payload):
        self.sock.sendall(packet(0x30, string(self.topic) + payload))

    def receive(self, size):
        self.read(2 + 2 + len(self.topic) + size)


class Run:
    """A broker under callgrind, bare or with the plugin."""

    def __init__(self, folder, options, plugin):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.options, self.plugin = options, plugin
        self.authority = pki.Authority("bench")
        self.out = self.folder / "callgrind.out"
        self.broker = place.Broker(self.folder, self.authority, wrap=[
            "valgrind", "--tool=callgrind", "--instr-atstart=no",
            f"--callgrind-out-file={self.out}"])
        self.broker.logging = "notice"
        if not plugin:
            text = self.broker.configuration()
            bare = re.sub(r"plugin.*\n", "", text).replace("allow_anonymous false",
                                                           "allow_anonymous true")
            self.broker.configuration = lambda: bare

    def principals(self, daemon, pem):
        """One certificate for all would be one principal: each client has a thing, and policies."""
        n = self.options.policies
        frames = []
        for i in range(n):
            client = f"c{i // POLICIES_EACH}"
            frames.append(daemon.policy(i, place.allow(
                ("iot:Connect", f"client/{client}"), ("iot:Publish", f"topic/dev/{client}/{i}/*"),
                ("iot:Publish", f"topic/dev/${{iot:ClientId}}/up"),
                ("iot:Subscribe", f"topicfilter/dev/{client}/*"),
                ("iot:Receive", f"topic/dev/{client}/*"))))
        for i, one in enumerate(pem):
            frames.append(daemon.principal(one, range(i * POLICIES_EACH, (i + 1) * POLICIES_EACH)))
        return frames

    def clients(self, devices):
        made = []
        for i, (pem, key) in enumerate(devices):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            (self.folder / "d.pem").write_text(pem + pki.key_pem(key))
            context.load_cert_chain(self.folder / "d.pem")
            made.append(Raw(self.broker.port, context, f"c{i}"))
        return made

    def control(self, *arguments):
        subprocess.run(["callgrind_control", *arguments, str(self.broker.process.pid)], check=True,
                       stdout=subprocess.DEVNULL)

    def instructions(self, devices):
        """Of the broker, for each message."""
        daemon = place.StandIn(self.folder) if self.plugin else None
        if daemon:
            daemon.__enter__()
        self.broker.start()
        try:
            if daemon:
                daemon.settings = {"counters_ms": 3600000}
                daemon.greet(*self.principals(daemon, [pem for pem, _ in devices]))
                place.until("the state", lambda: "state 1:" in self.broker.log.read_text(), 300)
            clients = self.clients(devices)
            self.flow(clients, 2 * len(clients))    # what is done once is done
            time.sleep(0.5)
            self.control("-i", "on")
            self.flow(clients, self.options.messages)
            self.control("-i", "off")
        finally:
            self.broker.process.terminate()
            self.broker.process.wait(60)
            if daemon:
                daemon.stop()
        text = self.out.read_text()
        total = int(re.search(r"^totals: (\d+)", text, re.M).group(1))
        return total / self.options.messages

    def flow(self, clients, n):
        payload = b"x" * 64
        for at in range(0, n, 50):
            batch = [clients[(at + i) % len(clients)] for i in range(min(50, n - at))]
            for client in batch:
                client.message(payload)
            for client in batch:
                client.receive(len(payload))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", action="store_true", help="counts need no slack: ignored")
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--policies", type=int, default=10000)
    parser.add_argument("--messages", type=int, default=20000)
    parser.add_argument("--keep", help="a folder for callgrind's output")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = options.keep or folder
        runs = [Run(pathlib.Path(folder) / kind, options, kind == "plugin")
                for kind in ("bare", "plugin")]
        figures = []
        for run in runs:
            devices = [run.authority.device(f"c{i}") for i in range(options.clients)]
            figures.append(run.instructions(devices))
        bare, ours = figures
        ratio = (PLAIN + ours - bare) / PLAIN
        ok = ratio <= FLOOR
        print(json.dumps({"goal": "P7", "name": "plugin-message", "bare": round(bare),
                          "ours": round(ours), "extra": round(ours - bare),
                          "ratio": round(ratio, 4), "ratio_tls": round(ours / bare, 4),
                          "floor": FLOOR, "clients": options.clients,
                          "policies": options.policies, "ok": ok}))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
