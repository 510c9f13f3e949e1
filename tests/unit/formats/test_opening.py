"""Events in envelopes are counted under their own identity; nothing that a client chooses is opened."""

import json
from typing import Any

import pytest

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, EventKind, TimeRange
from gatemeter.events.batch import EventBatch
from gatemeter.formats import registry
from gatemeter.formats.decoders import Decoders, OriginalDecoders
from gatemeter.formats.explain import explain_decoding
from gatemeter.formats.format import JsonFormat, LineFormat
from gatemeter.shipping.partition_key import partition_key
from gatemeter.wire.event_location import EventLocation
from gatemeter.wire.frames import DEFAULT_FORMAT
from tests.support.enveloped import (
    ENVELOPES,
    TEXTS,
    Wrap,
    cri,
    docker,
    filebeat,
    fluent_bit,
    json_text,
    nested,
    schema_registry,
    syslog,
    vector,
)
from tests.support.positions import ANYWHERE
from tests.support.tab_separated import TAB_SEPARATED

KONG = (
    b'{"request": {"id": "r-1", "headers": {"x-a": "caf\xc3\xa9 \\u00e9 \\" \\\\"}}, "response": {"status": 200},'
    b' "started_at": 1770112800000, "consumer": {"id": "c-1"}}'
)
SESSION = b'{"session": {"status": 200, "received": 5, "sent": 7}, "started_at": 1770112800000, "a": 1.50}'
CLOUD_EVENT = (
    b'{"specversion": "1.0", "id": "e-1", "source": "gw", "type": "kong.api_request", "subject": "consumer:c-1",'
    b' "time": "2026-02-03T10:00:00Z", "data": {"request_method": "GET"}}'
)
WITHOUT_TIME = b'{"request": {"id": "r-1"}, "response": {"status": 200}}'
TAB = b"1770112800000\tr-1\tc-1\tGET\t200\t5\t7"


TWICE = [(fluent_bit, docker), (filebeat, cri), (json_text, vector), (syslog, docker), (vector, syslog)]


def decoded(*values: bytes, log_format: str = DEFAULT_FORMAT) -> EventBatch:
    return Decoders(TimeRange()).decode(log_format, values, ANYWHERE)


def ids(batch: EventBatch) -> list[str]:
    assert [(rejection.reason, rejection.detail) for rejection in batch.rejections] == []
    return batch.requests.event_ids + batch.others.event_ids


@pytest.mark.parametrize("event", [KONG, SESSION, CLOUD_EVENT])
@pytest.mark.parametrize("envelope", ENVELOPES)
def test_an_enveloped_event_has_the_rows_of_the_bare_one(envelope: Wrap, event: bytes) -> None:
    bare, carried = decoded(event), decoded(envelope(event))
    assert ids(carried) == ids(bare)
    for events, others in ((carried.requests, bare.requests), (carried.others, bare.others)):
        assert {name: rows.keys for name, rows in events.usage.items()} == {
            name: rows.keys for name, rows in others.usage.items()
        }
    assert carried.identity_kinds == bare.identity_kinds
    assert partition_key(envelope(event)) == partition_key(event)


@pytest.mark.parametrize(("outer", "inner"), TWICE)
def test_two_envelopes_are_opened_and_a_third_is_not(outer: Wrap, inner: Wrap) -> None:
    assert ids(decoded(outer(inner(KONG)))) == ["r-1"]
    assert partition_key(outer(inner(KONG))) == partition_key(KONG)
    assert decoded(outer(inner(docker(KONG)))).requests.event_ids == []


def test_the_header_of_a_registry_is_no_envelope_of_the_two() -> None:
    """The relay takes it off, and counts the same."""
    assert ids(decoded(schema_registry(docker(vector(KONG))))) == ["r-1"]


def test_a_cut_event_behind_a_header_with_a_newline_is_one_dead_letter() -> None:
    batch = decoded(schema_registry(KONG[:40]))
    assert [rejection.reason for rejection in batch.rejections] == ["truncated_json"]


def test_a_frame_and_an_array_mix_enveloped_and_bare_events() -> None:
    others = [KONG.replace(b"r-1", b"r-%d" % number) for number in range(2, 6)]
    frame = b"\n".join([KONG, docker(others[0]), cri(others[1]) + b"\r"])
    array = b"[" + b", ".join([others[2], nested(others[3])]) + b"]"
    assert ids(decoded(frame, array)) == ["r-1", "r-2", "r-3", "r-4", "r-5"]


def test_an_array_of_a_thousand_events_in_an_envelope_is_a_thousand_events() -> None:
    texts = [KONG.replace(b"r-1", b"r-%d" % number) for number in range(1000)]
    batch = decoded(fluent_bit(b"[" + b",".join(texts) + b"]"), schema_registry(b"[" + b",".join(texts) + b"]"))
    assert ids(batch) == 2 * [f"r-{number}" for number in range(1000)]


def test_a_pretty_document_behind_a_schema_header_is_one_event() -> None:
    pretty = json.dumps(json.loads(KONG), indent=2).encode()
    for header in (b"\x00\x00\x00\x00\x01", b"\x00\x00\x0a\x0a\x0a", b"\x00\x00\x00\x00\x5b", b"\x00\x20\x0d\x7b\x22"):
        assert ids(decoded(header + pretty)) == ids(decoded(header + KONG)) == ["r-1"]
    lines = b"\n".join(
        [schema_registry(KONG).replace(b"\n", b"\x01"), schema_registry(SESSION).replace(b"\n", b"\x01")]
    )
    assert len(ids(decoded(lines))) == 2


CLIENTS_TEXT = KONG.replace(b"r-1", b"forged")


@pytest.mark.parametrize("envelope", TEXTS[:4])
def test_what_a_client_sends_is_never_opened(envelope: Wrap) -> None:
    forged = envelope(CLIENTS_TEXT)
    text = json.dumps(forged.decode())
    members = json.loads(forged)
    event = json.loads(KONG)
    assert ids(decoded(KONG.replace(b'"x-a": "caf', b'"x-b": ' + text.encode() + b', "x-a": "caf'))) == ["r-1"]
    assert ids(decoded(json.dumps({**members, **event}).encode())) == ["r-1"]
    cloud_event = {**json.loads(CLOUD_EVENT), **members}
    assert ids(decoded(json.dumps(cloud_event).encode())) == ids(decoded(CLOUD_EVENT))


def test_an_event_that_the_named_format_reads_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    kong = registry.json_formats()[0]
    mapped = JsonFormat("mapped", lambda *_: kong.read(json.loads(KONG), KONG, []), recognizes=lambda _: False)
    monkeypatch.setattr(registry, "FORMATS", (*registry.FORMATS, mapped))
    assert ids(decoded(docker(CLIENTS_TEXT), log_format="mapped")) == ["r-1"]


@pytest.mark.parametrize("envelope", TEXTS[:-1])
def test_a_line_format_reads_what_its_envelope_carries(envelope: Wrap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FORMATS", (*registry.FORMATS, TAB_SEPARATED))
    assert ids(decoded(envelope(TAB), log_format="tab-separated")) == ["r-1"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (docker(WITHOUT_TIME), "started_at_missing"),
        (cri(KONG).replace(b" F ", b" P "), "partial_line"),
        (docker(KONG[:40]).replace(b'\\n"', b'"', 1), "partial_line"),
        (docker(KONG[:40]), "truncated_json"),
        (syslog(KONG[:40]), "truncated_json"),
        (filebeat(b"not JSON"), "not_an_access_log_event"),
        (syslog(b"not JSON"), "invalid_json"),
        (docker(b'{"other": 1}'), "not_an_access_log_event"),
        (docker(b"[1, 2]"), "not_an_access_log_event"),
    ],
)
def test_a_rejected_envelope_is_kept_whole_and_masked(line: bytes, reason: str) -> None:
    (rejection,) = decoded(line).rejections
    assert (rejection.reason, rejection.original, rejection.is_masked) == (reason, line, True)
    assert rejection.raw_size_bytes == len(line)
    assert b"r-1" not in rejection.raw
    assert b"kong" not in rejection.raw


def test_an_envelope_beside_good_ones_is_rejected_alone() -> None:
    piece = json.dumps({"log": "{", "logtag": "P", "stream": "stdout"}).encode()
    batch = decoded(b"[" + piece + b"," + docker(KONG) + b"]")
    assert [(each.reason, each.event_index, each.original) for each in batch.rejections] == [("partial_line", 0, piece)]
    assert batch.requests.event_ids == ["r-1"]


def test_a_replayed_envelope_is_opened_again() -> None:
    early = docker(KONG.replace(b"1770112800000", b"1000"))
    (rejection,) = decoded(early).rejections
    location = EventLocation("log", 0, 7, 1, 0)
    batch = OriginalDecoders(TimeRange(from_ms=0)).decode(DEFAULT_FORMAT, rejection.original, location)
    assert ids(batch) == ["r-1"]


def test_the_explanation_names_the_envelopes_from_the_outside() -> None:
    (carried,) = explain_decoding(fluent_bit(cri(KONG)), TimeRange())
    assert carried.envelopes == ("Fluent Bit or Fluentd", "CRI")
    (bare,) = explain_decoding(KONG, TimeRange())
    assert bare.envelopes == ()


def test_a_line_that_its_format_recognizes_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    with_syslog = LineFormat("with-syslog", lambda _, ignored: TAB_SEPARATED.read(TAB, ignored), recognizes=bool)
    monkeypatch.setattr(registry, "FORMATS", (*registry.FORMATS, with_syslog))
    (event,) = registry.reader_of("with-syslog").events(syslog(b"anything"))
    assert (event.text, event.envelopes) == (syslog(b"anything"), ())


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_a_format_that_reads_all_reads_what_envelopes_carry(envelope: Wrap, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(document: Any, _: bytes, __: list[str]) -> AccessEvent:
        if "when" not in document:
            raise RejectedEvent("started_at_missing")
        return AccessEvent(kind=EventKind.HTTP, event_id=document["who"], started_at_ms=document["when"])

    mapped = JsonFormat("mapped", read, recognizes=lambda _: False, reads_all=True)
    monkeypatch.setattr(registry, "FORMATS", (*registry.FORMATS, mapped))
    event = b'{"who": "r-1", "when": 1770112800000, "message": "x"}'
    assert ids(decoded(envelope(event), log_format="mapped")) == ["r-1"]
    assert ids(decoded(event.replace(b'"x"', json.dumps(docker(KONG).decode()).encode()), log_format="mapped")) == [
        "r-1"
    ]
