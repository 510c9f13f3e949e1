"""However many bad events a message holds, a bounded number of dead letters is kept, and none goes unaccounted."""

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.corrections.replay import Replay, ReplayOutcome
from gatemeter.events.batch import EventBatch
from gatemeter.events.rejection import REJECTIONS_PER_MESSAGE, TOO_MANY_REJECTED
from gatemeter.schema import DEAD_LETTERS
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.wire.event_location import EventLocation
from gatemeter.wire.frames import DEFAULT_FORMAT
from tests.support.kong_events import request_line
from tests.support.logs import DECODERS, METERING, chunk_of, counter_of, flush_to

LIMIT = REJECTIONS_PER_MESSAGE
JUNK = 3


def decoded(*values: bytes) -> EventBatch:
    return DECODERS.decode(DEFAULT_FORMAT, values)


def array(count: int) -> bytes:
    return b"[" + b",".join([b"5"] * count) + b"]"


def lines(count: int) -> bytes:
    return b"\n".join([b"5"] * count)


@pytest.mark.parametrize("message", [array, lines])
def test_up_to_the_limit_each_is_kept(message: object) -> None:
    assert callable(message)
    reasons = [rejection.reason for rejection in decoded(message(LIMIT)).rejections]
    assert reasons == ["not_an_object"] * LIMIT


@pytest.mark.parametrize(("message", "place"), [(array, (1, LIMIT)), (lines, (LIMIT + 1, 0))])
def test_what_is_beyond_the_limit_is_one_event_that_says_how_many(message: object, place: tuple[int, int]) -> None:
    assert callable(message)
    batch = decoded(message(LIMIT + JUNK))
    last = batch.rejections[-1]
    assert batch.event_count == LIMIT + 1
    assert (last.reason, last.original, last.raw_size_bytes) == (TOO_MANY_REJECTED, b"", JUNK)
    assert last.detail.startswith(f"{JUNK} events ")
    assert (last.line, last.event_index) == place


def test_events_that_can_be_counted_are_counted_wherever_they_stand() -> None:
    good = [request_line(f"r-{number}") for number in range(3)]
    batch = decoded(b"\n".join([good[0], lines(LIMIT), good[1], lines(JUNK), good[2]]))
    assert batch.requests.event_ids == ["r-0", "r-1", "r-2"]
    assert len(batch.rejections) == LIMIT + 1


def test_the_limit_is_that_of_each_message() -> None:
    messages = [array(LIMIT + JUNK), b"5", lines(LIMIT), array(LIMIT + JUNK)]
    together = decoded(*messages)
    one_by_one = [decoded(message).rejections for message in messages]
    assert [len(found) for found in one_by_one] == [LIMIT + 1, 1, LIMIT, LIMIT + 1]
    assert [(rejection.line, rejection.event_index, rejection.detail) for rejection in together.rejections] == [
        (rejection.line, rejection.event_index, rejection.detail) for found in one_by_one for rejection in found
    ]


def test_the_account_holds_with_a_dead_letter_for_each_event() -> None:
    sink, counter = MemorySink(), counter_of()
    counter.add(chunk_of(0, [array(LIMIT + JUNK), request_line("r-1"), lines(LIMIT + JUNK)]))
    flush_to(counter, sink)
    assert counter.totals.holds
    assert counter.totals.consumed == counter.totals.dead_letters + 1
    assert len(sink.rows(DEAD_LETTERS)) == counter.totals.dead_letters == 2 * (LIMIT + 1)


def test_a_dead_letter_of_many_events_cannot_be_replayed() -> None:
    location = EventLocation("log", 0, 1, 1, LIMIT)
    dead_letter = DeadLetter(location, "topic", DEFAULT_FORMAT, TOO_MANY_REJECTED, b"5", 1)
    (result,) = Replay(MemorySink(), METERING).add([dead_letter])
    assert result.outcome is ReplayOutcome.NOT_KEPT_WHOLE
