"""A door keeps what custom meters read, and what its user names; nothing more."""

import json
from typing import Any

import pytest

from gatemeter.formats.slimming.slimmer import Slimmer
from gatemeter.metering.ruleset import RULESET_VERSION, Metering
from gatemeter.wire.slimmed import parse_slimmed
from tests.support.declared_meters import metering_with
from tests.support.otlp_records import KONG, log_record, logs_request
from tests.support.positions import ANYWHERE
from tests.support.slim_corpus import RECORDED, Recorded, kong_event
from tests.support.slim_lines import SLIMMER

KONG_METER = """
[[meters]]
name = "credits"
format = "kong-log"
unit = "credits"
value = "response.headers.x-credits"
decimals = 2
filter = { "response.headers.x-plan" = { is = "gold" } }
group_by = { plan = "response.headers.x-plan", tenant = "tenant.name" }
"""
EVENT_METER = """
[[meters]]
name = "exports"
format = "cloudevents"
unit = "rows"
value = "data.export.rows"
filter = { type = "report.exported" }
group_by = { kind = "data.kind" }
"""
ENTRY_METER = """
[[meters]]
name = "parts"
format = "cloudevents"
unit = "rows"
value = "data.parts.0.rows"
"""
THROUGH_A_TEXT = """
[[meters]]
name = "calls"
format = "kong-log"
unit = "calls"
group_by = { name = "workspace.name" }
"""
CREDENTIALS = """
[[meters]]
name = "calls"
format = "kong-log"
unit = "calls"
group_by = { who = "authenticated_entity.id" }
"""
CALLER = {"consumer": {"id": "c-1"}, "authenticated_entity": {"id": "k-1"}}
OTLP_METER = """
[[meters]]
name = "received"
format = "otlp"
unit = "ms"
value = "kong.latency.receive"
"""
SECRET = "s3cr3t"


def kong_line(**members: Any) -> bytes:
    event = kong_event(tenant={"name": "acme", "key": SECRET}, **members)
    event["response"] = {"status": 200, "headers": {"x-credits": "1.50", "x-plan": "gold", "set-cookie": SECRET}}
    return json.dumps(event).encode()


def read_by(metering: Metering, log_format: str, line: bytes) -> list[tuple[str, str]]:
    batch = metering.decoders().decode(log_format, [line], ANYWHERE)
    usage = (each for events in (batch.requests, batch.others) for each in events.usage.items())
    return [(name, repr(rows.columns)) for name, rows in usage if rows.keys]


def cloud_event() -> bytes:
    parts = [{"rows": 7, "to": SECRET}]
    data = {"export": {"rows": 12, "target": SECRET}, "kind": "csv", "user": SECRET, "parts": parts}
    ids = {"specversion": "1.0", "type": "report.exported", "source": "s", "id": "1", "time": "2026-02-03T10:00:00Z"}
    return json.dumps({**ids, "data": data}).encode()


@pytest.mark.parametrize(
    ("declared", "log_format", "line"),
    [
        (KONG_METER, "kong-log", kong_line()),
        (KONG_METER, "kong-log", kong_line(request={"method": "GET"})),
        (KONG_METER, "kong-log", kong_line(ai={"proxy": {"usage": {"prompt_tokens": 3}, "meta": {}}})),
        (KONG_METER, "kong-log", b"[" + kong_line() + b"]"),
        (THROUGH_A_TEXT, "kong-log", kong_line(workspace="w-1")),
        (CREDENTIALS, "kong-log", kong_line(**CALLER)),
        (EVENT_METER, "cloudevents", cloud_event()),
        (EVENT_METER, "kong-log", cloud_event()),
        (ENTRY_METER, "cloudevents", cloud_event()),
        (OTLP_METER, "otlp", logs_request(log_record({**KONG, "kong.latency.receive": 3.5, "x": SECRET}))),
    ],
    ids=[
        *("request", "without-id", "model-call", "array", "through-a-text", "credential"),
        *("event", "event-among-requests", "entry-of-a-list", "record"),
    ],
)
def test_meters_read_the_same_of_what_a_door_leaves(declared: str, log_format: str, line: bytes) -> None:
    metering = metering_with(declared)
    slim = Slimmer(RULESET_VERSION, metering.meters)(log_format, line).text
    assert SECRET.encode() in line
    assert SECRET.encode() not in slim
    assert read_by(metering, log_format, slim) == read_by(metering, log_format, line)
    assert "meter_usage_hourly" in repr(read_by(metering, log_format, line))


def test_a_door_says_whose_meters_it_has_kept_members_for() -> None:
    meters = metering_with(KONG_METER).meters
    told = parse_slimmed(Slimmer(RULESET_VERSION, meters, ["request.uri", "client_ip"]).name)
    assert told == (RULESET_VERSION, meters.version, "client_ip,request.uri")
    assert SLIMMER.name == RULESET_VERSION


@pytest.mark.parametrize("event", RECORDED, ids=[f"{each.log_format}-{each.name}" for each in RECORDED])
def test_a_member_that_is_asked_for_is_kept_in_any_format(event: Recorded) -> None:
    planted = Recorded(event.log_format, event.name, {**event.document, "x-plan": {"name": "gold", "key": SECRET}})
    kept = Slimmer(RULESET_VERSION, kept_paths=["x-plan.name"])(planted.log_format, planted.line).text
    has_members = "resourceLogs" not in event.document
    assert (b"gold" in kept) is has_members
    assert SECRET.encode() not in kept


NAMED = ("response.headers", "response", "tenant", "ai", "ai.proxy.usage", "data", "data.export")


@pytest.mark.parametrize("path", NAMED)
@pytest.mark.parametrize("line", [kong_line(), kong_line(ai={"proxy": {"usage": {"total_tokens": 3}}}), cloud_event()])
def test_of_an_object_that_a_meter_names_its_presence_alone_is_kept(line: bytes, path: str) -> None:
    format_name = "kong-log" if b"started_at" in line else "cloudevents"
    meter = f'[[meters]]\nname = "m"\nformat = "{format_name}"\nunit = "x"\n'
    metering = metering_with(meter + f'filter = {{ "{path}" = {{ exists = true }} }}')
    slim = Slimmer(RULESET_VERSION, metering.meters)(format_name, line).text
    assert SECRET.encode() not in slim
    assert read_by(metering, format_name, slim) == read_by(metering, format_name, line)


def test_an_object_that_is_asked_for_is_kept_whole() -> None:
    kept = json.loads(Slimmer(RULESET_VERSION, kept_paths=["latencies", "tries.0.ip"])("kong-log", kong_line()).text)
    assert kept["latencies"] == kong_event()["latencies"]
    assert kept["tries"] == kong_event()["tries"]
