"""The small HTTP server behind the gateways of the tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gatemeter.embedded.ports import LOOPBACK

_BODY = b'{"answer":"of the upstream"}'


class _Handler(BaseHTTPRequestHandler):
    """Answers every request with the status in its header X-Want-Status."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: the second of two would wait for 40 ms

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(int(self.headers.get("X-Want-Status") or 200))
        self.send_header("Content-Length", str(len(_BODY)))
        self.end_headers()
        self.wfile.write(_BODY)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the names that http.server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server has it
        """Say nothing."""


@contextmanager
def upstream() -> Iterator[int]:
    """Run the server for a block; yields its port."""
    with ThreadingHTTPServer((LOOPBACK, 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
