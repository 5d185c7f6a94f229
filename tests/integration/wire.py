"""HTTP as bytes: for requests that no client library sends."""

import collections
import http.client
import json
import socket
import time
import urllib.parse

Reply = collections.namedtuple("Reply", "status headers body json")


def _reply(reply, body):
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    return Reply(reply.status, reply.headers, body, parsed)


def address(url):
    parts = urllib.parse.urlsplit(url)
    return parts.hostname, parts.port


def request(url, method, path, headers, body=None):
    """One request on a connection of its own, with these headers; Host is given unless there."""
    connection = http.client.HTTPConnection(*address(url), timeout=30)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers,
                              skip_accept_encoding=True)
        for name, value in headers.items():
            if name.lower() != "content-length":
                connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        reply = connection.getresponse()
        return _reply(reply, reply.read())
    finally:
        connection.close()


class Raw:
    """A connection that sends what it is told to."""

    def __init__(self, url, timeout=20):
        self.socket = socket.create_connection(address(url), timeout=timeout)

    @classmethod
    def over(cls, connected):
        """One over a socket that is connected already."""
        raw = cls.__new__(cls)
        raw.socket = connected
        return raw

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def reply(self, method="GET"):
        """The next reply, whole."""
        reply = http.client.HTTPResponse(self.socket, method=method)
        reply.begin()
        return _reply(reply, reply.read())

    def rest(self):
        """What comes until the other side closes, or has nothing more to say."""
        parts = []
        try:
            while True:
                part = self.socket.recv(65536)
                if not part:
                    break
                parts.append(part)
        except (ConnectionError, socket.timeout):
            pass
        return b"".join(parts)

    def is_cut(self, seconds):
        """Whether the other side closes within so many seconds."""
        deadline = time.monotonic() + seconds
        self.socket.settimeout(seconds)
        try:
            while time.monotonic() < deadline:
                if not self.socket.recv(65536):
                    return True
        except ConnectionError:
            return True
        except socket.timeout:
            pass
        return False


def tls_connect(url, context, name="localhost"):
    """An open TLS connection, by the rules of this context."""
    return context.wrap_socket(socket.create_connection(address(url), timeout=20),
                               server_hostname=name)
