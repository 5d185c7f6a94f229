"""A receiver of webhooks on loopback: a real HTTP server that takes, refuses, or stalls, by path.

    with Receiver() as receiver:
        receiver.mode["/b"] = 503            answers with that status
        receiver.mode["/c"] = "stall"        answers when receiver.go is set
        receiver.wait("/a", 1)               what came to that path, as soon as it is one
"""

import collections
import http.server
import json
import socket
import threading
import time

Got = collections.namedtuple("Got", "path headers body json at")


class Receiver:
    def __init__(self, port=0):
        self.mode = {}
        self.got = collections.defaultdict(list)  # taken
        self.tries = collections.Counter()  # also those refused
        self.go = threading.Event()
        self.open = set()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                receiver.open.add(self.connection)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.tries[self.path] += 1
                mode = receiver.mode.get(self.path, 200)
                if mode == "stall":
                    receiver.go.wait(60)
                    mode = 200
                if mode == 200:
                    try:
                        parsed = json.loads(body)
                    except ValueError:
                        parsed = None
                    receiver.got[self.path].append(
                        Got(self.path, self.headers, body, parsed, time.monotonic()))
                self.send_response(mode)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass  # whoever gave up while we stalled

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.go.set()
        self.server.shutdown()
        self.server.server_close()
        for connection in self.open:  # kept alive, they would go on being served
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is closed already

    def wait(self, path, n, seconds=20):
        deadline = time.monotonic() + seconds
        while len(self.got[path]) < n:
            if time.monotonic() > deadline:
                raise AssertionError(f"{path} got {len(self.got[path])} of {n} in {seconds} s, "
                                     f"{self.tries[path]} tries")
            time.sleep(0.02)
        return self.got[path]

    def wait_tries(self, path, n, seconds=20):
        deadline = time.monotonic() + seconds
        while self.tries[path] < n:
            assert time.monotonic() < deadline, f"{self.tries[path]} of {n} tries at {path}"
            time.sleep(0.02)
