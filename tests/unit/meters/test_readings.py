"""What meters take of events, whichever way an event was decoded."""

import json
from typing import Any

import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.formats.explain import explain_decoding
from gatemeter.meters.meters import Meters
from gatemeter.meters.values import Fault
from gatemeter.schema import METER_USAGE
from gatemeter.schema.rollups import METER_USAGE_ROLLUP
from tests.support.declared_meters import BYTES_OUT, CREDITS, EXPORTS, SEATS, declared, metering_with
from tests.support.kong_events import HOUR_S, STARTED_AT_MS, event_text
from tests.support.positions import ANYWHERE

Row = dict[str, Any]


def rows_of(text: str, *messages: bytes, log_format: str = "kong-log") -> list[Row]:
    """The rows that the meters in TOML make of messages, as {column: value}; an absent member is left out."""
    batch = metering_with(text).decoders().decode(log_format, messages, ANYWHERE)
    names = (*METER_USAGE.dimension_names, *METER_USAGE_ROLLUP.sums, "member")
    return [
        dict(zip(names, (*key, *measures), strict=True))
        for events in (batch.requests, batch.others)
        if METER_USAGE_ROLLUP.name in events.usage
        for key, *measures in zip(*events.usage[METER_USAGE_ROLLUP.name].columns, strict=True)
    ]


def with_headers(**headers: Any) -> bytes:
    event = json.loads(event_text(extra='"consumer":{"id":"con-1"}'))
    event["response"]["headers"] = {name.replace("_", "-"): value for name, value in headers.items()}
    return json.dumps(event).encode()


def exported(**data: Any) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "type": "report.exported",
            "source": "reports",
            "id": str(data),
            "subject": "con-2",
            "time": "2026-02-03T10:00:00Z",
            "data": data,
        }
    ).encode()


def test_a_header_with_credits_is_summed_by_its_group() -> None:
    [row] = rows_of(CREDITS, with_headers(x_credits="12.5", x_plan="gold"))
    assert (row["hour"], row["consumer_id"], row["meter"], row["unit"]) == (HOUR_S, "con-1", "credits", "credits")
    assert (row["value_scaled"], row["decimals"], row["without_value"], row["refused"]) == (12_500, 3, 0, 0)
    assert (row["group_names"], row["group_1"], row["group_2"]) == ("plan", "gold", "")
    assert row["declaration"] == declared(CREDITS)[0].identity


@pytest.mark.parametrize(
    ("headers", "without_value", "refused"),
    [({}, 1, 0), ({"x_credits": ""}, 1, 0), ({"x_credits": "-1"}, 0, 1), ({"x_credits": ["1", "2"]}, 0, 1)],
)
def test_an_event_without_a_usable_value_is_counted_as_such(
    headers: dict[str, Any], without_value: int, refused: int
) -> None:
    [row] = rows_of(CREDITS, with_headers(**headers))
    assert (row["value_scaled"], row["without_value"], row["refused"]) == (0, without_value, refused)


@pytest.mark.parametrize(("status", "taken"), [("200", [1200]), ("399", [1200]), ("400", []), ("null", [])])
def test_a_filter_leaves_events_out(status: str, taken: list[int]) -> None:
    assert [row["value_scaled"] for row in rows_of(BYTES_OUT, event_text(status=status))] == taken


@pytest.mark.parametrize(
    ("condition", "value", "passes"),
    [
        ('"pro"', "pro", True),
        ('"200"', 200, True),
        ("200", "200", True),
        ("200", "200.0", True),
        ("200", "two hundred", False),
        ("true", True, True),
        ("true", "true", False),
        ("1", True, False),
        ('{ is_not = ["a", "b"] }', "c", True),
        ('{ is_not = ["a", "b"] }', "a", False),
        ('{ is_not = "a" }', None, True),
        ("{ exists = true }", 0, True),
        ("{ exists = true }", None, False),
        ("{ exists = false }", None, True),
        ("{ at_least = 1, below = 3 }", "2.9", True),
        ("{ at_least = 1, below = 3 }", 3, False),
        ("{ at_least = 1.5 }", None, False),
    ],
)
def test_a_condition_compares_texts_numbers_and_flags(condition: str, value: Any, passes: bool) -> None:
    text = f'[[meters]]\nname = "m"\nformat = "cloudevents"\nunit = "x"\nfilter = {{ "data.v" = {condition} }}'
    assert bool(rows_of(text, exported(v=value))) is passes


def test_an_event_that_is_no_request_is_metered() -> None:
    [row] = rows_of(EXPORTS, exported(rows=1_000))
    assert (row["consumer_id"], row["value_scaled"]) == ("con-2", 1_000)


def test_data_that_is_json_text_is_read_like_an_object() -> None:
    event = json.loads(exported(rows=7))
    event["data"] = json.dumps(event["data"])
    assert [row["value_scaled"] for row in rows_of(EXPORTS, json.dumps(event).encode())] == [7]


def test_of_what_is_told_apart_only_a_hash_is_kept() -> None:
    rows = rows_of(SEATS, exported(user="ada"), exported(user="bob"), exported(user="ada", again=1), exported())
    assert len({row["member"] for row in rows}) == 3
    assert [row["without_value"] for row in rows] == [0, 0, 0, 1]
    assert "ada" not in str(rows)


def test_a_meter_without_a_value_counts_events() -> None:
    text = '[[meters]]\nname = "m"\nformat = "kong"\nunit = "posts"\nfilter = { "request.method" = "POST" }'
    events = [event_text(method='"POST"'), event_text(method='"GET"'), event_text(method='"POST"')]
    assert [row["value_scaled"] for row in rows_of(text, *events)] == [1, 1]


def test_a_line_of_text_has_the_names_that_decode_shows() -> None:
    text = '[[meters]]\nname = "m"\nformat = "nginx-combined"\nunit = "bytes"\nvalue = "response_bytes"'
    line = b'203.0.113.7 - ada [03/Feb/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512 "-" "curl"'
    assert [row["value_scaled"] for row in rows_of(text, line, log_format="nginx-combined")] == [512]


def test_attributes_of_a_log_record_are_its_members() -> None:
    text = '[[meters]]\nname = "m"\nformat = "otlp"\nunit = "credits"\nvalue = "http.response.header.x-credits"'
    attributes = {"http.request.method": "GET", "http.response.status_code": 200, "http.response.header.x-credits": "4"}
    listed = [{"key": key, "value": {"stringValue": str(value)}} for key, value in attributes.items()]
    record = {"timeUnixNano": str(STARTED_AT_MS * 10**6), "attributes": listed}
    request = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()
    assert [row["value_scaled"] for row in rows_of(text, request, log_format="otlp")] == [4]


ODD_EVENTS = [
    with_headers(x_credits="1.5", x_plan="gold"),
    with_headers(x_credits=2, x_plan=None),
    with_headers(x_credits=1e-7),
    with_headers(x_credits=True),
    with_headers(x_plan={"deep": [1]}),
    with_headers(x_credits="9" * 40),
    event_text(extra='"response":{"status":200,"headers":{"x-credits":12345678901234567890123456789}}'),
    event_text(status="201", extra='"response.headers.x-credits":"5"'),
    with_headers(x_credits="4").replace(b'{"request"', b'{"response.headers.x-credits":null,"request"'),
    b'{"session":{"sent":1},"started_at":1770112861007,"response.headers.x-credits":3}',
]


@pytest.mark.parametrize("text", ODD_EVENTS)
def test_the_quick_and_the_slow_way_read_the_same(text: bytes) -> None:
    array = b"[" + text + b"," + text + b"]"
    quick, slow = rows_of(CREDITS, text), rows_of(CREDITS, array)
    assert len(quick) == 1
    assert slow == [*quick, *quick]


def test_a_session_among_requests_keeps_its_own_rows() -> None:
    session = b'{"session":{"sent":9},"started_at":1770112861007,"consumer":{"id":"con-9"}}'
    text = '[[meters]]\nname = "m"\nformat = "kong"\nunit = "bytes"\nvalue = "session.sent"'
    frame = b"\n".join([event_text(), session, event_text(event_id='"r-2"')])
    batch = metering_with(text).decoders().decode("kong-log", [frame], ANYWHERE)
    rows = batch.others.usage[METER_USAGE_ROLLUP.name]
    assert (rows.event_indexes, [key[1] for key in rows.keys], rows.sums[0]) == ([0], ["con-9"], [9])
    assert batch.requests.usage[METER_USAGE_ROLLUP.name].event_indexes == [0, 1]


def test_decode_shows_what_each_meter_takes() -> None:
    [explanation] = explain_decoding(
        with_headers(x_credits="nine"), TimeRange(), meters=Meters([*declared(CREDITS), *declared(BYTES_OUT)])
    )
    assert [(each.meter.declaration.name, each.amount, each.fault) for each in explanation.meters] == [
        ("credits", 0, Fault.NOT_A_NUMBER),
        ("bytes-out", 1200, None),
    ]
