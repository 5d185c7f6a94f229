"""Daemon and broker killed at random under load: no acknowledged event is lost, none is doubled."""

import random
import sqlite3
import time

import pytest

import pki
from bulwark import Daemon
from standin import StandIn

KILLS = 4
COUNTED = "SELECT coalesce(sum(sent), 0) FROM traffic"
SESSIONS = "SELECT count(*) FROM session WHERE session IS NOT NULL AND begun = 1"


def asked(daemon, question):
    with sqlite3.connect(daemon.data / "bulwark.db") as db:
        return db.execute(question).fetchone()[0]


class Load:
    """One life of a broker after the other, telling as fast as it can for a while."""

    def __init__(self, daemon, cert, dice):
        self.daemon, self.cert, self.dice = daemon, cert, dice
        self.told = self.known = self.sessions = 0
        self.broker = None

    def begin(self):
        self.broker = StandIn(self.daemon).connect()
        self.number = 0

    def die(self):
        """The broker is killed: what was not acknowledged is gone with it."""
        self.broker.close()
        with self.broker.changed:
            self.known += self.broker.sequence - len(self.broker.unacknowledged)
            self.told += self.broker.sequence

    def tell(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with self.broker.changed:
                    for _ in range(20):
                        moment = self.broker.now()
                        self.broker.send(self.broker.event("COUNTERS", **{
                            "from": moment, "to": moment,
                            "rows": [{"client": f"c{self.dice.randrange(50)}", "sent": 1}]}))
            except OSError:
                return      # the daemon is gone; what was told waits
            time.sleep(0.002)


@pytest.mark.parametrize("whom", ["daemon", "broker", "both"])
def test_killed_at_random_nothing_acknowledged_is_lost_or_doubled(tmp_path, whom):
    dice = random.Random(whom)
    daemon = Daemon(tmp_path).start()
    cert = daemon.iot.register_certificate_without_ca(
        certificatePem=pki.Authority("c", ca=False).pem, status="ACTIVE")["certificateId"]
    load = Load(daemon, cert, dice)
    load.begin()
    for _ in range(KILLS):
        load.tell(0.2 + dice.random() / 2)
        if whom in ("broker", "both"):
            load.die()
        if whom in ("daemon", "both"):
            daemon.kill()
            daemon.start()
        if whom == "daemon":
            load.broker.close()
            load.broker.connect()
        else:
            load.begin()
    load.tell(0.3)
    load.broker.acknowledged()
    load.die()
    daemon.stop()
    stored = asked(daemon, COUNTED)
    assert load.known > 0
    if whom == "daemon":
        assert stored == load.told == load.known    # the broker lived: it told all of it, once
    else:
        assert load.known <= stored <= load.told


def test_connections_are_whole_after_kills(tmp_path):
    dice = random.Random(7)
    daemon = Daemon(tmp_path).start()
    cert = daemon.iot.register_certificate_without_ca(
        certificatePem=pki.Authority("c", ca=False).pem, status="ACTIVE")["certificateId"]
    broker = StandIn(daemon).connect()
    n = 0
    for _ in range(KILLS):
        for _ in range(60):
            n += 1
            try:
                with broker.changed:
                    frames = [broker.event("CONNECTED", client=f"c{n % 7}", session=n, protocol=4,
                                           fingerprint=bytes.fromhex(cert), address="192.0.2.7",
                                           at=broker.now() + 2 * n),
                              broker.event("DISCONNECTED", client=f"c{n % 7}", session=n, reason=2,
                                           fingerprint=bytes.fromhex(cert),
                                           at=broker.now() + 2 * n + 1)]
                    for frame in frames:
                        broker.send(frame)
            except OSError:
                pass
        time.sleep(dice.random() / 5)
        daemon.kill()
        daemon.start()
        broker.close()
        broker.connect()
    broker.acknowledged()
    broker.close()
    daemon.stop()
    assert asked(daemon, SESSIONS) == n
    assert asked(daemon, "SELECT count(*) FROM client_state WHERE online = 1") == 0
