"""Requests whose every byte is known: what a gateway logs of them can be compared with what was sent."""

import socket
import time
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from gatemeter.embedded.ports import LOOPBACK

PASSWORD = "pass-w0rd-of-all"
SECRETS = (
    *("t0ken-in-a-header", "k3y-in-the-query", "c00kie-of-a-client", "b0dy-of-a-request", PASSWORD),
    b64encode(f"acme:{PASSWORD}".encode()).decode(),
)
"""Texts in headers, query strings and bodies of the requests, which gatemeter must not read."""
_HEADERS = "X-Api-Key: t0ken-in-a-header\r\nCookie: session=c00kie-of-a-client\r\n"
UNAUTHORIZED = 401
_CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """A request for the upstream, which answers with `status`; without the right `password` the gateway answers 401.

    Under /orders every request needs a user, under /open none.
    """

    method: str
    path: str
    user: str = ""
    status: int = 200
    body: bytes = b""
    password: str = PASSWORD
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether the gateway answers by itself."""
        return self.status == UNAUTHORIZED

    @property
    def consumer(self) -> str:
        """Who is to be billed; '' for nobody."""
        return "" if self.is_refused else self.user

    @property
    def route(self) -> str:
        """`orders` or `open`."""
        return self.path.split("/")[1]

    def text(self) -> bytes:
        """The request as it is sent."""
        credentials = b64encode(f"{self.user}:{self.password}".encode()).decode()
        authorization = f"Authorization: Basic {credentials}\r\n" if self.user else ""
        further = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        separator = "&" if "?" in self.path else "?"
        head = (
            f"{self.method} {self.path}{separator}api_key=k3y-in-the-query HTTP/1.1\r\nHost: api.example.test\r\n"
            f"X-Want-Status: {self.status}\r\n{_HEADERS}{authorization}{further}"
            f"Content-Length: {len(self.body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + self.body


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what the client saw of its answer; times in Unix ms, sizes in bytes."""

    request: KnownRequest
    sent_bytes: int
    received_bytes: int
    body_bytes: int
    status: int
    began_ms: float
    ended_ms: float


REQUESTS = (
    KnownRequest("GET", "/orders/17", "acme"),
    KnownRequest("POST", "/orders", "zoe", status=201, body=b'{"note":"b0dy-of-a-request"}'),
    KnownRequest("GET", "/orders/18?expand=items", "acme", status=404),
    KnownRequest("DELETE", "/orders/17", "acme", status=503),
    KnownRequest("GET", "/orders/19", "mallory", status=UNAUTHORIZED, password="guessed"),
    KnownRequest("GET", "/orders/20", status=UNAUTHORIZED),
    KnownRequest("GET", "/open/prices"),
    KnownRequest("GET", "/open/prices"),
)
"""One of each kind, and the last of them twice."""


def send(port: int, requests: Iterable[KnownRequest]) -> list[Exchange]:
    """Send the requests one after another, each on a connection of its own."""
    return [_exchange(port, request) for request in requests]


def _exchange(port: int, request: KnownRequest) -> Exchange:
    text, began_ms, answer = request.text(), time.time() * 1000, bytearray()
    with socket.create_connection((LOOPBACK, port), timeout=30) as connection:
        connection.sendall(text)
        while chunk := connection.recv(_CHUNK_BYTES):
            answer += chunk
    status = int(answer.split(b" ", 2)[1])
    assert status == request.status, bytes(answer)
    body = answer.partition(b"\r\n\r\n")[2]
    return Exchange(request, len(text), len(answer), len(body), status, began_ms, time.time() * 1000)
