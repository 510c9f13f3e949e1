"""A real nginx with the ready-made log format: its lines read as the requests that were sent."""

from collections.abc import Iterator

import pytest

from gatemeter.events.identity import IdentityKind
from tests.support.gateways.known_traffic import REQUESTS, KnownRequest, send
from tests.support.gateways.nginx import nginx
from tests.support.gateways.program import Gateway
from tests.support.gateways.recorded_logs import Recorded, assert_when, expected, read, record, secrets_in, told
from tests.support.gateways.upstream import upstream


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with upstream() as upstream_port, nginx(tmp_path_factory.mktemp("nginx"), upstream_port) as running:
        yield running


@pytest.fixture(scope="module")
def recorded(gateway: Gateway) -> Recorded:
    return record(gateway, "nginx")


def test_json_lines_read_as_they_were_sent(recorded: Recorded) -> None:
    events = read(recorded.lines["nginx"], "nginx")
    assert told(events) == [
        expected(request, service="{}-service", route="{}", tells_upstream=True) for request in REQUESTS
    ]
    assert_when(events, recorded.exchanges)
    assert [(event.request_bytes, event.response_bytes) for event in events] == [
        (exchange.sent_bytes, exchange.received_bytes) for exchange in recorded.exchanges
    ]
    assert {event.identity for event in events} == {IdentityKind.ID}
    assert len({event.event_id for event in events}) == len(REQUESTS)


def test_the_ready_made_json_format_logs_no_secret(recorded: Recorded) -> None:
    assert secrets_in([b"\n".join(recorded.lines["nginx"]).decode()]) == set()


def test_combined_lines_read_as_they_were_sent(recorded: Recorded) -> None:
    events = read(recorded.lines["nginx-combined"], "nginx-combined")
    assert told(events) == [expected(request) for request in REQUESTS]
    assert_when(events, recorded.exchanges, resolution_ms=1_000)
    assert [(event.request_bytes, event.response_bytes) for event in events] == [
        (None, exchange.body_bytes) for exchange in recorded.exchanges
    ]
    assert {(event.identity, event.event_id) for event in events} == {(IdentityKind.POSITION, "")}
    assert secrets_in(events) == set()


def test_times_of_upstreams_that_were_tried_add_up(recorded: Recorded, gateway: Gateway) -> None:
    before = len(recorded.lines["nginx"])
    send(gateway.port, [KnownRequest("GET", "/retried")])
    line = gateway.lines("nginx", before + 1)[-1]
    assert b'"upstream_status":"502, 200"' in line
    (event,) = read([line], "nginx")
    assert (event.status, event.upstream_status) == (200, 200)
    assert event.latency_upstream_ms is not None
