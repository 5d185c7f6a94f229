"""A real Mosquitto with the plugin, its TLS clients, and a stand-in for the daemon on the link.

    with StandIn(tmp_path) as daemon, Broker(tmp_path, authority) as broker:
        daemon.whole(daemon.policy(1, {...}), daemon.principal(pem, policies=[1]))
        client = broker.client("lamp", pem, key)
"""

import hashlib
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
import time

import paho.mqtt.client as mqtt

import bulwark
import link
import pki

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
WAIT_SECONDS = 20
NEVER = link.TIME_NEVER
FOREVER = 1 << 50


def until(what, condition, seconds=WAIT_SECONDS):
    """The first true value of condition(); fails with `what` when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"not within {seconds} s: {what}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def fingerprint(pem):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest()


def allow(*pairs, version="2012-10-17", **more):
    """A document that allows each (action, resource); resources after "arn:aws:iot:...:"."""
    prefix = f"arn:aws:iot:{bulwark.REGION}:{bulwark.ACCOUNT}:"
    statements = [{"Effect": more.get("effect", "Allow"), "Action": action,
                   "Resource": resource if resource == "*" else prefix + resource}
                  for action, resource in pairs]
    return {"Version": version, "Statement": statements}


ANYTHING = allow(("iot:*", "*"))


class StandIn:
    """Speaks the daemon's end of the link, as a test says."""

    def __init__(self, folder, ack=True):
        self.path = str(pathlib.Path(folder) / "broker.sock")
        self.ack = ack
        self.instance = os.urandom(16)
        self.number = 0
        self.hellos, self.events = [], []
        self.settings = {}
        self.peer = None
        self.clock_ahead = 0
        self.lock = threading.Lock()

    def __enter__(self):
        self.listener = socket.socket(socket.AF_UNIX)
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.listener.bind(self.path)
        self.listener.listen(4)
        self.thread = threading.Thread(target=self._serve, args=(self.listener,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """As a daemon that dies: the socket's file stays."""
        listener, self.listener = self.listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        if self.peer:
            try:
                self.peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.thread.join(5)
        self.peer = None

    def _serve(self, listener):
        while self.listener is listener:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            reader = link.Reader()
            with peer:
                while True:
                    try:
                        data = peer.recv(1 << 16)
                    except OSError:
                        data = b""
                    if not data:
                        break
                    for name, values in reader.feed(data):
                        self._hear(peer, name, values)

    def _hear(self, peer, name, values):
        if name == "HELLO":
            self.hellos.append(values)
            self.epoch = values["epoch"]
            self.peer = peer
            return
        with self.lock:
            if not self.events or values["sequence"] > self.events[-1][1]["sequence"] \
                    or self.events[-1][1]["epoch"] != self.epoch:
                self.events.append((name, dict(values, epoch=self.epoch)))
        if self.ack:
            try:
                peer.sendall(link.frame("ACK", epoch=self.epoch, sequence=values["sequence"]))
            except OSError:
                pass

    def send(self, *frames):
        until("a link", lambda: self.peer)
        self.peer.sendall(b"".join(frames))

    def now(self):
        return int(time.time() * 1000) + self.clock_ahead

    def greet(self, *frames, whole=True):
        """WELCOME and the rows; waits for HELLO first."""
        until("HELLO", lambda: self.hellos and self.peer)
        self.send(link.frame("WELCOME", protocol=link.PROTOCOL, instance=self.instance,
                             account=bulwark.ACCOUNT, region=bulwark.REGION, now=self.now(),
                             whole=whole),
                  link.frame("SETTINGS", **dict({"max_age_ms": 86400000, "queue_bytes": 4 << 20,
                                                 "counters_ms": 60000}, **self.settings)),
                  *frames, self.state())

    def state(self):
        self.number += 1
        return link.frame("STATE", number=self.number, decided=self.now())

    def change(self, *frames):
        self.send(*frames, self.state())

    @staticmethod
    def policy(number, document, name=None):
        text = document if isinstance(document, str) else json.dumps(document)
        return link.frame("POLICY", id=number, name=name or f"policy-{number}", version=1,
                          document=text)

    @staticmethod
    def principal(pem, policies=(), state="ACTIVE", things=(), **more):
        words = link.words("CERTIFICATE_STATES")
        values = {"not_before": 0, "not_after": FOREVER, "revoked": NEVER}
        values.update(more)
        return link.frame("PRINCIPAL", fingerprint=fingerprint(pem), state=words.index(state),
                          policies=list(policies), things=list(things), **values)

    def all(self, name, **values):
        """The events of that name with those values."""
        with self.lock:
            return [v for n, v in self.events
                    if n == name and all(v[k] == value for k, value in values.items())]

    def one(self, name, **values):
        return until(f"{name} {values}", lambda: self.all(name, **values))[0]


class Broker:
    """Mosquitto with the configuration that `bulwark broker-config` prints."""

    def __init__(self, folder, authority, socket_path=None, arguments=(), extra="", wrap=(),
                 data=None):
        self.folder = pathlib.Path(folder)
        self.data = pathlib.Path(data or folder)
        self.authority = authority
        self.port = free_port()
        self.log = self.folder / "mosquitto.log"
        self.wrap = list(wrap)
        self.clients = []
        pem, key = authority.device("localhost", days=(-1, 365))
        (self.folder / "server.crt").write_text(pem)
        (self.folder / "server.key").write_text(pki.key_pem(key))
        (self.folder / "root.pem").write_text(authority.pem)
        if data is None:
            self.trust(authority)
        self.arguments = ["--data", self.data, "--cert", self.folder / "server.crt", "--key",
                          self.folder / "server.key", "--port", str(self.port), "--bind",
                          "127.0.0.1", *arguments]
        if socket_path:
            self.arguments += ["--socket", socket_path]
        self.extra = extra
        self.logging = "all"

    def trust(self, authority):
        """What the daemon does with a registered CA: a file under the hash of its subject."""
        folder = self.data / "broker" / "ca"
        folder.mkdir(parents=True, exist_ok=True)
        number = subprocess.run(["openssl", "x509", "-noout", "-subject_hash"], check=True,
                                input=authority.pem, capture_output=True, text=True).stdout.strip()
        (folder / f"{number}.0").write_text(authority.pem)
        (self.data / "broker" / "ca.pem").write_text(authority.pem)

    def configuration(self):
        return subprocess.run([bulwark.BUILD / "bulwark", "broker-config", *self.arguments],
                              check=True, capture_output=True, text=True).stdout + self.extra

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        path = self.folder / "mosquitto.conf"
        path.write_text(f"{self.configuration()}\nlog_type {self.logging}\nlog_dest stderr\n")
        if os.geteuid() == 0:
            path.write_text(path.read_text() + "user root\n")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self.wrap, MOSQUITTO, "-c", path],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until("the broker listens", self._listens)
        return self

    def _listens(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        for client in self.clients:
            client.end()
        self.clients = []
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        code, self.process = self.process.returncode, None
        assert code in (0, None), f"mosquitto ended with {code}:\n{self.log.read_text()[-4000:]}"

    def client(self, name, pem, key, **more):
        client = Client(self, name, pem, key, **more)
        self.clients.append(client)
        return client


class Client:
    """A paho client; says what came of its connection."""

    def __init__(self, broker, name, pem, key, protocol=mqtt.MQTTv311, clean=True, keepalive=60,
                 will=None, port=None, transport="tcp", wait=True):
        self.codes, self.ends, self.messages, self.granted = [], [], [], []
        self.published = []
        clean = {} if protocol == mqtt.MQTTv5 else {"clean_session": clean}
        self.paho = mqtt.Client(name, protocol=protocol, transport=transport, **clean)
        self.paho._reconnect_on_failure = False
        base = broker.folder / f"client-{hashlib.sha256(pem.encode()).hexdigest()[:16]}"
        (base.with_suffix(".crt")).write_text(pem)
        (base.with_suffix(".key")).write_text(pki.key_pem(key))
        self.paho.tls_set(str(broker.folder / "root.pem"), str(base.with_suffix(".crt")),
                          str(base.with_suffix(".key")))
        self.paho.tls_insecure_set(True)
        self.paho.on_connect = lambda _c, _u, _f, code, *_: self.codes.append(
            code if isinstance(code, int) else code.value)
        self.paho.on_disconnect = lambda _c, _u, code, *_: self.ends.append(code)
        self.paho.on_message = lambda _c, _u, m: self.messages.append((m.topic, m.payload))
        self.paho.on_subscribe = lambda _c, _u, _m, codes, *_: self.granted.append(
            [c if isinstance(c, int) else c.value for c in codes])
        self.paho.on_publish = lambda _c, _u, mid: self.published.append(mid)
        if will:
            self.paho.will_set(*will)
        self.paho.connect("127.0.0.1", port or broker.port, keepalive)
        self.paho.loop_start()
        if wait:
            self.code = until(f"CONNACK for {name}", lambda: self.codes or self.ends)[0]

    def publish(self, topic, payload="x", qos=1, retain=False):
        """Returns once QoS 1 is acknowledged."""
        info = self.paho.publish(topic, payload, qos, retain)
        info.wait_for_publish(WAIT_SECONDS)
        return info

    def subscribe(self, topic, qos=1):
        before = len(self.granted)
        self.paho.subscribe(topic, qos)
        return until("SUBACK", lambda: self.granted[before:])[0]

    def got(self, topic, payload="x"):
        return until(f"a message on {topic}",
                     lambda: (topic, payload.encode()) in self.messages)

    def closed(self, seconds=WAIT_SECONDS):
        return until("the connection is closed", lambda: self.ends, seconds)

    def lose(self):
        """The network breaks: no goodbye."""
        sock = self.paho.socket()
        self.paho.loop_stop()
        self.lost = True
        sock.close()

    def leave(self):
        self.paho.disconnect()
        self.paho.loop_stop()

    def end(self):
        self.paho.loop_stop()
        try:
            self.paho.disconnect()
        except (OSError, ValueError):
            pass
