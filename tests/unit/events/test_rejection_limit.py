"""However many bad events a message holds, a bounded number of dead letters is kept, and none goes unaccounted."""

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.corrections.replay import Replay, ReplayOutcome
from gatemeter.events import rejection
from gatemeter.events.batch import EventBatch
from gatemeter.events.rejected_text import ORIGINAL_LIMIT_BYTES, RejectedText
from gatemeter.events.rejection import REJECTIONS_PER_MESSAGE, TOO_MANY_REJECTED
from gatemeter.formats.decoders import OriginalDecoders
from gatemeter.schema import API_USAGE, DEAD_LETTERS
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.wire.event_location import EventLocation
from gatemeter.wire.frames import DEFAULT_FORMAT
from tests.support.dead_letters import IN_1970_MS, WIDE, dead_letters_in, meter_values
from tests.support.kong_events import request_line
from tests.support.logs import DECODERS, METERING, chunk_of, counter_of, flush_to
from tests.support.positions import ANYWHERE, SOMEWHERE

LIMIT = REJECTIONS_PER_MESSAGE
JUNK = 3
ORIGINALS = OriginalDecoders(WIDE.times)


def decoded(*values: bytes) -> EventBatch:
    return DECODERS.decode(DEFAULT_FORMAT, values, ANYWHERE)


def array(count: int) -> bytes:
    return b"[" + b",".join([b"5"] * count) + b"]"


def lines(count: int) -> bytes:
    return b"\n".join([b"5"] * count)


@pytest.mark.parametrize("message", [array, lines])
def test_up_to_the_limit_each_is_kept(message: object) -> None:
    assert callable(message)
    reasons = [each.reason for each in decoded(message(LIMIT)).rejections]
    assert reasons == ["not_an_object"] * LIMIT


@pytest.mark.parametrize(("message", "place"), [(array, (1, LIMIT)), (lines, (LIMIT + 1, 0))])
def test_what_is_beyond_the_limit_is_one_event_that_says_how_many(message: object, place: tuple[int, int]) -> None:
    assert callable(message)
    batch = decoded(message(LIMIT + JUNK))
    last = batch.rejections[-1]
    assert batch.event_count == LIMIT + 1
    assert (last.reason, last.raw) == (TOO_MANY_REJECTED, f"(text, {len(last.original)} bytes)".encode())
    assert last.original == message(JUNK)
    assert last.detail.startswith(f"{JUNK} events ")
    assert (last.line, last.event_index) == place


def test_events_that_can_be_counted_are_counted_wherever_they_stand() -> None:
    good = [request_line(f"r-{number}") for number in range(3)]
    batch = decoded(b"\n".join([good[0], lines(LIMIT), good[1], lines(JUNK), good[2]]))
    assert batch.requests.event_ids == ["r-0", "r-1", "r-2"]
    assert len(batch.rejections) == LIMIT + 1


_NESTED = b"[" + request_line("nested") + b"]"


@pytest.mark.parametrize(
    "message",
    [
        b"[" + _NESTED + b", " + _NESTED + b"]",
        b"[" + b",".join([_NESTED] * (LIMIT + JUNK)) + b"]",
        b"\n".join([b"[" + _NESTED + b"]"] * (LIMIT + JUNK)),
        b"[[], [[" + _NESTED + b"]]]",
    ],
    ids=["kept alone", "shared in an array", "shared, a line each", "deeper"],
)
def test_an_array_in_an_array_is_no_event_when_it_is_replayed(message: bytes) -> None:
    sink = MemorySink()
    meter_values(sink, [message, b"[" + request_line("a") + b"]"])
    letters = dead_letters_in(sink)
    replay = Replay(sink, WIDE)
    replay.add(letters)
    assert (replay.dead_letters, replay.events) == ({ReplayOutcome.STILL_REJECTED: len(letters)}, {})


def test_the_limit_is_that_of_each_message() -> None:
    messages = [array(LIMIT + JUNK), b"5", lines(LIMIT), array(LIMIT + JUNK)]
    together = decoded(*messages)
    one_by_one = [decoded(message).rejections for message in messages]
    assert [len(found) for found in one_by_one] == [LIMIT + 1, 1, LIMIT, LIMIT + 1]
    assert [(each.line, each.event_index, each.detail) for each in together.rejections] == [
        (each.line, each.event_index, each.detail) for found in one_by_one for each in found
    ]


def test_the_account_holds_with_a_dead_letter_for_each_event() -> None:
    sink, counter = MemorySink(), counter_of()
    counter.add(chunk_of(0, [array(LIMIT + JUNK), request_line("r-1"), lines(LIMIT + JUNK)]))
    flush_to(counter, sink)
    assert counter.totals.holds
    assert counter.totals.consumed == counter.totals.dead_letters + 1
    assert len(sink.rows(DEAD_LETTERS)) == counter.totals.dead_letters == 2 * (LIMIT + 1)


@pytest.mark.parametrize("separator", [b"\n", b","], ids=["lines", "array"])
def test_those_beyond_the_limit_can_be_replayed(
    sink: MemorySink, separator: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejection, "REJECTIONS_PER_MESSAGE", JUNK)
    old = [request_line(f"r-{number}", started_at=IN_1970_MS) for number in range(4 * JUNK)]
    message = separator.join([*old, request_line("good"), request_line("last", started_at=IN_1970_MS)])
    meter_values(sink, [message if separator == b"\n" else b"[" + message + b"]"])
    replay = Replay(sink, WIDE)
    replay.add(dead_letters_in(sink))
    assert replay.dead_letters == {ReplayOutcome.REPLAYED: JUNK + 1}
    assert sum(row["requests"] for row in sink.rows(API_USAGE)) == 4 * JUNK + 2


def test_those_beyond_the_limit_share_as_many_as_can_be_kept() -> None:
    size = ORIGINAL_LIMIT_BYTES // 3
    long = [b'{"x":"' + b"y" * size + b'"}'] * 4
    batch = decoded(b"\n".join([lines(LIMIT), *long]))
    assert [len(each.original.split(b"\n")) for each in batch.rejections[LIMIT:]] == [2, 2]


def test_an_older_dead_letter_of_many_events_was_not_kept(sink: MemorySink) -> None:
    location = EventLocation("log", 0, 1, 1, LIMIT)
    dead_letter = DeadLetter(location, "topic", DEFAULT_FORMAT, TOO_MANY_REJECTED, b"5", JUNK)
    (result,) = Replay(sink, METERING).add([dead_letter])
    assert result.outcome is ReplayOutcome.NOT_KEPT_WHOLE


def test_a_text_too_long_to_keep_shares_with_no_other() -> None:
    long = b'{"x":"' + b"y" * ORIGINAL_LIMIT_BYTES + b'"}'
    found = decoded(b"\n".join([lines(LIMIT + 1), long, b"5"])).rejections[LIMIT:]
    assert [(each.reason, each.original) for each in found] == [
        (TOO_MANY_REJECTED, b"5"),
        ("line_too_long", b""),
        (TOO_MANY_REJECTED, b"5"),
    ]


@pytest.mark.parametrize("own", [b'{"counted":1}', b'{ "counted" : 1 }', b'{"\\u0063ounted":1}'])
@pytest.mark.parametrize("beside", [b"5", b'{"x":NaN}'], ids=["plain", "mended"])
def test_what_was_counted_is_told_from_what_a_sender_wrote(own: bytes, beside: bytes) -> None:
    shared = RejectedText((0, 1, 0))
    shared.add((0, 1, 0), beside)
    shared.add((0, 1, 2), own)
    found = ORIGINALS.decode(DEFAULT_FORMAT, shared.text(), SOMEWHERE, TOO_MANY_REJECTED).rejections
    assert [each.event_index for each in found] == [0, 2]


@pytest.mark.parametrize(
    ("text", "reason", "events"),
    [
        (b'[{"counted":1},{"counted":1}]', TOO_MANY_REJECTED, 0),
        (b'{"counted":1}', TOO_MANY_REJECTED, 1),
        (b'[{"counted":1},{"counted":1}]', "message_too_costly", 2),
        (b'{"counted":1}', "not_an_access_log_event", 1),
    ],
)
def test_only_in_arrays_of_many_rejected_it_is_no_event(text: bytes, reason: str, events: int) -> None:
    assert len(ORIGINALS.decode(DEFAULT_FORMAT, text, SOMEWHERE, reason).rejections) == events


def test_a_dead_letter_without_any_event_is_still_rejected(sink: MemorySink) -> None:
    text = b'[{"counted":1},{"counted":1}]'
    dead_letter = DeadLetter(
        EventLocation("log", 0, 1, 1, 0), "topic", DEFAULT_FORMAT, TOO_MANY_REJECTED, text, len(text)
    )
    (result,) = Replay(sink, WIDE).add([dead_letter])
    assert result.outcome is ReplayOutcome.STILL_REJECTED
