"""Requests with many records: an event each, with a place, a dead letter and a replay of its own."""

import json

import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.events.identity import IdentityKind, MessagePositions
from gatemeter.formats.decoders import Decoders, OriginalDecoders
from gatemeter.formats.explain import explain_decoding
from gatemeter.wire.event_location import EventLocation
from tests.support.otlp_records import KONG, log_record, logs_request

GET = {"http.request.method": "GET", "http.response.status_code": 200}
POSITIONS = MessagePositions("topic", 3, [17])
NO_TIME: dict[str, list[object]] = {"attributes": []}


def kong(request_id: str) -> dict[str, object]:
    return log_record({**KONG, "kong.request.id": request_id})


def test_each_record_is_an_event_in_its_order() -> None:
    line = logs_request(kong("a"), kong("b"), kong("a"))
    batch = Decoders(TimeRange(), keeps_event_refs=True).decode("otlp", [line], POSITIONS)
    assert batch.requests.event_ids == ["a", "b", "a"]
    assert [ref[:3] for ref in batch.requests.event_refs] == [(0, 1, 0), (0, 1, 1), (0, 1, 2)]


def test_records_of_several_groups_and_requests_are_counted_through() -> None:
    one, two = (json.loads(logs_request(kong(name), kong(name + "2"))) for name in "ab")
    groups = json.dumps({"resourceLogs": one["resourceLogs"] + two["resourceLogs"]}).encode()
    together = Decoders(TimeRange()).decode("otlp", [groups], POSITIONS)
    listed = Decoders(TimeRange()).decode("otlp", [json.dumps([one, two]).encode()], POSITIONS)
    assert together.requests.event_ids == listed.requests.event_ids == ["a", "a2", "b", "b2"]


def test_places_tell_records_apart_that_read_alike() -> None:
    line = logs_request(log_record(GET), log_record(GET))
    batch = Decoders(TimeRange()).decode("otlp", [line], POSITIONS)
    assert batch.requests.event_ids == ["position:topic/3@17+1#0", "position:topic/3@17+1#1"]
    assert batch.identity_kinds == {IdentityKind.POSITION}


def test_bad_record_alone_is_a_dead_letter_that_can_be_mended() -> None:
    line = logs_request(log_record(GET), NO_TIME, log_record(GET))
    batch = Decoders(TimeRange()).decode("otlp", [line], POSITIONS)
    assert batch.requests.event_ids == ["position:topic/3@17+1#0", "position:topic/3@17+1#2"]
    (rejection,) = batch.rejections
    assert (rejection.reason, rejection.event_index, rejection.is_masked) == ("started_at_missing", 1, True)
    original = json.loads(rejection.original)
    assert original["resourceLogs"][0]["scopeLogs"][0]["logRecords"] == [NO_TIME]
    mended = rejection.original.replace(b'"attributes":[]}]}', b'"timeUnixNano":"1772000000000000000"}]}')
    replayed = OriginalDecoders(TimeRange()).decode("otlp", mended, EventLocation("topic", 3, 17, 1, 1))
    assert replayed.others.event_ids == ["position:topic/3@17+1#1"]


def test_secrets_of_a_bad_record_are_not_kept_in_clear() -> None:
    record = {"attributes": log_record(KONG)["attributes"][-2:]}
    (rejection,) = Decoders(TimeRange()).decode("otlp", [logs_request(record)], POSITIONS).rejections
    assert b"s3cret" not in rejection.raw
    assert b"203.0.113.9" not in rejection.raw


def test_many_bad_records_are_read_again_at_their_places() -> None:
    line = logs_request(*[{"attributes": [], "n": number} for number in range(1_500)])
    rejections = Decoders(TimeRange()).decode("otlp", [line], POSITIONS).rejections
    assert [each.reason for each in rejections[-2:]] == ["started_at_missing", "too_many_rejected"]
    shared = rejections[-1]
    location = EventLocation("topic", 3, 17, shared.line, shared.event_index)
    again = OriginalDecoders(TimeRange()).decode("otlp", shared.original, location, "too_many_rejected")
    assert len(again.rejections) >= 500


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"resourceLogs":[]}', "log_record_missing"),
        (b'{"resourceLogs":{"a":1}}', "log_record_missing"),
        (b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[7]}]}]}', "log_record_invalid"),
        (b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"x"}]}]}]}', "started_at_invalid"),
    ],
)
def test_request_without_a_usable_record_is_a_dead_letter(line: bytes, reason: str) -> None:
    (explanation,) = explain_decoding(line, TimeRange(), "otlp")
    assert explanation.reason == reason


@pytest.mark.parametrize("odd", ["[]", "7", '"x"', "null"])
def test_what_stands_among_requests_and_is_none_leaves_them_countable(odd: str) -> None:
    line = b"[%s,%s]" % (logs_request(kong("a")), odd.encode())
    batch = Decoders(TimeRange()).decode("otlp", [line], POSITIONS)
    assert batch.requests.event_ids == ["a"]
    assert [each.reason for each in batch.rejections] == ["not_an_object"]


def test_more_records_than_a_line_may_hold_are_one_dead_letter() -> None:
    line = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[%s]}]}]}' % b",".join([b"{}"] * 10_001)
    (rejection,) = Decoders(TimeRange()).decode("otlp", [line], POSITIONS).rejections
    assert rejection.reason == "too_many_events"


def test_long_resource_is_not_repeated_with_every_record() -> None:
    line = logs_request(*[log_record(GET)] * 9_000, resource={"service.name": "x" * 1_000_000, "pod": "y" * 1_000_000})
    batch = Decoders(TimeRange()).decode("otlp", [line], POSITIONS)
    assert len(batch.requests.event_ids) == 9_000
    assert batch.requests.api_usage.keys[0][5] == ""


def test_half_a_surrogate_pair_leaves_other_records_as_they_are() -> None:
    line = logs_request(kong("a"), kong("b")).replace(b"orders", rb"\ud800")
    assert Decoders(TimeRange()).decode("otlp", [line], POSITIONS).requests.event_ids == ["a", "b"]


def test_bytes_that_are_not_utf_8_leave_other_records_as_they_are() -> None:
    line = logs_request(kong("a"), kong("b")).replace(b"Bearer", b"\xe9", 1)
    batch = Decoders(TimeRange()).decode("otlp", [line], POSITIONS)
    assert batch.requests.event_ids == ["a", "b"]
    assert batch.ignored_fields == 1
