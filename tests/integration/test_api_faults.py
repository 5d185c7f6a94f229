"""A disk without room, a kill in the middle of writes, an end under load: what was acknowledged is
there, once, and what was not is not half there."""

import collections
import resource
import signal
import threading

import botocore.exceptions

from bulwark import Daemon, boto3, botocore, REGION

ROOM = 3 << 20


class FullDisk(Daemon):
    """Its files grow to ROOM bytes and no further."""

    def limit(self, size):
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE,
                         (size if size else hard, hard))


def own_client(daemon):
    key, secret = daemon.credentials
    return boto3.client("iot", endpoint_url=daemon.url, region_name=REGION,
                        aws_access_key_id=key, aws_secret_access_key=secret,
                        config=botocore.config.Config(retries={"max_attempts": 0},
                                                      max_pool_connections=1))


def all_things(client):
    pages = client.get_paginator("list_things").paginate(PaginationConfig={"PageSize": 250})
    return [thing["thingName"] for page in pages for thing in page["things"]]


def fill(daemon, most):
    """Writes until one is refused: (acknowledged names, the refusal)."""
    acknowledged = []
    big = {f"k{i}": "v" * 700 for i in range(3)}
    for number in range(most):
        name = f"t{number:06}"
        try:
            daemon.iot.create_thing(thingName=name, attributePayload={"attributes": big})
        except botocore.exceptions.ClientError as error:
            return acknowledged, name, error.response
        acknowledged.append(name)
    raise AssertionError("the disk was never full")


def test_a_full_disk_refuses_writes_and_nothing_else(tmp_path):
    with FullDisk(tmp_path) as daemon:
        daemon.limit(ROOM)
        acknowledged, refused, answer = fill(daemon, 20000)
        assert len(acknowledged) > 10
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 500
        assert answer["Error"]["Code"] == "InternalFailureException"
        request = answer["ResponseMetadata"]["RequestId"]
        line = [l for l in daemon.log.read_text().splitlines() if request in l]
        assert len(line) == 1 and '"level":"error"' in line[0].lower()
        assert "disk" in line[0] or "full" in line[0] or "I/O" in line[0], line[0]
        assert daemon.process.poll() is None
        assert sorted(all_things(daemon.iot)) == acknowledged
        assert refused not in all_things(daemon.iot)
        health = daemon.get("/health")
        assert health.status == 503
        assert health.json["status"] == "failing" and health.json["reason"]
        daemon.limit(None)
        daemon.iot.create_thing(thingName="room-again")
        assert daemon.get("/health").status == 200
        daemon.arguments.append("--check-db")
        daemon.restart()
        assert sorted(all_things(daemon.iot)) == sorted(acknowledged + ["room-again"])


class Writers:
    """Sixteen clients that create things until they are cut off."""

    def __init__(self, daemon, n=16):
        self.acknowledged = [[] for _ in range(n)]
        self.under_way = [None] * n
        self.enough = threading.Semaphore(0)
        self.threads = [threading.Thread(target=self.run, args=(own_client(daemon), i))
                        for i in range(n)]
        for thread in self.threads:
            thread.start()

    def run(self, client, number):
        try:
            for i in range(100000):
                self.under_way[number] = f"w{number:02}-{i:05}"
                client.create_thing(thingName=self.under_way[number])
                self.acknowledged[number].append(self.under_way[number])
                self.enough.release()
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            pass

    def wait(self, count):
        for _ in range(count):
            assert self.enough.acquire(timeout=60)

    def join(self):
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()

    def check(self, there):
        counted = collections.Counter(there)
        assert set(counted.values()) == {1}
        acknowledged = {name for names in self.acknowledged for name in names}
        assert acknowledged - set(counted) == set(), "acknowledged, and lost"
        assert set(counted) - acknowledged <= set(self.under_way), "there, and never asked for"


def test_kill_9_among_sixteen_writers_loses_and_doubles_nothing(tmp_path):
    with Daemon(tmp_path) as daemon:
        for _ in range(2):
            before = set(all_things(daemon.iot))
            for name in before:
                daemon.iot.delete_thing(thingName=name)
            writers = Writers(daemon)
            writers.wait(150)
            daemon.kill()
            writers.join()
            daemon.start()
            writers.check(all_things(daemon.iot))


def test_an_end_under_load_is_orderly(tmp_path):
    with Daemon(tmp_path) as daemon:
        writers = Writers(daemon)
        writers.wait(200)
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(30) == 0
        daemon.process = None
        writers.join()
        daemon.start()
        writers.check(all_things(daemon.iot))
