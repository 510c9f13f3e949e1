"""A test for each private hook of faust-streaming that the driver overrides (docs/adr/0001)."""

import asyncio
from dataclasses import replace
from importlib.metadata import version

import pytest
from faust.transport.consumer import Consumer as StockConsumer
from faust.transport.drivers.aiokafka import Consumer as AIOKafkaDriver
from faust.types import TP

from gatemeter.errors import ClickHouseUnavailable, KafkaUnavailable, RetryableError
from gatemeter.metering.sink import StoredEpoch
from gatemeter.worker.context import attach
from tests.support.driver_rig import P0, P1, InDriver, Rig, counted, records


def test_the_pinned_faust_version_has_the_hooks() -> None:
    assert version("faust-streaming") == "0.15.3"
    hooks = ("perform_seek", "getmany", "_wait_next_records", "_new_offset", "_add_gap", "on_stop", "stop_flow")
    hooks_of_livelock = ("verify_all_partitions_active", "verify_event_path")
    assert all(callable(getattr(StockConsumer, name)) for name in hooks + hooks_of_livelock)
    thread_hooks = ("_commit", "on_partitions_revoked", "_new_consumer_thread")
    assert all(callable(getattr(AIOKafkaDriver, name)) for name in thread_hooks)


def test_partitions_without_a_commit_are_sought_too(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        assert rig.seeks == [{P0: 0, P1: 0}]

    in_driver(scenario)


def test_a_committed_partition_starts_at_its_warm_up_epoch(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await count_and_flush(rig, 0, 35)
        rig.committed = {P0: 20}
        rig.context.assignment.assign({})  # as in a new process: nothing in memory
        await rig.seek_and_resume()
        assert rig.seeks[-1] == {P0: 20, P1: 0}
        assert rig.context.assignment.counter(0) is not None

    in_driver(scenario)


def test_a_position_that_is_looked_up_ends_no_worker(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        await rig.consumer.verify_all_partitions_active()  # the stock method takes for granted that positions are known
        assert rig.died_of == []

    in_driver(scenario)


async def count_and_flush(rig: Rig, first: int, end: int) -> None:
    """Count and flush some offsets of partition 0."""
    await rig.seek_and_resume()
    rig.fetches = [{P0: records(first, end)}]
    await rig.count(await rig.deliver())
    await rig.context.flusher.flush()


def test_no_message_is_delivered_between_seek_and_resume(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.consumer.perform_seek()
        rig.fetches = [{P0: records(0, 4)}]
        pending = asyncio.create_task(rig.deliver())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not pending.done()
        rig.consumer.resume_flow()
        assert [partition_chunk.chunk.offsets for partition_chunk in await pending] == [[0, 1, 2, 3]]

    in_driver(scenario)


def test_records_held_over_an_assignment_are_read_again(in_driver: InDriver) -> None:
    """Records that were fetched before the seek do not fit after it; they are neither lost nor counted twice."""

    async def scenario(rig: Rig) -> None:
        await count_and_flush(rig, 0, 8)
        await rig.consumer.perform_seek()
        rig.fetches = [{P0: records(4, 12)}]
        pending = asyncio.create_task(rig.deliver())
        await asyncio.sleep(0)
        rig.consumer.resume_flow()
        await rig.count(await pending)
        await rig.context.flusher.flush()
        assert counted(rig.sink) == 12

    in_driver(scenario)


def test_a_jump_is_read_again_from_where_it_began(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.fetches = [{P0: records(3, 6)}, {P0: records(0, 6)}]
        assert await rig.deliver() == []
        await rig.count(await rig.deliver())
        assert rig.seeks[-1] == {P0: 0}
        counter = rig.context.assignment.counter(0)
        assert counter is not None
        assert counter.next_offset == 6

    in_driver(scenario)


def test_a_jump_that_a_read_covers_is_a_gap_of_the_log(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.fetches = [{P0: records(3, 6, covers_from=0)}]
        (partition_chunk,) = await rig.deliver()
        assert (partition_chunk.chunk.first_offset, partition_chunk.chunk.offsets) == (0, [3, 4, 5])

    in_driver(scenario)


def test_a_chunk_lost_before_the_agent_is_read_again(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.fetches = [{P0: records(0, 12)}, {P0: records(0, 12)}]
        _lost, *others = await rig.deliver()
        await rig.count(others)
        counter = rig.context.assignment.counter(0)
        assert counter is not None
        assert counter.next_offset == 0
        await rig.count(await rig.deliver())
        assert rig.seeks[-1] == {P0: 0}
        assert counter.next_offset == 12

    in_driver(scenario)


def test_chunks_of_an_older_assignment_are_not_counted(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.fetches = [{P0: records(0, 4)}]
        old = await rig.deliver()
        await rig.seek_and_resume()
        await rig.count(old)
        counter = rig.context.assignment.counter(0)
        assert counter is not None
        assert counter.next_offset == 0

    in_driver(scenario)


def test_nothing_is_committed_before_the_acknowledgement(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.fetches = [{P0: records(0, 35)}]
        await rig.count(await rig.deliver())
        rig.consumer._acked[P0] = list(range(35))
        assert rig.consumer._new_offset(P0) is None
        await rig.context.flusher.flush()
        # Epoch 3 is open; epoch 2 is read again, so that its duplicates are known.
        assert rig.consumer._new_offset(P0) == 20
        assert rig.consumer._acked[P0] == []

    in_driver(scenario)


def test_faust_drops_no_message_as_already_read(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        rig.consumer._read_offset[P0] = 1000
        assert rig.consumer._read_offset[P0] is None
        await rig.consumer._add_gap(P0, 3, 9)
        assert not rig.consumer._gap[P0]

    in_driver(scenario)


def test_a_seek_that_hangs_ends_the_process(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        async def never(*_partitions: TP) -> dict[TP, int]:
            await asyncio.Event().wait()
            return {}

        monkeypatch.setattr(rig.consumer, "earliest_offsets", never)
        attach(rig.consumer.app, replace(rig.context, seek_timeout_s=0.2))
        with pytest.raises(TimeoutError):
            await rig.consumer.perform_seek()
        assert isinstance(rig.died_of[0], KafkaUnavailable)

    in_driver(scenario)


def test_an_unreadable_ledger_ends_the_process(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        def refuse(_log: str) -> list[StoredEpoch]:
            raise RetryableError("ClickHouse did not answer", retry_after_s=0.05)

        monkeypatch.setattr(rig.sink, "stored_epochs", refuse)
        monkeypatch.setattr(rig.context.start_offsets, "_timeout_s", 0.2)
        with pytest.raises(ClickHouseUnavailable):
            await rig.consumer.perform_seek()
        assert isinstance(rig.died_of[0], ClickHouseUnavailable)

    in_driver(scenario)


def test_an_exception_in_the_agent_is_fatal(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.fetches = [{P0: records(0, 4)}]
        partition_chunks = await rig.deliver()
        monkeypatch.setattr(rig.context.assignment, "_counters", None)
        await rig.count(partition_chunks)
        assert isinstance(rig.died_of[0], AttributeError)

    in_driver(scenario)


def test_a_stop_flushes_before_the_last_commit(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.fetches = [{P0: records(0, 5)}]
        await rig.count(await rig.deliver())
        seen_at_commit: list[int] = []

        async def commit(_self: object) -> None:
            seen_at_commit.append(counted(rig.sink))

        monkeypatch.setattr(StockConsumer, "commit_and_end_transactions", commit)
        await rig.consumer.on_stop()
        assert seen_at_commit == [5]

    in_driver(scenario)


def test_an_unavailable_sink_delays_a_stop_briefly(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.fetches = [{P0: records(0, 5)}]
        await rig.count(await rig.deliver())

        def refuse(_batch: object) -> None:
            raise RetryableError("away", retry_after_s=1000)

        monkeypatch.setattr(rig.sink, "write", refuse)
        monkeypatch.setattr("gatemeter.worker.context._LAST_FLUSH_TIMEOUT_S", 0.05)
        await rig.context.flush_in_time()
        assert counted(rig.sink) == 0

    in_driver(scenario)
