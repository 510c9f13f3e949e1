"""Lines of files that a collector follows (file_log) and sends as OTLP: each is read as the event that it is."""

import json

import pytest

from gatemeter.events.access_event import EventKind, TimeRange
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.explain import DecodeExplanation, explain_decoding
from gatemeter.lenient.event_text import text_identity
from tests.support.gateways.recorded_logs import fixture_lines
from tests.support.kong_events import request_line
from tests.support.otlp_records import log_record, logs_request
from tests.support.positions import ANYWHERE

FILE = {"log.file.name": "access.json"}
KONG = request_line("a")
TRAEFIK = fixture_lines("traefik", "traefik")[0]


def sent(*lines: bytes, attributes: dict[str, object] | None = None) -> bytes:
    given: dict[str, object] = {**FILE} if attributes is None else attributes
    return logs_request(*(log_record(given, body={"stringValue": line.decode()}) for line in lines))


def explained(request: bytes, log_format: str = "otlp") -> list[DecodeExplanation]:
    return explain_decoding(request, TimeRange(), log_format)


@pytest.mark.parametrize("log_format", ["otlp", "kong-log"])
def test_a_line_is_read_as_if_it_had_come_bare(log_format: str) -> None:
    kong, traefik = explained(sent(KONG + b"\n", TRAEFIK), log_format)
    assert (kong.log_format, kong.event) == ("kong-log", explained(KONG, "kong-log")[0].event)
    assert (traefik.log_format, traefik.event) == ("traefik", explained(TRAEFIK, "traefik")[0].event)
    assert kong.envelopes == ("otlp",)


def test_a_line_without_an_id_is_known_by_its_own_text() -> None:
    line = json.dumps({"started_at": 1_772_000_000_000, "request": {}, "response": {"status": 200}}).encode()
    (found,) = explained(sent(line))
    assert found.event is not None
    assert found.event.event_id == text_identity(line)


@pytest.mark.parametrize("attributes", [{}, {"log.level": "info"}, {"http.route": "/orders"}])
def test_what_a_program_was_told_is_not_an_event(attributes: dict[str, object]) -> None:
    (found,) = explained(sent(KONG, attributes=attributes))
    assert found.event is not None
    assert (found.log_format, found.event.kind) == ("otlp", EventKind.OTHER)


@pytest.mark.parametrize("line", [b"started", b"{}", b'{"level":"info"}', b"[1]", b"", b'{"resourceLogs":[]}', b"{"])
def test_any_other_line_is_of_another_kind(line: bytes) -> None:
    (found,) = explained(sent(line))
    assert found.event is None or found.event.kind is EventKind.OTHER
    assert found.reason in ("", "log_record_missing")


def test_a_line_that_cannot_be_counted_is_a_dead_letter_of_its_record() -> None:
    broken = KONG.replace(b'"started_at":', b'"started_at":"soon","was":')
    batch = Decoders(TimeRange()).decode("otlp", [sent(KONG, broken)], ANYWHERE)
    assert len(batch.requests.event_ids) == 1
    (rejection,) = batch.rejections
    assert rejection.reason == "started_at_invalid"
    assert rejection.event_index == 1
    assert explained(rejection.original)[0].reason == "started_at_invalid"  # a replay reads it as it came
