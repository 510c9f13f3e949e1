"""What a gateway logged of the known requests: read by gatemeter, compared with what was sent, kept as a fixture."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gatemeter.events.access_event import AccessEvent, TimeRange
from gatemeter.formats.explain import explain_decoding
from tests.support.gateways.known_traffic import REQUESTS, SECRETS, Exchange, KnownRequest, send
from tests.support.gateways.program import Gateway
from tests.support.repository import ROOT

FIXTURES = ROOT / "tests" / "fixtures"
WRITE_VARIABLE = "GATEMETER_TEST_WRITE_FIXTURES"
"""With any value in the environment the tests write what the real programs log to `FIXTURES`."""


class Told(NamedTuple):
    """What a log tells of a request; '' and None where it cannot tell."""

    method: str
    status: int | None
    consumer: str
    service: str = ""
    route: str = ""
    upstream_status: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the client saw, and the lines that were logged meanwhile, by format."""

    exchanges: list[Exchange]
    lines: dict[str, list[bytes]]


def record(gateway: Gateway, folder: str) -> Recorded:
    """Send `REQUESTS` through a gateway and take what it logs; see `WRITE_VARIABLE` for `folder`."""
    exchanges = send(gateway.port, REQUESTS)
    lines = {name: gateway.lines(name, len(REQUESTS)) for name in gateway.logs}
    if os.environ.get(WRITE_VARIABLE):
        for name, logged in lines.items():
            path = FIXTURES / folder / f"{name}.log"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"".join(line + b"\n" for line in logged))
    return Recorded(exchanges, lines)


def fixture_lines(folder: str, log_format: str) -> list[bytes]:
    """What the real program logged of `REQUESTS`, as it is kept."""
    return (FIXTURES / folder / f"{log_format}.log").read_bytes().splitlines()


def read(lines: Sequence[bytes], log_format: str) -> list[AccessEvent]:
    """The event of every line; fails if one is not read, or only in part."""
    events = []
    for line in lines:
        (explanation,) = explain_decoding(line, TimeRange(), log_format)
        assert explanation.event is not None, (explanation.reason, explanation.detail, line)
        assert (explanation.ignored_fields, explanation.log_format) == ([], log_format)
        events.append(explanation.event)
    return events


def told(events: Sequence[AccessEvent]) -> list[Told]:
    """What `events` tell of their requests."""
    return [
        Told(
            event.method,
            event.status,
            event.caller.consumer_id,
            event.service.name,
            event.route.name,
            event.upstream_status,
        )
        for event in events
    ]


def expected(request: KnownRequest, *, service: str = "", route: str = "", tells_upstream: bool = False) -> Told:
    """What a log that names services and routes by these patterns tells of `request`; `{}` is its route."""
    upstream = request.status if tells_upstream and not request.is_refused else None
    names = (service.format(request.route), route.format(request.route))
    return Told(request.method, request.status, request.consumer, *names, upstream)


LOGGED_LATER_MS = 500.0


def assert_when(events: Sequence[AccessEvent], exchanges: Sequence[Exchange], resolution_ms: float = 1.0) -> None:
    """Fail unless each request began and ended while the client waited for it; clocks tick every `resolution_ms`.

    A busy gateway may take the time of the end when its client has the answer already.
    """
    for event, exchange in zip(events, exchanges, strict=True):
        latency_ms = event.latency_request_ms or 0
        assert exchange.began_ms - resolution_ms <= event.started_at_ms <= exchange.ended_ms
        assert event.started_at_ms + latency_ms <= exchange.ended_ms + LOGGED_LATER_MS
        assert (event.latency_upstream_ms or 0) <= exchange.ended_ms - exchange.began_ms + LOGGED_LATER_MS


def secrets_in(texts: Sequence[object]) -> set[str]:
    """Which of `SECRETS` stand in what was logged or read."""
    return {secret for secret in SECRETS for text in texts if secret in str(text)}
