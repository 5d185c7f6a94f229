"""What a client may cost: each bound is met by a request that crosses it, and the daemon lives."""

import contextlib
import socket
import threading
import time

import pytest

import wire
from bulwark import Daemon

MIB = 1 << 20
IDLE, REQUEST, CONNECTIONS, OF_ONE_ADDRESS = 2, 3, 24, 12


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """A daemon with low bounds of time and connections."""
    with Daemon(tmp_path_factory.mktemp("narrow"), "--idle-seconds", str(IDLE),
                "--request-seconds", str(REQUEST), "--connections", str(CONNECTIONS),
                "--connections-per-address", str(OF_ONE_ADDRESS), auth=False) as running:
        yield running


@pytest.fixture(scope="module")
def open_door(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("open"), auth=False) as running:
        yield running


@pytest.fixture(autouse=True)
def lives(request):
    """After each test the daemon that it used is in health."""
    yield
    for name in ("narrow", "open_door"):
        if name in request.fixturenames:
            daemon = request.getfixturevalue(name)
            assert daemon.process.poll() is None
            assert wire.request(daemon.url, "GET", "/health", {}).json["status"] == "ok"


def test_headers_beyond_the_bound_are_431(open_door):
    fits = wire.request(open_door.url, "GET", "/things", {"X-Pad": "a" * 15000})
    assert fits.status == 200
    for headers in ({"X-Pad": "a" * 17000}, {f"X-{i}": "a" * 100 for i in range(90)} | {
            f"Y-{i}": "b" * 100 for i in range(90)}):
        with wire.Raw(open_door.url) as raw:
            lines = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
            raw.send(f"GET /things HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
            assert raw.reply().status == 431


def test_a_target_beyond_the_bound_is_refused(open_door):
    with wire.Raw(open_door.url) as raw:
        raw.send(b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert raw.reply().status in (414, 431)


def test_a_body_of_one_mebibyte_is_read_and_a_larger_one_is_413(open_door):
    def create(name, size):
        head = b'{"unknown":"'
        body = head + b"a" * (size - len(head) - 2) + b'"}'
        assert len(body) == size
        return wire.request(open_door.url, "POST", f"/things/{name}",
                            {"Content-Type": "application/json"}, body)
    assert create("fits", MIB).status == 200
    assert create("large", MIB + 1).status == 413
    assert open_door.iot.list_things()["things"][0]["thingName"] == "fits"
    assert len(open_door.iot.list_things()["things"]) == 1


def test_a_huge_body_is_refused_before_it_is_sent(open_door):
    with wire.Raw(open_door.url) as raw:
        raw.send(b"POST /things/x HTTP/1.1\r\nHost: localhost\r\n"
                 b"Content-Length: 100000000000\r\n\r\n")
        assert raw.reply("POST").status == 413
    with wire.Raw(open_door.url) as raw:
        raw.send(b"POST /things/x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                 b"Content-Length: 2000000\r\n\r\n")
        assert raw.reply("POST").status == 413


@pytest.mark.parametrize("start", [
    b"", b"GET /thi", b"GET /things HTTP/1.1\r\nHost: loc",
    b"POST /things/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"])
def test_who_says_no_more_is_cut_after_the_idle_time(narrow, start):
    with wire.Raw(narrow.url) as raw:
        raw.send(start)
        begun = time.monotonic()
        assert raw.is_cut(IDLE + 6)
        assert time.monotonic() - begun > IDLE - 1.5


@pytest.mark.parametrize("start, drop", [
    (b"GET /things HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a"),
    (b"POST /things/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n", b" ")])
def test_who_drips_is_cut_after_the_time_of_a_request(narrow, start, drop):
    with wire.Raw(narrow.url) as raw:
        raw.send(start)
        begun = time.monotonic()
        text = b""
        with contextlib.suppress(OSError):
            while time.monotonic() - begun < REQUEST + 6:
                raw.send(drop)
                raw.socket.settimeout(0.4)
                try:
                    part = raw.socket.recv(4096)
                    text += part
                    if not part:
                        break
                except socket.timeout:
                    pass
        seconds = time.monotonic() - begun
        assert REQUEST - 1 < seconds < REQUEST + 5
        assert not text or text.startswith(b"HTTP/1.1 408 ")


def test_half_open_clients_cost_only_their_slots(narrow):
    with contextlib.ExitStack() as stack:
        for _ in range(OF_ONE_ADDRESS - 2):
            stack.enter_context(wire.Raw(narrow.url)).send(b"POST /things/x HTTP/1.1\r\nHost: l")
        for _ in range(20):
            begun = time.monotonic()
            assert wire.request(narrow.url, "GET", "/things", {}).status == 200
            assert time.monotonic() - begun < IDLE


def test_too_many_connections_of_one_address_are_closed_and_counted(narrow):
    with contextlib.ExitStack() as stack:
        raws = [stack.enter_context(wire.Raw(narrow.url)) for _ in range(OF_ONE_ADDRESS + 6)]
        served = 0
        for raw in raws:
            with contextlib.suppress(ConnectionError, OSError):
                raw.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                served += raw.reply().status == 200
        assert OF_ONE_ADDRESS // 2 <= served <= OF_ONE_ADDRESS
    deadline = time.monotonic() + 5
    while True:
        with contextlib.suppress(ConnectionError, OSError):
            page = wire.request(narrow.url, "GET", "/metrics", {}).body.decode()
            break
        assert time.monotonic() < deadline
    refused = [int(l.split()[1]) for l in page.splitlines()
               if l.startswith("bulwark_http_connections_refused_total ")]
    assert refused[0] >= 6


def test_pipelined_requests_are_answered_in_order(open_door):
    with wire.Raw(open_door.url) as raw:
        names = [f"pipe{i}" for i in range(20)]
        raw.send(b"".join(
            f"POST /things/{n} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{}}".encode()
            for n in names) + b"GET /health HTTP/1.1\r\nHost: l\r\nConnection: close\r\n\r\n")
        text = raw.rest().decode()
    places = [text.index(f'"thingName":"{n}"') for n in names]
    assert places == sorted(places)
    assert text.count("HTTP/1.1 200") == 21


def test_http_1_0_is_answered_and_closed(open_door):
    with wire.Raw(open_door.url) as raw:
        text = raw.send(b"GET /health HTTP/1.0\r\n\r\n").rest()
    assert b" 200 " in text.split(b"\r\n")[0] and b'"status":"ok"' in text


def test_head_has_no_body(open_door):
    with wire.Raw(open_door.url) as raw:
        text = raw.send(b"HEAD /health HTTP/1.1\r\nHost: l\r\nConnection: close\r\n\r\n").rest()
    assert text.startswith(b"HTTP/1.1 200") and text.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("method", ["BREW", "TRACE", "CONNECT", "OPTIONS", "PUT"])
def test_a_method_that_no_operation_has_is_unknown(open_door, method):
    with wire.Raw(open_door.url) as raw:
        raw.send(f"{method} /things HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        reply = raw.reply(method)
    assert reply.status == 404
    assert reply.headers["x-amzn-ErrorType"] == "UnknownOperationException"


def test_a_chunked_body_is_read_and_bounded(open_door):
    head = (b"POST /things/%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n")
    with wire.Raw(open_door.url) as raw:
        raw.send(head % b"chunked" + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
        assert raw.reply("POST").status == 200
    piece = b"10000\r\n" + b" " * 65536 + b"\r\n"
    with wire.Raw(open_door.url) as raw:
        raw.send(head % b"endless")
        with contextlib.suppress(ConnectionError):
            for _ in range(17):
                raw.send(piece)
            raw.send(b"0\r\n\r\n")
        assert raw.reply("POST").status == 413


@pytest.mark.parametrize("text", [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x00" * 64, b"\r\n\r\n\r\n\r\n",
    b"GET\r\n\r\n", b"GET /things\r\n\r\n", b"GET /things HTTP/9.9\r\n\r\n",
    b"GET things HTTP/1.1\r\nHost: l\r\n\r\n", b"GET http://[ HTTP/1.1\r\nHost: l\r\n\r\n",
    b"POST /things/x HTTP/1.1\r\nHost: l\r\nContent-Length: -1\r\n\r\n",
    b"POST /things/x HTTP/1.1\r\nHost: l\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    b"POST /things/x HTTP/1.1\r\nHost: l\r\nContent-Length: 2\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n{}",
    b"POST /things/x HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /%ZZ HTTP/1.1\r\nHost: l\r\n\r\n", b"GET /%00 HTTP/1.1\r\nHost: l\r\n\r\n",
    bytes(range(256)) * 8])
def test_what_is_no_request_does_nothing(open_door, text):
    with wire.Raw(open_door.url, timeout=0.5) as raw:
        with contextlib.suppress(ConnectionError):
            raw.send(text)
            raw.socket.shutdown(1)
        answer = raw.rest()
    line = answer.split(b"\r\n")[0]
    assert b" 200 " not in line and b" 500 " not in line
    assert b'"thingName":"x"' not in answer


@pytest.mark.parametrize("path", ["/%ZZ", "/%00", "/%", "/things/%ff"])
def test_a_path_of_bad_escapes_is_an_error_of_the_api(open_door, path):
    reply = wire.request(open_door.url, "GET", path, {})
    assert 400 <= reply.status < 500 and reply.json["message"]


def test_connections_beyond_the_bound_wait_and_harm_nobody(tmp_path):
    bound = 5
    with Daemon(tmp_path, "--connections", str(bound), auth=False) as daemon:
        ask = b"GET /things HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with contextlib.ExitStack() as stack:
            inside = [stack.enter_context(wire.Raw(daemon.url)) for _ in range(bound)]
            assert [raw.send(ask).reply().status for raw in inside] == [200] * bound
            beyond = stack.enter_context(wire.Raw(daemon.url, timeout=0.5)).send(ask)
            assert beyond.rest() == b""
            assert [raw.send(ask).reply().status for raw in inside] == [200] * bound
            inside[0].close()
            beyond.socket.settimeout(10)
            assert beyond.reply().status == 200
            assert [raw.send(ask).reply().status for raw in inside[1:]] == [200] * (bound - 1)


def test_many_clients_at_once_are_all_served(open_door):
    replies = []

    def client():
        for _ in range(10):
            replies.append(wire.request(open_door.url, "GET", "/things", {}).status)

    threads = [threading.Thread(target=client) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == [200] * 320
