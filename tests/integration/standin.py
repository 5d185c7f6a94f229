"""A broker that is none: it speaks the link as the plugin does, for tests of the daemon's side.

    with StandIn(daemon) as broker:
        broker.until(lambda: "lamp" in broker.policies)
        broker.tell("CONNECTED", client="lamp", session=1, ...)
        broker.acknowledged()
"""

import os
import pathlib
import socket
import threading
import time

import link

SECONDS = 20
CERTIFICATES = link.words("CERTIFICATE_STATES")
ENDS = link.words("ENDS")
REFUSALS = link.words("REFUSALS")
ACTIONS = link.words("ACTIONS")


class StandIn:
    def __init__(self, daemon, name="stand-in", epoch=None):
        self.path = pathlib.Path(daemon.data) / "broker.sock"
        self.name, self.epoch = name, epoch or os.urandom(16)
        self.sequence = 0           # of the last event
        self.unacknowledged = []    # (sequence, frame)
        self.instance, self.number = None, 0
        self.changed = threading.Condition()
        self.policies, self.principals, self.cas, self.bans = {}, {}, {}, {}
        self.publishes, self.cuts, self.states, self.welcomes = [], [], [], []
        self.settings = None
        self.reading = threading.Event()
        self.reading.set()
        self.answers = True         # PUBLISHED and CUT_DONE by itself
        self.clock = 0              # daemon's clock minus ours, ms
        self.socket = None

    # ---- life

    def __enter__(self):
        return self.connect()

    def __exit__(self, *_):
        self.close()

    def connect(self):
        self.socket = socket.socket(socket.AF_UNIX)
        # Paths of sockets are short; those of test folders are not.
        folder = os.open(self.path.parent, os.O_PATH)
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                self.socket.connect(f"/proc/self/fd/{folder}/{self.path.name}")
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        os.close(folder)
        first = self.unacknowledged[0][0] if self.unacknowledged else self.sequence + 1
        self.marked = None
        self.send(link.frame("HELLO", protocol=link.PROTOCOL, version="stand-in 1",
                             broker=self.name, epoch=self.epoch, instance=self.instance,
                             state=self.number, first=first, next=self.sequence + 1))
        for _, frame in list(self.unacknowledged):
            self.send(frame)
        self.closed = False
        threading.Thread(target=self.read, args=[self.socket], daemon=True).start()
        return self

    def close(self):
        if self.socket:
            try:
                self.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self.socket.close()
            self.socket = None

    def send(self, data):
        self.socket.sendall(data)

    # ---- what comes

    def read(self, sock):
        reader = link.Reader()
        while True:
            self.reading.wait()
            try:
                data = sock.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                break
            for name, values in reader.feed(data):
                with self.changed:
                    getattr(self, "on_" + name.lower())(values)
                    self.changed.notify_all()
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def on_welcome(self, m):
        self.welcomes.append(m)
        self.instance = m["instance"]
        self.clock = m["now"] - time.time_ns() // 1_000_000
        self.marked = set() if m["whole"] else None

    def on_settings(self, m):
        self.settings = m

    def _put(self, table, kind, key, m):
        table[key] = m
        if self.marked is not None:
            self.marked.add((kind, key))

    def on_policy(self, m):
        self._put(self.policies, "policy", m["id"], m)

    def on_policy_gone(self, m):
        self.policies.pop(m["id"], None)

    def on_principal(self, m):
        m["at"] = time.monotonic()
        self._put(self.principals, "principal", m["fingerprint"].hex(), m)

    def on_principal_gone(self, m):
        self.principals.pop(m["fingerprint"].hex(), None)

    def on_ca(self, m):
        self._put(self.cas, "ca", m["fingerprint"].hex(), m)

    def on_ca_gone(self, m):
        self.cas.pop(m["fingerprint"].hex(), None)

    def on_ban(self, m):
        self._put(self.bans, "ban", m["id"], m)

    def on_unban(self, m):
        self.bans.pop(m["id"], None)

    def on_state(self, m):
        self.number = m["number"]
        self.states.append(dict(m, at=time.monotonic()))
        if self.marked is not None:
            for kind, table in (("policy", self.policies), ("principal", self.principals),
                                ("ca", self.cas), ("ban", self.bans)):
                for key in [key for key in table if (kind, key) not in self.marked]:
                    del table[key]
            self.marked = None

    def on_publish(self, m):
        self.publishes.append(m)
        if m["id"] and self.answers:
            self.tell("PUBLISHED", id=m["id"])

    def on_cut(self, m):
        self.cuts.append(m)
        if self.answers:
            self.tell("CUT_DONE", id=m["id"], n=1, decided=m["decided"], cut=self.now())

    def on_ack(self, m):
        if m["epoch"] == self.epoch:
            self.unacknowledged = [u for u in self.unacknowledged if u[0] > m["sequence"]]

    # ---- what is told

    def now(self):
        return time.time_ns() // 1_000_000 + self.clock

    def event(self, name, /, **values):
        """An event that is kept until it is acknowledged, not yet sent."""
        self.sequence += 1
        values.setdefault("at", self.now())
        if name in ("COUNTERS", "CUT_DONE", "PUBLISHED", "DROPPED"):
            values.pop("at")
        frame = link.frame(name, sequence=self.sequence, **values)
        self.unacknowledged.append((self.sequence, frame))
        return frame

    def tell(self, name, /, **values):
        with self.changed:
            frame = self.event(name, **values)
            self.send(frame)

    def come(self, client, session, fingerprint, **more):
        self.tell("CONNECTED", **{**dict(client=client, session=session, protocol=4, keepalive=60,
                                         fingerprint=bytes.fromhex(fingerprint),
                                         address="192.0.2.7", clean=1), **more})

    def go(self, client, session, fingerprint, reason="CLIENT_INITIATED_DISCONNECT", **more):
        self.tell("DISCONNECTED", client=client, session=session,
                  fingerprint=bytes.fromhex(fingerprint), reason=ENDS.index(reason), **more)

    # ---- waiting

    def until(self, condition, seconds=SECONDS):
        with self.changed:
            assert self.changed.wait_for(condition, seconds), self
        return self

    def acknowledged(self):
        return self.until(lambda: not self.unacknowledged)

    def ready(self):
        return self.until(lambda: self.states)
