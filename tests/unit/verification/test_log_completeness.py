"""Which offsets of a log are missing from a store, and which are only not counted yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from gatemeter.metering.counting_start import CountingStart, StartReason
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.sink import StoredEpoch
from gatemeter.sources.log_reader import LogReader
from gatemeter.verification.log_completeness import LogCompleteness, StoredProgress, log_completeness

SIZE = 10


@dataclass
class NumberedLog(LogReader):
    """A log of the partitions `held`: a message at each offset but those in `holes`, written at 1,000 ms + offset."""

    held: Mapping[int, range]
    holes: set[int] = field(default_factory=set)
    kind: LogKind = LogKind.KAFKA

    @property
    def log(self) -> Log:
        return Log("id-1", "access", self.kind, SIZE)

    def ranges(self) -> Mapping[int, range]:
        return self.held

    def chunks(self, partition: int, offsets: range) -> Iterator[LogChunk]:
        assert offsets
        assert self.held[partition].start <= offsets.start < offsets.stop <= self.held[partition].stop
        there = [offset for offset in offsets if offset not in self.holes]
        times_ms = [1_000 + offset for offset in there] if self.kind is LogKind.KAFKA else None
        yield LogChunk(offsets.start, offsets.stop, there, [b"{}"] * len(there), times_ms, "kong-log")


def stored(*epochs: range, start: CountingStart | None = None) -> StoredProgress:
    """A partition with `epochs`, stored last at 5,000 ms."""
    counts = EventCounts()
    rows = [StoredEpoch(0, each.start, each.stop, SIZE, "", -1, "rules", counts) for each in epochs]
    return StoredProgress(rows, start, max((each.stop for each in epochs), default=0), 5_000)


def briefs(found: LogCompleteness) -> list[tuple[int, int, int, int | None]]:
    return [(each.partition, each.first_offset, each.next_offset, each.expected) for each in found.findings]


def at_end(offset: int) -> CountingStart:
    return CountingStart(offset, StartReason.LOG_END)


WHOLE = stored(range(10), range(10, 20))


@pytest.mark.parametrize(
    ("progress", "missing"),
    [
        (WHOLE, []),
        (stored(range(10)), []),
        (stored(range(10), range(10, 13), range(13, 20)), []),
        (stored(range(10, 20)), [(0, 0, 10, 10)]),
        (stored(range(5), range(10, 20)), [(0, 5, 10, 5)]),
        (stored(), [(0, 0, 20, 20)]),
        (stored(range(10, 20), start=at_end(10)), []),
        (stored(range(10, 20), start=at_end(4)), [(0, 4, 10, 6)]),
        (stored(range(10, 20), start=CountingStart(10, StartReason.LOG_START)), [(0, 0, 10, None)]),
        (stored(start=at_end(20)), []),
        (stored(start=at_end(15)), [(0, 15, 20, 5)]),
        (stored(range(10), range(10, 20), range(20, 26)), [(0, 20, 26, None)]),
    ],
)
def test_every_offset_of_the_log_is_counted_or_missing(
    progress: StoredProgress, missing: list[tuple[int, ...]]
) -> None:
    assert briefs(log_completeness(NumberedLog({0: range(20)}), {0: progress})) == missing


def test_messages_behind_the_last_epoch_are_not_counted_yet() -> None:
    found = log_completeness(NumberedLog({0: range(20)}, holes={10, 15}), {0: stored(range(10))})
    (waiting,) = found.not_counted
    assert waiting.record() == {
        "topic": "access",
        "log": "id-1",
        "partition": 0,
        "first_offset": 10,
        "next_offset": 20,
        "messages": 8,
        "since": "1970-01-01T00:00:01Z",
    }
    assert str(waiting) == "access[0]: 8 messages at offsets 10 to 19, since 1970-01-01T00:00:01Z"


def test_lines_of_a_grown_file_wait_since_it_was_counted() -> None:
    found = log_completeness(NumberedLog({0: range(20)}, kind=LogKind.FILE), {0: stored(range(19))})
    assert found.findings == []
    assert [(each.messages, each.since_ms) for each in found.not_counted] == [(1, 5_000)]


def test_offsets_without_a_message_are_not_missing() -> None:
    log = NumberedLog({0: range(20), 1: range(4)}, holes={*range(5, 10), *range(18, 20), *range(4)})
    found = log_completeness(log, {0: stored(range(5), range(10, 18))})
    assert (found.findings, found.not_counted) == ([], [])


def test_a_partition_of_which_nothing_is_stored_is_missing() -> None:
    found = log_completeness(NumberedLog({0: range(20), 1: range(3), 2: range(0)}), {0: WHOLE})
    assert briefs(found) == [(1, 0, 3, 3)]
    assert found.findings[0].detail == "the log holds messages of this partition, and nothing of it is stored"


def test_a_partition_that_the_topic_does_not_have_is_found() -> None:
    assert briefs(log_completeness(NumberedLog({0: range(20)}), {0: WHOLE, 9: stored(range(7))})) == [(9, 0, 7, None)]


def test_what_retention_took_before_it_was_counted_is_named() -> None:
    found = log_completeness(NumberedLog({0: range(14, 20)}), {0: stored(range(10))})
    assert briefs(found) == [(0, 10, 14, None)]
    assert [(each.first_offset, each.messages) for each in found.not_counted] == [(14, 6)]


def test_what_retention_took_behind_a_recorded_start_is_named() -> None:
    log = NumberedLog({0: range(14, 14), 1: range(14, 14), 2: range(14, 14)})
    starts = {0: stored(start=CountingStart(0, StartReason.LOG_START)), 1: stored(start=at_end(14)), 2: stored()}
    (finding,) = log_completeness(log, starts).findings
    assert (finding.partition, finding.first_offset, finding.next_offset) == (0, 0, 14)
    assert finding.detail == "these offsets were deleted from the log before they were counted"


def test_what_retention_took_after_it_was_counted_is_complete() -> None:
    found = log_completeness(NumberedLog({0: range(14, 20)}), {0: WHOLE})
    assert (found.findings, found.not_counted, found.epochs) == ([], [], 2)
