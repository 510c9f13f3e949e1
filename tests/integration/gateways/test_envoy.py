"""A real Envoy with the ready-made access log: its lines read as the requests that were sent."""

from collections.abc import Iterator

import pytest

from gatemeter.events.identity import IdentityKind
from tests.support.gateways.envoy import envoy, expected_of_envoy
from tests.support.gateways.known_traffic import REQUESTS, KnownRequest, send
from tests.support.gateways.program import Gateway
from tests.support.gateways.recorded_logs import Recorded, assert_when, expected, read, record, secrets_in, told
from tests.support.gateways.upstream import upstream


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with upstream() as upstream_port, envoy(tmp_path_factory.mktemp("envoy"), upstream_port) as running:
        yield running


@pytest.fixture(scope="module")
def recorded(gateway: Gateway) -> Recorded:
    return record(gateway, "envoy")


def test_json_lines_read_as_they_were_sent(recorded: Recorded) -> None:
    events = read(recorded.lines["envoy"], "envoy")
    assert told(events) == list(map(expected_of_envoy, REQUESTS))
    assert_when(events, recorded.exchanges)
    assert [(event.request_bytes, event.response_bytes) for event in events] == [
        (len(exchange.request.body), exchange.body_bytes) for exchange in recorded.exchanges
    ]
    assert {event.identity for event in events} == {IdentityKind.ID}
    assert len({event.event_id for event in events}) == len(REQUESTS)


def test_the_ready_made_json_format_logs_no_secret(recorded: Recorded) -> None:
    assert secrets_in([b"\n".join(recorded.lines["envoy"]).decode()]) == set()


def test_lines_of_the_default_text_read_as_they_were_sent(recorded: Recorded) -> None:
    events = read(recorded.lines["envoy-text"], "envoy")
    assert told(events) == [expected(request)._replace(consumer="") for request in REQUESTS]
    assert_when(events, recorded.exchanges)
    assert [(event.request_bytes, event.response_bytes) for event in events] == [
        (len(exchange.request.body), exchange.body_bytes) for exchange in recorded.exchanges
    ]
    assert {(event.identity, event.event_id) for event in events} == {(IdentityKind.POSITION, "")}
    assert secrets_in(events) == set()


def test_what_a_client_chooses_names_neither_consumer_nor_request(recorded: Recorded, gateway: Gateway) -> None:
    """The client names somebody else, repeats an id, and writes numbers behind a quote."""
    forged = (
        ("X-Gatemeter-Consumer", "somebody-else"),
        ("X-Request-Id", "3f0e86d6-2f8d-4a5e-9f5d-0d8d6f1f2a3b"),
        ("User-Agent", 'x" 500 - 0 7 7 7 "'),
    )
    send(gateway.port, [KnownRequest("GET", "/open/prices", headers=forged)] * 2)
    wanted = len(recorded.exchanges) + 2
    by_json = read(gateway.lines("envoy", wanted)[-2:], "envoy")
    assert [(event.caller.consumer_id, event.status) for event in by_json] == [("", 200)] * 2
    assert by_json[0].event_id != by_json[1].event_id
    text_lines = gateway.lines("envoy-text", wanted)[-2:]
    assert all(b"3f0e86d6" in line and b'x" 500' in line for line in text_lines)
