"""Where a worker's partitions begin, from commits, the log's extent and stored epochs."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import ConflictError
from gatemeter.metering.commit import Commit
from gatemeter.metering.counting_start import CountingStart, StartReason, counting_start_rows
from gatemeter.metering.start_position import StartPosition
from gatemeter.schema import COUNTING_STARTS
from gatemeter.worker.settings import FirstStart
from gatemeter.worker.start_offsets import StartOffsets
from gatemeter.worker.topic_identity import TopicIdentity
from tests.support.kong_events import request_line
from tests.support.logs import METERING, chunk_of, counter_of, flush_to, kafka_log

TOPIC_IDENTITY = TopicIdentity(kafka_log(), lambda: kafka_log().identity)


class GroupOfThree:
    """A group on a topic of three partitions; `refusals` of its commits are refused first."""

    def __init__(self, committed: Mapping[int, Commit] | None = None, refusals: int = 0) -> None:
        self.committed = dict(committed or {})
        self.refusals = refusals

    async def read(self, partitions: Iterable[int]) -> Mapping[int, Commit]:
        return {partition: self.committed[partition] for partition in partitions if partition in self.committed}

    async def begin_at(self, offsets: Mapping[int, int]) -> bool:
        self.refusals -= 1
        if self.refusals >= 0:
            return False
        self.committed |= {partition: Commit(offset, is_beginning=True) for partition, offset in offsets.items()}
        return True

    async def all_partitions(self) -> Sequence[int]:
        return [0, 1, 2]


async def extent(partitions: Iterable[int]) -> Mapping[int, range]:
    return {partition: range(3, 30 + partition) for partition in partitions}


def decide(group: GroupOfThree, sink: MemorySink, start: FirstStart, *assigned: int) -> dict[int, StartPosition]:
    return asyncio.run(start_offsets(start, sink).decide(assigned, group, extent))


def counted_sink(until: int) -> MemorySink:
    counter, sink = counter_of(), MemorySink()
    counter.add(chunk_of(0, [request_line(f"e{number}") for number in range(until)]))
    flush_to(counter, sink)
    return sink


def test_a_first_start_counts_the_whole_log() -> None:
    assert decide(GroupOfThree(), MemorySink(), FirstStart.EARLIEST, 1) == {1: StartPosition(3, 3)}


@pytest.mark.parametrize("refusals", [0, 1])
def test_a_start_at_the_end_is_committed_for_all_partitions(refusals: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatemeter.worker.start_offsets._PAUSE_S", 0)
    group = GroupOfThree(refusals=refusals)
    assert decide(group, MemorySink(), FirstStart.LATEST, 0, 1)[1] == StartPosition(31, 31)
    assert group.committed == {number: Commit(30 + number, is_beginning=True) for number in range(3)}


def test_a_committed_beginning_is_kept_by_later_workers() -> None:
    group = GroupOfThree({number: Commit(10, is_beginning=True) for number in range(3)})
    assert decide(group, MemorySink(), FirstStart.LATEST, 0) == {0: StartPosition(10, 10)}


def test_a_partition_added_later_is_counted_whole() -> None:
    group = GroupOfThree({0: Commit(10, is_beginning=True), 1: Commit(10, is_beginning=True)})
    assert decide(group, MemorySink(), FirstStart.LATEST, 2) == {2: StartPosition(3, 3)}


def test_latest_is_ignored_once_something_is_stored() -> None:
    assert decide(GroupOfThree(), counted_sink(5), FirstStart.LATEST, 1) == {1: StartPosition(3, 3)}


@pytest.mark.parametrize("start", FirstStart)
def test_a_recorded_start_outlives_its_worker_and_retention(
    start: FirstStart, caplog: pytest.LogCaptureFixture
) -> None:
    sink, lost = MemorySink(), 0

    def add(offsets: int) -> None:
        nonlocal lost
        lost += offsets

    async def from_the_first(partitions: Iterable[int]) -> Mapping[int, range]:
        return dict.fromkeys(partitions, range(30))

    async def later(partitions: Iterable[int]) -> Mapping[int, range]:
        return dict.fromkeys(partitions, range(40, 50))

    asyncio.run(start_offsets(start, sink, on_loss=add).decide([0], GroupOfThree(), from_the_first))
    recorded = sink.rows(COUNTING_STARTS)
    first = 30 if start is FirstStart.LATEST else 0
    assert ([row["first_offset"] for row in recorded], lost) == ([first], 0)
    # The next worker finds no commit any more, and the messages behind the start are gone.
    decided = asyncio.run(start_offsets(start, sink, on_loss=add).decide([0], GroupOfThree(), later))
    assert (decided, lost) == ({0: StartPosition(40, 40)}, 40 - first)
    assert sink.rows(COUNTING_STARTS) == recorded
    assert f"access[0]: offsets {first} to 39 were deleted from the log before they were counted" in caplog.text


def test_uncounted_offsets_that_were_deleted_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    assert decide(GroupOfThree(), counted_sink(2), FirstStart.EARLIEST, 0) == {0: StartPosition(3, 3, after_segment=0)}
    assert "access[0]: offsets 2 to 2 were deleted from the log before they were counted" in caplog.text


@pytest.mark.parametrize("stored_until", [31, 35])
def test_a_log_shorter_than_its_stored_epochs_is_refused(stored_until: int) -> None:
    what = rf"access\[0\]: its log ends at offset 30, .* counted it up to {stored_until}"
    with pytest.raises(ConflictError, match=what):
        decide(GroupOfThree(), counted_sink(stored_until), FirstStart.EARLIEST, 0)


def test_a_log_that_ends_where_the_stored_epochs_do_is_counted_on() -> None:
    position = decide(GroupOfThree(), counted_sink(30), FirstStart.EARLIEST, 0)[0]
    assert (position.read_from, position.count_from, position.stored_until) == (10, 20, 30)


def recording(starts: Mapping[int, CountingStart]) -> MemorySink:
    sink = MemorySink()
    sink.write([counting_start_rows(kafka_log(), starts, datetime(2026, 1, 1, tzinfo=UTC))])
    return sink


@pytest.mark.parametrize("reason", [StartReason.LOG_START, StartReason.LOG_END])
def test_a_log_that_ends_before_its_recorded_start_is_refused(reason: StartReason) -> None:
    sink = recording({0: CountingStart(31, reason)})
    with pytest.raises(ConflictError, match=r"access\[0\]: its log ends at offset 30, but .* begin at offset 31"):
        decide(GroupOfThree(), sink, FirstStart.EARLIEST, 0)


def test_a_log_that_ends_before_the_committed_start_is_refused() -> None:
    group = GroupOfThree({0: Commit(31, is_beginning=True)})
    with pytest.raises(ConflictError, match=r"its log ends at offset 30, but .* begin at offset 31"):
        decide(group, MemorySink(), FirstStart.LATEST, 0)


def test_a_log_that_ends_at_its_recorded_start_is_counted_on() -> None:
    sink = recording({0: CountingStart(30, StartReason.LOG_END)})
    assert decide(GroupOfThree(), sink, FirstStart.EARLIEST, 0) == {0: StartPosition(30, 30)}


def test_latest_is_ignored_once_a_start_is_recorded() -> None:
    sink = recording({0: CountingStart(10, StartReason.LOG_START)})
    assert decide(GroupOfThree(), sink, FirstStart.LATEST, 0, 1) == {0: StartPosition(10, 10), 1: StartPosition(3, 3)}


def test_the_owner_of_the_first_partition_decides_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatemeter.worker.start_offsets._PAUSE_S", 0)
    group = GroupOfThree()

    async def both() -> list[dict[int, StartPosition]]:
        waiting = asyncio.create_task(start_offsets(FirstStart.LATEST).decide([1, 2], group, extent))
        await asyncio.sleep(0.01)
        assert group.committed == {}
        return [await start_offsets(FirstStart.LATEST).decide([0], group, extent), await waiting]

    first, others = asyncio.run(both())
    assert {**first, **others} == {number: StartPosition(30 + number, 30 + number) for number in range(3)}


def start_offsets(
    first_start: FirstStart, sink: MemorySink | None = None, on_loss: Callable[[int], None] = lambda _count: None
) -> StartOffsets:
    return StartOffsets(
        kafka_log(),
        METERING.ruleset_version,
        sink or MemorySink(),
        first_start=first_start,
        timeout_s=5,
        topic_identity=TOPIC_IDENTITY,
        on_loss=on_loss,
    )
