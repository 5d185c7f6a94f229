"""An HTTP proxy before a daemon that fails on purpose: it throttles, breaks, refuses and hangs.

    with Faulty(daemon.url) as proxy:
        proxy.fault = lambda n, method, path, target: ("throttle",) if n % 3 == 0 else None

The host that was signed is passed on, so what goes through is as good as what came.
"""

import http.client
import http.server
import threading
import urllib.parse

THROTTLED = b'{"message":"Rate exceeded"}'
DENIED = b'{"message":"not authorized"}'


class Faulty:
    def __init__(self, url):
        self.target = urllib.parse.urlsplit(url).netloc
        self.requests = []  # (method, path, operation of the other protocols)
        self.fault = lambda n, method, path, operation: None
        self.held = threading.Event()  # set while a request hangs
        self.lock = threading.Lock()

    def __enter__(self):
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
                if body.startswith(b"Action="):
                    operation = body.split(b"&")[0][len(b"Action="):].decode()
                path = self.path.partition("?")[0]
                with proxy.lock:
                    proxy.requests.append((self.command, path, operation))
                    n = len(proxy.requests)
                fault = proxy.fault(n, self.command, path, operation)
                if fault and fault[0] == "lose":  # it arrives, and the answer does not come back
                    proxy.forward(self, body, answer=False)
                    proxy.fail(self, "break")
                elif fault:
                    proxy.fail(self, *fault)
                else:
                    proxy.forward(self, body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that was killed

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def reply(self, handler, status, body, headers=()):
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def fail(self, handler, kind):
        if kind == "throttle":
            self.reply(handler, 429, THROTTLED, [("x-amzn-ErrorType", "ThrottlingException:http://x")])
        elif kind == "break":
            self.reply(handler, 503, b"<html>gone for a moment</html>")
        elif kind == "deny":
            self.reply(handler, 403, DENIED, [("x-amzn-ErrorType", "AccessDeniedException")])
        elif kind == "cut":
            handler.close_connection = True
            handler.connection.close()
        elif kind == "hang":  # until the client is gone
            self.held.set()
            handler.rfile.read(1)
            handler.close_connection = True

    def forward(self, handler, body, answer=True):
        connection = http.client.HTTPConnection(self.target, timeout=30)
        connection.putrequest(handler.command, handler.path, skip_host=True,
                              skip_accept_encoding=True)
        for name, value in handler.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        reply = connection.getresponse()
        text = reply.read()
        if answer:
            kept = [(name, value) for name, value in reply.getheaders()
                    if name.lower() in ("content-type", "x-amzn-errortype")]
            self.reply(handler, reply.status, text, kept)
        connection.close()
