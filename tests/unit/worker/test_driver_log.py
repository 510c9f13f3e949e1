"""How the driver handles commits, revoked partitions, and a log that loses messages (docs/adr/0001)."""

import inspect
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CommitFailedError, KafkaConnectionError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.consumer import Consumer as StockConsumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from gatemeter.errors import KafkaUnavailable, RetryableError
from gatemeter.schema import EPOCH_LEDGER
from gatemeter.sources.contiguity import CoveringRecords
from tests.support.driver_rig import P0, P1, TOPIC, InDriver, Rig, counted, records


def test_counted_events_are_stored_before_a_revocation(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.fetches = [{P0: records(0, 8)}]
        first, second = await rig.deliver()
        await rig.count([first])

        monkeypatch.setattr(StockConsumer, "on_partitions_revoked", nothing_more)
        await rig.consumer.on_partitions_revoked({P0, P1})
        assert counted(rig.sink) == 4
        await rig.count([second])  # it was under way
        await rig.context.flusher.flush()
        assert counted(rig.sink) == 4

    in_driver(scenario)


def test_offsets_lost_by_the_log_reach_the_counter(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.log_starts = {P0: 25, P1: 0}
        rig.fetches = [{P0: records(0, 4)}, {P0: records(25, 27)}, {P0: records(25, 27)}]
        await rig.count(await rig.deliver())
        assert await rig.deliver() == []  # the jump is read again
        await rig.count(await rig.deliver())
        await rig.context.flusher.flush()
        ledger = [(row["epoch_first_offset"], row["version"]) for row in rig.sink.rows(EPOCH_LEDGER)]
        assert ledger == [(0, 4), (25, 27)]
        assert rig.seeks[-1] == {P0: 4}

    in_driver(scenario)


def test_a_commit_carries_the_topic_id_as_metadata(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        sent: list[Any] = []

        async def call_thread(_call: object, offsets: Any) -> None:
            sent.append(offsets)

        monkeypatch.setattr(rig.consumer._thread, "call_thread", call_thread)
        assert await rig.consumer._commit({P0: 20})
        assert await rig.consumer._commits.begin_at({0: 5})
        place = TopicPartition(TOPIC, 0)
        assert sent == [{place: OffsetAndMetadata(20, "topic-id")}, {place: OffsetAndMetadata(5, "topic-id begin")}]

    in_driver(scenario)


def test_a_commit_after_a_rebalance_is_not_fatal(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        async def call_thread(_call: object, _offsets: object) -> None:
            raise CommitFailedError("rebalanced")

        monkeypatch.setattr(rig.consumer._thread, "call_thread", call_thread)
        assert not await rig.consumer._commit({P0: 20})
        assert rig.died_of == []

    in_driver(scenario)


def test_only_committed_transactions_are_read(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        made = SimpleNamespace(_isolation_level="read_uncommitted")
        stock = "_create_worker_consumer"
        monkeypatch.setattr(AIOKafkaConsumerThread, stock, lambda _self, _transport: made)
        assert rig.consumer._thread._create_worker_consumer(None)._isolation_level == "read_committed"
        assert "_isolation_level" in inspect.getsource(AIOKafkaConsumer)

    in_driver(scenario)


@pytest.mark.parametrize(("partitions", "warned", "counted_as"), [(2, [0, 1], 4), (1, [], 0)])
def test_messages_without_a_key_are_told_once_a_partition(
    in_driver: InDriver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    partitions: int,
    warned: list[int],
    counted_as: int,
) -> None:
    async def scenario(rig: Rig) -> None:
        async def all_partitions() -> list[int]:
            return list(range(partitions))

        monkeypatch.setattr(rig.consumer._commits, "all_partitions", all_partitions)
        await rig.seek_and_resume()
        for first, end, tp in ((0, 2, P0), (2, 3, P0), (0, 1, P1)):
            unkeyed = [replace(record, key=None) for record in records(first, end, partition=tp.partition)]
            rig.fetches = [{tp: CoveringRecords(unkeyed, first)}]
            await rig.count(await rig.deliver())
        told = [message for message in caplog.messages if "has no key" in message]
        begins = [message.partition(" has no key")[0] for message in told]
        assert begins == [f"{TOPIC}[{partition}]: the message at offset 0" for partition in warned]
        assert rig.context.state.snapshot().unkeyed_messages == counted_as
        await rig.context.flusher.flush()
        assert [row["unkeyed"] for row in rig.sink.rows(EPOCH_LEDGER)] == [3, 1]

    in_driver(scenario)


def test_a_loss_of_stored_offsets_is_neither_counted_nor_lost(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        await count_all(rig, 0, 18)
        rig.context.assignment.assign({})  # as in a new process: nothing in memory
        await rig.seek_and_resume()
        rig.log_starts[P0] = 13  # after it was decided to begin with the first epoch
        await count_all(rig, 13, 20)
        assert counted(rig.sink) == 20
        assert rig.context.state.snapshot().lost_offsets == 0

    in_driver(scenario)


def test_an_abandoned_write_is_not_done_after_reassignment(
    in_driver: InDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatemeter.worker.context._LAST_FLUSH_TIMEOUT_S", 0.05)

    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        await count_all(rig, 0, 5)
        rig.fetches = [{P0: records(5, 15)}]
        await rig.count(await rig.deliver())
        with monkeypatch.context() as away:
            away.setattr(rig.sink, "write", refuse)
            away.setattr(StockConsumer, "on_partitions_revoked", nothing_more)
            await rig.consumer.on_partitions_revoked({P0})
        rig.log_starts[P0] = 3
        await rig.seek_and_resume()
        await rig.context.flusher.flush()
        await count_all(rig, rig.seeks[-1][P0], 18)
        assert counted(rig.sink) == 18

    in_driver(scenario)


def test_a_recreated_topic_is_not_taken_for_lost_messages(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        await count_all(rig, 0, 18)
        rig.topic_id, rig.log_end = "another-topic-id", 0
        with pytest.raises(KafkaUnavailable, match="deleted and created again"):
            await rig.consumer.perform_seek()
        assert isinstance(rig.died_of[0], KafkaUnavailable)

    in_driver(scenario)


def test_a_jump_is_not_accepted_while_no_broker_answers(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()

        async def nobody_answers(*_partitions: object) -> None:
            raise KafkaConnectionError("away")

        with monkeypatch.context() as away:
            away.setattr(rig.consumer, "earliest_offsets", nobody_answers)
            for _ in range(3):
                rig.fetches = [{P0: records(5, 8)}]
                assert await rig.deliver() == []
        rig.log_starts[P0] = 5
        await count_all(rig, 5, 8)
        assert counted(rig.sink) == 3

    in_driver(scenario)


async def count_all(rig: Rig, first: int, end: int) -> None:
    """Deliver these records of partition 0 until the driver accepts them; count and store them."""
    for _ in range(3):
        rig.fetches = [{P0: records(first, end)}]
        await rig.count(await rig.deliver())
    await rig.context.flusher.flush()


def refuse(_batch: object) -> None:
    raise RetryableError("away", retry_after_s=0.01)


async def nothing_more(_self: object, _partitions: object) -> None:
    pass
