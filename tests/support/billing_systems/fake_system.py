"""What fakes of billing systems share: events that count once, and faults at a moment of a test's choosing.

A fake is asked through `BillingSystem` requests, in process or over HTTP (`served`).
"""

import json
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from gatemeter.clock import Clock

KEY = "key-0123456789"


class Fault(Enum):
    """What goes wrong with one request."""

    DROPPED_BEFORE = auto()
    """The connection breaks before anything was taken."""
    DROPPED_AFTER = auto()
    """All was taken, and the connection breaks before the answer."""
    HALF_ANSWER = auto()
    BUSY = auto()
    """429 with Retry-After."""
    BROKEN_BEFORE = auto()
    """500, nothing was taken."""
    BROKEN_AFTER = auto()
    """500, although all was taken."""
    LIE = auto()
    """200 with a page that has nothing to do with it; nothing was taken."""


TAKEN = {Fault.DROPPED_AFTER, Fault.HALF_ANSWER, Fault.BROKEN_AFTER}
"""Faults after which the events are there."""


@dataclass(frozen=True)
class Asked:
    """One request as a fake gets it; `form` has the parameters of the query and of a body that is a form."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """The body as JSON; numbers that are not whole as decimals."""
        return json.loads(self.body, parse_float=Decimal)


@dataclass(frozen=True)
class Given:
    """One answer of a fake."""

    status: int
    document: Any = None

    @property
    def body(self) -> bytes:
        """As JSON, empty where there is nothing to say."""
        return b"" if self.document is None else json.dumps(self.document, default=float).encode()


@dataclass(frozen=True)
class StoredEvent:
    """An event that the system has taken."""

    id: str
    customer: str
    name: str
    at: datetime
    value: Decimal
    received_at: datetime


@dataclass
class FakeSystem(ABC):
    """A system with some customers. `events` are those that count; `faults` are used up one a request."""

    clock: Clock
    customers: set[str]
    events: list[StoredEvent] = field(default_factory=list)
    faults: deque[Fault | None] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)
    address: str = ""
    remembers: ClassVar[timedelta | None] = None
    """How long ids are known again; None: for good."""

    @abstractmethod
    def answer(self, asked: Asked) -> Given:
        """The answer to a request with the right key."""

    def next_fault(self, asked: Asked) -> Fault | None:
        """Note the request; what goes wrong with it."""
        self.asked.append(asked)
        return self.faults.popleft() if self.faults else None

    def checked(self, asked: Asked) -> Given:
        """The answer to any request."""
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return Given(401, {"error": {"message": f"invalid key: {asked.headers.get('authorization')}"}})
        return self.answer(asked)

    def knows(self, event_id: str) -> bool:
        """Whether an event with this id came within the time that ids are remembered."""
        since = None if self.remembers is None else self.clock.now() - self.remembers
        return any(each.id == event_id and (since is None or each.received_at > since) for each in self.events)

    def store(self, event_id: str, customer: str, name: str, at: datetime, value: Decimal) -> None:
        """Count an event."""
        self.events.append(StoredEvent(event_id, customer, name, at, value, self.clock.now()))

    def total(self, customer: str, name: str) -> Decimal:
        """What the customer would pay for."""
        values = [each.value for each in self.events if (each.customer, each.name) == (customer, name)]
        return sum(values, Decimal(0))


def asked_of(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Asked:
    """A request by its target (path and query)."""
    parts = urlsplit(target)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return Asked(method, parts.path, query, {name.lower(): value for name, value in headers.items()}, body)


@contextmanager
def served(fake: FakeSystem) -> Iterator[FakeSystem]:
    """The fake on a port of the loopback address, for a block; its `address` is the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one packet

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = asked_of(self.command, self.path, dict(self.headers), body)
            fault = fake.next_fault(asked)
            given = fake.checked(asked) if fault in TAKEN or fault is None else Given(200)
            _send(self, given, fault)

        do_GET = do_POST  # noqa: N815 - the name that the server calls

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that was killed is part of a test."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _send(handler: BaseHTTPRequestHandler, given: Given, fault: Fault | None) -> None:
    if fault in (Fault.DROPPED_BEFORE, Fault.DROPPED_AFTER):
        handler.close_connection = True
        return
    body, headers = given.body, {}
    status = given.status
    match fault:
        case Fault.BUSY:
            status, body, headers = 429, b"{}", {"Retry-After": "0"}
        case Fault.BROKEN_BEFORE | Fault.BROKEN_AFTER:
            status, body = 500, b"{}"
        case Fault.LIE:
            status, body = 200, b"<html>welcome</html>"
        case Fault.HALF_ANSWER:
            headers = {"Content-Length": str(len(body) + 100)}
            handler.close_connection = True
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
