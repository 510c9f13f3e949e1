"""A receiver of webhooks, which checks their signatures as the Standard Webhooks specification tells it to."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


@dataclass
class Received:
    """What was posted: bodies by `webhook-id`, as often as it came. `statuses` are answered first, then 204."""

    url: str = ""
    bodies: list[tuple[str, Any]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [each for each, _ in self.bodies]


@contextmanager
def webhook_receiver(*statuses: int) -> Iterator[Received]:
    received = Received(statuses=list(statuses))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            message_id, timestamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
            signed = f"{message_id}.{timestamp}.".encode() + body
            expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
            if self.headers["webhook-signature"] != f"v1,{expected}":
                received.wrong.append(message_id)
            received.bodies.append((message_id, msgspec.json.decode(body)))
            self.send_response(received.statuses.pop(0) if received.statuses else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
