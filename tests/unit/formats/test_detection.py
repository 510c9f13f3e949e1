"""The format of a log is found by its first lines, and never guessed between two."""

import pytest

from gatemeter.formats.detection import MOST_LINES, detect
from gatemeter.formats.registry import json_formats, taken_by
from gatemeter.lenient.document import parse_json
from tests.support.gateways.recorded_logs import FIXTURES, fixture_lines
from tests.support.kong_events import request_line

KONG = request_line("a")
CLOUD_EVENT = (
    b'{"specversion":"1.0","id":"5d0e","source":"gw","type":"kong.api_request","time":"2026-02-03T10:01:01Z","data":{}}'
)
LOGS = {
    ("nginx", "nginx"): "nginx",
    ("nginx", "nginx-combined"): "nginx-combined",
    ("traefik", "traefik"): "traefik",
    ("envoy", "envoy"): "envoy",
    ("envoy", "envoy-text"): "envoy",
    ("caddy", "caddy"): "caddy",
    ("haproxy", "haproxy"): "haproxy",
}


@pytest.mark.parametrize(("folder", "log"), LOGS)
def test_a_recorded_log_is_of_one_format(folder: str, log: str) -> None:
    lines = fixture_lines(folder, log)
    found = detect(lines)
    assert (found.name, found.names, (found.json + found.text).total()) == (LOGS[folder, log], [found.name], len(lines))


@pytest.mark.parametrize("path", sorted(FIXTURES.rglob("*.json")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_event_is_recognized_by_one_format_at_most(path: object) -> None:
    document = parse_json(path.read_bytes())  # type: ignore[attr-defined]
    assert len([each.name for each in json_formats() if each.recognizes(document)]) <= 1


@pytest.mark.parametrize("line", [KONG, b"[" + KONG + b"]", CLOUD_EVENT])
def test_events_of_kong_are_found_in_any_of_their_forms(line: bytes) -> None:
    assert detect([b"starting", line]).name in ("kong-log", "cloudevents")


def test_an_envelope_hides_no_format() -> None:
    (line,) = fixture_lines("nginx", "nginx-combined")[:1]
    assert detect([b"2026-02-03T10:00:00Z stdout F " + line]).name == "nginx-combined"
    assert detect([b"<134>Feb  3 10:00:00 host kong: " + KONG]).name == "kong-log"


def test_formats_of_json_may_share_a_log() -> None:
    traefik = fixture_lines("traefik", "traefik")
    assert detect([KONG, CLOUD_EVENT, CLOUD_EVENT]).name == "cloudevents"
    assert detect([KONG, KONG, *traefik[:1]]).name == "kong-log"


def test_between_json_and_text_there_is_no_guess() -> None:
    combined = fixture_lines("nginx", "nginx-combined")
    for lines in ([KONG, *combined], [*combined, KONG], [*combined, *fixture_lines("envoy", "envoy-text")]):
        assert detect(lines).name is None
        assert len(detect(lines).names) == 2


def test_one_event_far_down_is_seen_in_a_log_of_text() -> None:
    combined = fixture_lines("nginx", "nginx-combined")[:1]
    assert detect([*combined * (MOST_LINES - 1), KONG]).name is None
    assert detect([*combined * MOST_LINES, KONG]).name == "nginx-combined"


@pytest.mark.parametrize("lines", [[], [b"hello"], [b"id,name"], [b'{"level":"info"}'], [b"[]"], [b"\x00" * 9]])
def test_of_other_lines_no_format_is_found(lines: list[bytes]) -> None:
    assert (detect(lines).name, detect(lines).names) == (None, [])


def test_what_a_format_takes_for_the_consumer_is_known() -> None:
    assert taken_by("nginx").consumer == "consumer, else remote_user"
    assert taken_by("unknown") == ("-", "-", "-")
