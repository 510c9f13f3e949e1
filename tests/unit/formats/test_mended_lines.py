"""No client keeps its served request off the bill: bytes of a log line that nothing reads take nothing away."""

from collections.abc import Callable

import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.events.batch import EventBatch
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.explain import explain_decoding
from gatemeter.wire.frames import DEFAULT_FORMAT
from tests.support.positions import ANYWHERE

BOM = b"\xef\xbb\xbf"
KONG = (
    b'{"request":{"id":"r-1","method":"GET","size":10,"headers":{"x-a":%b}},"response":{"status":200,"size":5},'
    b'"started_at":1770112800000,"consumer":{"id":"c-1","username":"u"}}'
)
CLOUD_EVENT = (
    b'{"specversion":"1.0","id":"r-1","source":"gw","type":"kong.api_request","subject":"consumer:c-1",'
    b'"time":"2026-02-03T10:00:00Z","x-a":%b,"data":{"request_method":"GET","response_http_status":200}}'
)
OTHER = (KONG % b'"x"').replace(b'"r-1"', b'"other"')
ODD_VALUES = {
    "latin-1": (b'"caf\xe9"', "(not UTF-8)"),
    "overlong": (b'"\xc0\xaf\xf5\xff"', "(not UTF-8)"),
    "surrogate bytes": (b'"\xed\xa0\x80"', "(not UTF-8)"),
    "control characters": (b'"\x01\x1f\x7f\tx"', "(control characters)"),
    "nginx escapes": (rb'"\x16\x03 \e \u12"', "(invalid escapes)"),
    "NaN": (b"[NaN,-Infinity]", "(NaN)"),
    "deep": (b"[" * 5000 + b'"]"' + b"]" * 5000, "(nested too deeply)"),
    "huge number": (b"9" * 5000, ""),
    "exponent": (b"-1e999999999", ""),
    "half a surrogate pair": (rb'"\ud800 \udc00\ud800"', ""),
    "same key again": (b'"x","x-a":"y"', ""),
    "long": (b'"' + b"x" * 1_000_000 + b'"', ""),
    "no value": (b"", "(values without quotes)"),
    "dash": (b"-", "(values without quotes)"),
    "leading zeros": (b"009", "(values without quotes)"),
    "list of times": (b"0.041, - : 0.002", "(values without quotes)"),
    "several": (b'{"a":"\xff","b":NaN,"c":"\x02"}', "(not UTF-8)"),
}


def decoded(*values: bytes) -> EventBatch:
    return Decoders(TimeRange()).decode(DEFAULT_FORMAT, values, ANYWHERE)


def ids(batch: EventBatch) -> list[str]:
    assert [rejection.reason for rejection in batch.rejections] == []
    return batch.requests.event_ids


def alone(line: bytes) -> list[bytes]:
    return [line]


def in_a_frame(line: bytes) -> list[bytes]:
    return [OTHER.replace(b"other", b"before") + b"\n" + line + b"\r\n" + OTHER]


def in_an_array(line: bytes) -> list[bytes]:
    return [b"[" + OTHER + b"," + line + b"]"]


def beside_others(line: bytes) -> list[bytes]:
    return [OTHER.replace(b"other", b"before"), line, OTHER]


@pytest.mark.parametrize("place", [alone, in_a_frame, in_an_array, beside_others])
@pytest.mark.parametrize("event", [KONG, CLOUD_EVENT], ids=["kong", "cloudevent"])
@pytest.mark.parametrize("value", ODD_VALUES)
def test_an_odd_value_that_is_not_read(value: str, event: bytes, place: Callable[[bytes], list[bytes]]) -> None:
    assert "r-1" in [event_id.rpartition(',"')[2].strip('"]') for event_id in ids(decoded(*place(_with(event, value))))]


@pytest.mark.parametrize("event", [KONG, CLOUD_EVENT], ids=["kong", "cloudevent"])
@pytest.mark.parametrize("value", [value for value, (_, note) in ODD_VALUES.items() if note])
def test_what_was_mended_is_said_and_counted(value: str, event: bytes) -> None:
    line = _with(event, value)
    (explanation,) = explain_decoding(line, TimeRange())
    assert any(said.endswith(ODD_VALUES[value][1]) for said in explanation.ignored_fields)
    assert decoded(line).ignored_fields == len(explanation.ignored_fields)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (BOM, b"", ["(byte order mark)"]),
        (b"\x00" * 4096, b"", ["(NUL bytes)"]),
        (b"", b"\x00\x00", ["(NUL bytes)"]),
        (b"\x00" + BOM + b" ", b"\r", ["(NUL bytes)", "(byte order mark)"]),
    ],
)
@pytest.mark.parametrize("event", [KONG % b'"x"', CLOUD_EVENT % b'"x"'], ids=["kong", "cloudevent"])
def test_marks_around_an_event(event: bytes, before: bytes, after: bytes, said: list[str]) -> None:
    line = before + event + after
    (explanation,) = explain_decoding(line, TimeRange())
    assert (explanation.reason, explanation.ignored_fields) == ("", said)
    assert ids(decoded(line)) == ids(decoded(event))
    assert ids(decoded(b"\n".join((line, OTHER, line))))[1:] == ["other", *ids(decoded(event))]


def test_a_field_that_is_not_utf8_is_named_by_its_path() -> None:
    (explanation,) = explain_decoding(_with(KONG, "latin-1"), TimeRange())
    assert explanation.ignored_fields == ["request.headers.x-a (not UTF-8)"]


def test_a_field_that_is_read_keeps_its_other_bytes() -> None:
    (explanation,) = explain_decoding((KONG % b"1").replace(b'"u"', b'"caf\xe9\xff!"'), TimeRange())
    assert explanation.event is not None
    assert explanation.event.consumer.username == "caf\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}!"
    assert explanation.ignored_fields == ["consumer.username (not UTF-8)"]


@pytest.mark.parametrize("event", [KONG % b"1", CLOUD_EVENT % b"1"], ids=["kong", "cloudevent"])
def test_ids_that_differ_in_a_damaged_byte_are_two(event: bytes) -> None:
    one, other = (event.replace(b"r-1", b"r-" + byte) for byte in (b"\xe8", b"\xe9"))
    assert len(set(ids(decoded(one, other, one)))) == 2


def test_events_without_an_id_differ_by_their_own_bytes() -> None:
    event = (KONG % b"%b").replace(b'"id":"r-1",', b"")
    one, other = event % b'"\xe8"', event % b'"\xe9"'
    assert len(set(ids(decoded(one, other, BOM + one)))) == 2


def test_usage_of_a_model_beside_a_damaged_prompt_is_counted() -> None:
    ai = b'{"proxy":{"meta":{"request_model":"m"},"payload":{"request":"\xff\x01"},"usage":{"prompt_tokens":7}}}'
    batch = decoded((KONG % b"1")[:-1] + b',"ai":' + ai + b"}")
    assert batch.requests.usage["llm_usage_hourly"].sums[2] == [7]


@pytest.mark.parametrize("odd", [b"\xff", b"\x01", rb"\x16", b"[" * 3000])
def test_a_broken_line_stays_a_dead_letter_with_its_reason(odd: bytes) -> None:
    (rejection,) = decoded((KONG % (b'"' + odd + b'"'))[:-40] + b"#").rejections
    assert rejection.reason in ("invalid_utf8", "invalid_json", "truncated_json")


def test_two_broken_lines_are_not_one_document() -> None:
    batch = decoded(b'{"request":{"id":"a\n"},"x":"\x01","response":{"status":200},"started_at":1}')
    assert len(batch.rejections) == 2


def _with(event: bytes, value: str) -> bytes:
    return event % ODD_VALUES[value][0]
