"""Entries of APISIX's loggers, field by field; shaped after apisix/utils/log-util.lua."""

import json
from typing import Any

from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind, TimeRange
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.explain import explain_decoding
from tests.support.positions import ANYWHERE

ENTRY: dict[str, Any] = {
    "client_ip": "203.0.113.9",
    "route_id": "12",
    "service_id": "",
    "consumer": {"username": "acme"},
    "start_time": 1767225600007,
    "latency": 46.2,
    "upstream_latency": 41,
    "apisix_latency": 5.2,
    "upstream": "10.1.2.3:8080",
    "server": {"hostname": "apisix-0", "version": "3.9.0"},
    "request": {"method": "GET", "uri": "/orders/17?key=s3cret", "size": "312", "headers": {"apikey": "s3cret"}},
    "response": {"status": 200, "size": "1840", "headers": {}},
}


def decoded(entry: dict[str, Any]) -> AccessEvent:
    (explanation,) = explain_decoding(json.dumps(entry).encode(), TimeRange())
    assert explanation.event is not None, explanation
    assert explanation.log_format == "apisix"
    return explanation.event


def test_entry_of_a_consumer() -> None:
    assert decoded(ENTRY) == AccessEvent(
        kind=EventKind.HTTP,
        event_id="",
        identity=IdentityKind.POSITION,
        started_at_ms=1767225600007,
        consumer=Consumer(username="acme"),
        route=Entity(id="12"),
        method="GET",
        status=200,
        request_bytes=312,
        response_bytes=1840,
        request_bytes_kind=SizeKind.WIRE,
        response_bytes_kind=SizeKind.WIRE,
        latency_request_ms=46.2,
        latency_upstream_ms=41.0,
        latency_gateway_ms=5.2,
    )


def test_request_that_was_not_proxied_has_no_upstream_latency() -> None:
    entry = {name: value for name, value in ENTRY.items() if name not in ("consumer", "upstream_latency")}
    event = decoded(entry)
    assert (event.latency_upstream_ms, event.caller.consumer_id) == (None, "")


def test_array_of_entries_are_events_of_their_own() -> None:
    entries = [ENTRY, ENTRY, {**ENTRY, "start_time": "soon"}]
    batch = Decoders(TimeRange()).decode("apisix", [json.dumps(entries).encode()], ANYWHERE)
    assert len(set(batch.requests.event_ids)) == 2
    (rejection,) = batch.rejections
    assert (rejection.reason, rejection.event_index) == ("started_at_invalid", 2)
    kept = json.loads(rejection.raw)
    assert kept["response"] == {"status": 200, "size": "1840", "(other)": "(1 member)"}
    assert b"s3cret" not in rejection.raw
    assert b"203.0.113.9" not in rejection.raw


def test_the_host_that_a_client_asked_for_is_not_a_service() -> None:
    # apache/apisix: apisix/utils/log-util.lua puts it there where no route has matched.
    unmatched = {name: value for name, value in ENTRY.items() if name != "route_id"}
    event = decoded({**unmatched, "service_id": "anything.a.client.asks.for"})
    assert (event.service, event.route) == (Entity(), Entity())
