"""A real Traefik with the ready-made access log: its lines read as the requests that were sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gatemeter.events.identity import IdentityKind
from tests.support.gateways.known_traffic import REQUESTS, KnownRequest, send
from tests.support.gateways.program import Gateway
from tests.support.gateways.recorded_logs import Recorded, assert_when, read, record, secrets_in, told
from tests.support.gateways.traefik import expected_of_traefik, traefik
from tests.support.gateways.upstream import upstream


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with upstream() as upstream_port, traefik(tmp_path_factory.mktemp("traefik"), upstream_port) as running:
        yield running


@pytest.fixture(scope="module")
def recorded(gateway: Gateway) -> Recorded:
    return record(gateway, "traefik")


def test_lines_read_as_they_were_sent(recorded: Recorded) -> None:
    events = read(recorded.lines["traefik"], "traefik")
    assert told(events) == list(map(expected_of_traefik, REQUESTS))
    assert_when(events, recorded.exchanges)
    assert [(event.request_bytes, event.response_bytes) for event in events] == [
        (len(exchange.request.body), exchange.body_bytes) for exchange in recorded.exchanges
    ]
    assert {(event.identity, event.event_id) for event in events} == {(IdentityKind.POSITION, "")}
    for event in events:
        assert event.latency_gateway_ms is not None
        assert event.latency_request_ms == pytest.approx((event.latency_upstream_ms or 0) + event.latency_gateway_ms)


def test_the_ready_made_configuration_logs_no_secret(recorded: Recorded) -> None:
    assert secrets_in([b"\n".join(recorded.lines["traefik"]).decode()]) == set()


def test_a_path_without_a_route_has_none(gateway: Gateway, recorded: Recorded) -> None:
    send(gateway.port, [KnownRequest("GET", "/nowhere", status=404)])
    (event,) = read(gateway.lines("traefik", len(recorded.exchanges) + 1)[-1:], "traefik")
    assert (event.status, event.upstream_status, event.route.name, event.latency_upstream_ms) == (404, None, "", None)


def test_of_a_log_with_all_headers_one_is_read(tmp_path: Path) -> None:
    with upstream() as upstream_port, traefik(tmp_path, upstream_port, keeps_all=True) as gateway:
        send(gateway.port, [KnownRequest("GET", "/orders/17", "acme"), KnownRequest("GET", "/partner/x")])
        lines = gateway.lines("traefik", 2)
    assert len(secrets_in([b"\n".join(lines).decode()])) == 4
    by_user, by_header = read(lines, "traefik")
    assert (by_user.caller.consumer_id, by_header.caller.consumer_id) == ("acme", "partner-7")
    assert secrets_in([by_user, by_header]) == set()
