"""What a door sends of an event is counted as the whole event would be, and holds nothing else."""

import json
import re
from dataclasses import replace

import pytest

from gatemeter.events.access_event import AccessEvent
from gatemeter.formats import registry
from gatemeter.formats.format import Format, JsonFormat
from gatemeter.formats.registry import FORMATS
from gatemeter.formats.slimming.further_paths import keeping
from gatemeter.formats.slimming.slimmer import Slimmer
from gatemeter.formats.traefik.format import TRAEFIK
from gatemeter.lenient.read_paths import members
from gatemeter.metering.ruleset import RULESET_VERSION
from gatemeter.shipping.partition_key import partition_key
from tests.support.counted_lines import counted, explained
from tests.support.planted_secrets import SECRET, with_secrets
from tests.support.slim_corpus import RECORDED, TEXT_LINES, Recorded, kong_event
from tests.support.slim_lines import SLIMMER, slim_line

BY_NAME = pytest.mark.parametrize("event", RECORDED, ids=[f"{each.log_format}-{each.name}" for each in RECORDED])


def assert_slimmed(log_format: str, line: bytes) -> bytes:
    slim = slim_line(log_format, line)
    assert counted(log_format, slim) == counted(log_format, line)
    assert explained(log_format, slim) == explained(log_format, line)
    assert counted(log_format, slim_line(log_format, slim)) == counted(log_format, line)
    return slim


@BY_NAME
def test_a_recorded_event_is_counted_as_the_whole_one(event: Recorded) -> None:
    assert_slimmed(event.log_format, event.line)
    assert_slimmed(event.log_format, b"[" + event.line + b"," + event.line + b"]")


@pytest.mark.parametrize("odd", [b"\x01", b"\\x16", b"\xff"])
def test_an_event_that_has_to_be_mended_is_counted_as_the_whole_one(odd: bytes) -> None:
    event = kong_event(response={"status": 200, "headers": {"x-odd": "ODD", "cookie": SECRET.decode()}})
    slim = assert_slimmed("kong-log", json.dumps(event).encode().replace(b"ODD", odd))
    assert SECRET not in slim


@pytest.mark.parametrize("tier", ["stan`dard", "flex" * 17, "\u00e9conomique", {"type": "a=b,c"}])
def test_a_tier_that_names_no_kind_costs_the_same_without_its_text(tier: object) -> None:
    call: dict[str, dict[str, object]] = {
        "meta": {"provider_name": "openai", "request_model": "gpt-5"},
        "usage": {"prompt_tokens": 3},
    }
    call["usage"]["service_tier"] = tier
    slim = assert_slimmed("kong-log", json.dumps(kong_event(ai={"proxy": call})).encode())
    assert b"(other)" in slim


LEFT_OUT = re.compile(rb"api_key|k3y-in-the-query|/orders/|127\.0|203\.0|curl|www|sid=|k=s|example")


@pytest.mark.parametrize(("log_format", "line"), TEXT_LINES)
def test_a_line_of_text_is_counted_without_what_clients_wrote(log_format: str, line: bytes) -> None:
    slim = assert_slimmed(log_format, line)
    assert LEFT_OUT.search(line)
    assert not LEFT_OUT.search(slim)


@BY_NAME
def test_secrets_anywhere_in_an_event_are_left_out(event: Recorded) -> None:
    planted = Recorded(event.log_format, event.name, with_secrets(event.document))
    assert SECRET in planted.line
    assert SECRET not in assert_slimmed(planted.log_format, planted.line)


@pytest.mark.parametrize(("log_format", "line"), TEXT_LINES)
def test_a_line_goes_to_the_partition_of_the_whole_one(log_format: str, line: bytes) -> None:
    assert SLIMMER(log_format, line).key == partition_key(line)


def test_an_event_that_would_be_read_otherwise_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful = replace(
        TRAEFIK,
        name="forgetful",
        reads_all=True,
        recognizes=lambda _: False,
        read_paths=keeping(members("StartUTC", "RequestMethod")),
    )
    monkeypatch.setattr(registry, "_given", {"forgetful": forgetful})
    line = next(each.line for each in RECORDED if each.log_format == "traefik")
    assert Slimmer(RULESET_VERSION)("forgetful", line).text == line


LINES = dict(TEXT_LINES)


@pytest.mark.parametrize("each", FORMATS, ids=[each.name for each in FORMATS])
def test_every_format_that_comes_along_says_what_it_reads(each: Format) -> None:
    if isinstance(each, JsonFormat):
        assert each.read_paths is not None
    text = each.text if isinstance(each, JsonFormat) else each
    assert text is None or text.slim(LINES[each.name]) != LINES[each.name]


def test_a_line_that_fails_a_reader_leaves_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> AccessEvent:
        raise KeyError

    failing = replace(TRAEFIK, name="failing", reads_all=True, recognizes=lambda _: False, read=fail)
    monkeypatch.setattr(registry, "_given", {"failing": failing})
    line = next(each.line for each in RECORDED if each.log_format == "traefik")
    assert Slimmer(RULESET_VERSION)("failing", line).text == line
