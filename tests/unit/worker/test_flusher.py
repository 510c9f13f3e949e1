"""Commit pointers move only after the sink has acknowledged."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import ClickHouseUnavailable, GatemeterError, RetryableError
from gatemeter.schema import API_USAGE, EPOCH_LEDGER, MINUTE_USAGE, MONTHLY_REQUESTS, TableRows
from gatemeter.worker.assignment import Assignment, PartitionChunk
from gatemeter.worker.flusher import Flusher, merged
from tests.support.kong_events import request_line
from tests.support.logs import FROM_THE_START, METERING, chunk_of, kafka_log, requests_by_consumer
from tests.support.waiting import QUIET_S


class FailingSink(MemorySink):
    """Raises the given errors first, one for each write; keeps every batch that it was offered."""

    def __init__(self, *errors: GatemeterError) -> None:
        super().__init__()
        self.errors = list(errors)
        self.offered: list[Sequence[TableRows]] = []

    def write(self, batch: Sequence[TableRows]) -> None:
        self.offered.append(batch)
        if self.errors:
            raise self.errors.pop(0)
        super().write(batch)


@pytest.fixture
def pauses_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the flusher asked for; none is waited for."""
    pauses: list[float] = []

    async def record(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("gatemeter.worker.flusher.pause", record)
    return pauses


@pytest.fixture
def assignment() -> Assignment:
    assignment = Assignment(kafka_log(10), METERING)
    assignment.assign({0: FROM_THE_START, 1: FROM_THE_START})
    return assignment


def count(assignment: Assignment, first_offset: int, number: int, partition: int = 0) -> None:
    lines = [request_line(f"{partition}-{first_offset + index}") for index in range(number)]
    assert (
        assignment.count(PartitionChunk(partition, assignment.serial(partition), chunk_of(first_offset, lines))) is None
    )


def no_fatal(error: BaseException) -> None:
    raise AssertionError(f"fatal: {error}")


def flusher_of(assignment: Assignment, sink: MemorySink, row_limit: int = 1000) -> Flusher:
    return Flusher(assignment, sink, row_limit=row_limit, fatal=no_fatal)


def test_a_flush_stores_and_commits_all_partitions(assignment: Assignment) -> None:
    sink = FailingSink()
    count(assignment, 0, 25)
    count(assignment, 0, 3, partition=1)
    asyncio.run(flusher_of(assignment, sink).flush())
    assert requests_by_consumer(sink, API_USAGE) == {"con-1": 28}
    assert (assignment.commit_offset(0), assignment.commit_offset(1)) == (10, None)


def test_a_flush_without_changes_writes_nothing(assignment: Assignment) -> None:
    sink = FailingSink()
    asyncio.run(flusher_of(assignment, sink).flush())
    assert sink.offered == []


def test_the_same_rows_are_retried_until_acknowledged(assignment: Assignment, pauses_s: list[float]) -> None:
    sink = FailingSink(*(RetryableError("away", retry_after_s=2.0) for _ in range(7)))
    count(assignment, 0, 25)
    asyncio.run(flusher_of(assignment, sink).flush())
    assert len(sink.offered) == 8
    assert all(batch == sink.offered[0] for batch in sink.offered)
    assert pauses_s == [2, 4, 8, 16, 30, 30, 30]
    assert assignment.commit_offset(0) == 10


def test_the_commit_pointer_waits_while_the_sink_fails(assignment: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int | None] = []

    async def look(_seconds: float) -> None:
        seen.append(assignment.commit_offset(0))

    monkeypatch.setattr("gatemeter.worker.flusher.pause", look)
    count(assignment, 0, 25)
    asyncio.run(flusher_of(assignment, FailingSink(RetryableError("away"), RetryableError("away"))).flush())
    assert seen == [None, None]


def test_a_stop_error_is_fatal_and_commits_nothing(assignment: Assignment) -> None:
    error = ClickHouseUnavailable("wrong password")
    ended: list[BaseException] = []
    flusher = Flusher(assignment, FailingSink(error), row_limit=1000, fatal=ended.append)
    count(assignment, 0, 25)
    with pytest.raises(ClickHouseUnavailable):
        asyncio.run(flusher.flush())
    assert ended == [error]
    assert assignment.commit_offset(0) is None


def test_a_cancelled_flush_is_repeated_before_a_commit(assignment: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = FailingSink(RetryableError("away"))

    async def run() -> None:
        waiting = asyncio.Event()

        async def wait_for_good(_seconds: float) -> None:
            waiting.set()
            await asyncio.Event().wait()

        monkeypatch.setattr("gatemeter.worker.flusher.pause", wait_for_good)
        flusher = flusher_of(assignment, sink)
        count(assignment, 0, 25)
        flush = asyncio.create_task(flusher.flush())
        await waiting.wait()
        flush.cancel()
        await asyncio.gather(flush, return_exceptions=True)
        await flusher.flush()

    asyncio.run(run())
    assert assignment.commit_offset(0) == 10
    assert requests_by_consumer(sink, API_USAGE) == {"con-1": 25}


@pytest.mark.parametrize(("row_limit", "batches"), [(1, 1), (2, 0)])
def test_rows_are_flushed_at_once_when_too_many_wait(assignment: Assignment, row_limit: int, batches: int) -> None:
    sink = FailingSink()
    count(assignment, 0, 1)
    asyncio.run(flusher_of(assignment, sink, row_limit).flush_if_full())
    assert len(sink.offered) == batches


def test_a_batch_has_one_entry_a_table_ledger_last(assignment: Assignment) -> None:
    count(assignment, 0, 25)
    count(assignment, 0, 3, partition=1)
    batch = merged(assignment.take_flushes())
    assert [rows.table for rows in batch] == [API_USAGE, MINUTE_USAGE, MONTHLY_REQUESTS, EPOCH_LEDGER]
    assert [rows.row_count for rows in batch] == [4, 4, 4, 4]


@pytest.mark.parametrize(("events", "is_timed"), [(25, True), (0, False)])
def test_a_flush_is_under_way_while_the_sink_writes(
    events: int, is_timed: bool, assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[bool] = []
    sink = FailingSink()
    flusher = flusher_of(assignment, sink)
    write = sink.write

    def observe(batch: Sequence[TableRows]) -> None:
        begun.append(flusher.state.snapshot().flush.running_since_s is not None)
        write(batch)

    monkeypatch.setattr(sink, "write", observe)
    count(assignment, 0, events)
    asyncio.run(flusher.flush())
    assert begun == [True] * is_timed
    assert flusher.state.snapshot().flush.running_since_s is None


class SlowSink(MemorySink):
    """Writes once `may_go_on` is set; records how many writes were under way at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = threading.Event()
        self.under_way = self.most_under_way = 0

    def write(self, batch: Sequence[TableRows]) -> None:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        assert self.may_go_on.wait(QUIET_S)
        self.under_way -= 1
        super().write(batch)


def test_an_abandoned_write_excludes_the_next_one(assignment: Assignment) -> None:
    sink = SlowSink()
    flusher = flusher_of(assignment, sink)
    count(assignment, 0, 5)

    async def give_up_and_flush_again() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(flusher.flush(), timeout=0.05)
        again = asyncio.create_task(flusher.flush())
        for _ in range(5):  # it gets as far as it can
            await asyncio.sleep(0)
        sink.may_go_on.set()
        await again

    asyncio.run(give_up_and_flush_again())
    assert sink.most_under_way == 1
    assert requests_by_consumer(sink, API_USAGE).total() == 5


def test_rows_of_a_released_counter_are_not_written(assignment: Assignment, pauses_s: list[float]) -> None:
    class Revoking(FailingSink):
        """Fails once; meanwhile partition 0 is revoked."""

        def write(self, batch: Sequence[TableRows]) -> None:
            if self.errors:
                assignment.assign({1: FROM_THE_START})
            super().write(batch)

    sink = Revoking(RetryableError("away"))
    count(assignment, 0, 5)
    count(assignment, 0, 3, partition=1)
    asyncio.run(flusher_of(assignment, sink).flush())
    assert {row["partition"] for row in sink.rows(EPOCH_LEDGER)} == {1}
    assert len(pauses_s) == 1
