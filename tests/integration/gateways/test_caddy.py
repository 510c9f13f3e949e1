"""A real Caddy with the ready-made access log: its lines read as the requests that were sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gatemeter.events.identity import IdentityKind
from tests.support.gateways.caddy import caddy, expected_of_caddy
from tests.support.gateways.known_traffic import REQUESTS, KnownRequest, send
from tests.support.gateways.program import Gateway
from tests.support.gateways.recorded_logs import Recorded, assert_when, read, record, secrets_in, told
from tests.support.gateways.upstream import upstream


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with upstream() as upstream_port, caddy(tmp_path_factory.mktemp("caddy"), upstream_port) as running:
        yield running


@pytest.fixture(scope="module")
def recorded(gateway: Gateway) -> Recorded:
    return record(gateway, "caddy")


def test_lines_read_as_they_were_sent(recorded: Recorded) -> None:
    events = read(recorded.lines["caddy"], "caddy")
    assert told(events) == list(map(expected_of_caddy, REQUESTS))
    assert_when(events, recorded.exchanges)
    assert [(event.request_bytes, event.response_bytes) for event in events] == [
        (len(exchange.request.body), exchange.body_bytes) for exchange in recorded.exchanges
    ]
    assert {event.identity for event in events} == {IdentityKind.ID}
    assert len({event.event_id for event in events}) == len(REQUESTS)


def test_the_ready_made_configuration_logs_no_secret(recorded: Recorded) -> None:
    assert secrets_in([b"\n".join(recorded.lines["caddy"]).decode()]) == set()


def test_the_operator_may_append_the_consumer(recorded: Recorded, gateway: Gateway) -> None:
    send(gateway.port, [KnownRequest("GET", "/partner/x")])
    (event,) = read(gateway.lines("caddy", len(recorded.exchanges) + 1)[-1:], "caddy")
    assert event.caller.consumer_id == "partner-7"


def test_of_the_log_that_caddy_writes_by_itself_no_header_is_read(tmp_path: Path) -> None:
    with upstream() as upstream_port, caddy(tmp_path, upstream_port, logs_all=True) as gateway:
        send(gateway.port, [KnownRequest("GET", "/orders/17", "acme")] * 2)
        lines = gateway.lines("caddy", 2)
    assert secrets_in([b"\n".join(lines).decode()])
    events = read(lines, "caddy")
    assert secrets_in(events) == set()
    assert {(event.caller.consumer_id, event.identity) for event in events} == {("acme", IdentityKind.POSITION)}
