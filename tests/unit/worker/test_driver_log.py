"""What the driver does about commits, partitions that go, and a log that loses messages (docs/adr/0001)."""

import inspect
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
from tests.support.driver_rig import P0, P1, TOPIC, InDriver, Rig, counted, records


def test_what_was_counted_is_stored_before_another_worker_may_have_the_partitions(
    in_driver: InDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.fetches = [{P0: records(0, 8)}]
        first, second = await rig.deliver()
        await rig.count([first])

        monkeypatch.setattr(StockConsumer, "on_partitions_revoked", nothing_more)
        await rig.consumer.on_partitions_revoked({P0, P1})
        assert counted(rig.sink) == 4
        await rig.count([second])  # it was under way
        await rig.parts.flusher.flush()
        assert counted(rig.sink) == 4

    in_driver(scenario)


def test_what_the_log_has_lost_is_handed_on_as_lost(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.log_starts = {P0: 25, P1: 0}
        rig.fetches = [{P0: records(0, 4)}, {P0: records(25, 27)}, {P0: records(25, 27)}]
        await rig.count(await rig.deliver())
        assert await rig.deliver() == []  # the jump is read again
        await rig.count(await rig.deliver())
        await rig.parts.flusher.flush()
        ledger = [(row["epoch_first_offset"], row["version"]) for row in rig.sink.rows(EPOCH_LEDGER)]
        assert ledger == [(0, 4), (25, 27)]
        assert rig.seeks[-1] == {P0: 4}

    in_driver(scenario)


def test_a_commit_says_which_life_of_the_topic_it_is_of(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_commit_that_comes_too_late_is_no_fault(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        async def call_thread(_call: object, _offsets: object) -> None:
            raise CommitFailedError("rebalanced")

        monkeypatch.setattr(rig.consumer._thread, "call_thread", call_thread)
        assert not await rig.consumer._commit({P0: 20})
        assert rig.died_of == []

    in_driver(scenario)


def test_messages_of_open_and_aborted_transactions_are_not_read(
    in_driver: InDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(rig: Rig) -> None:
        made = SimpleNamespace(_isolation_level="read_uncommitted")
        stock = "_create_worker_consumer"
        monkeypatch.setattr(AIOKafkaConsumerThread, stock, lambda _self, _transport: made)
        assert rig.consumer._thread._create_worker_consumer(None)._isolation_level == "read_committed"
        assert "_isolation_level" in inspect.getsource(AIOKafkaConsumer)

    in_driver(scenario)


def test_a_loss_within_what_is_stored_counts_nothing_twice_and_is_no_loss(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        await count_all(rig, 0, 18)
        rig.parts.assignment.assign({})  # as in a new process: nothing in memory
        await rig.seek_and_resume()
        rig.log_starts[P0] = 13  # after it was decided to begin with the first epoch
        await count_all(rig, 13, 20)
        assert counted(rig.sink) == 20
        assert rig.parts.state.snapshot().lost_offsets == 0

    in_driver(scenario)


def test_an_own_write_that_was_given_up_is_not_done_after_a_new_beginning(
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
        await rig.parts.flusher.flush()
        await count_all(rig, rig.seeks[-1][P0], 18)
        assert counted(rig.sink) == 18

    in_driver(scenario)


def test_a_topic_that_was_created_anew_is_told_from_brokers_that_lost_messages(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        await count_all(rig, 0, 18)
        rig.topic_id, rig.log_end = "another-topic-id", 0
        with pytest.raises(KafkaUnavailable, match="deleted and created again"):
            await rig.consumer.perform_seek()
        assert isinstance(rig.died_of[0], KafkaUnavailable)

    in_driver(scenario)


def test_a_jump_is_not_believed_while_nobody_says_where_the_log_begins(
    in_driver: InDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()

        async def nobody_answers(*_partitions: object) -> None:
            raise KafkaConnectionError("away")

        with monkeypatch.context() as away:
            away.setattr(rig.consumer, "earliest_offsets", nobody_answers)
            for _ in range(3):
                rig.fetches = [{P0: records(5, 8)}]
                assert await rig.deliver() == []
        await count_all(rig, 5, 8)
        assert counted(rig.sink) == 3

    in_driver(scenario)


async def count_all(rig: Rig, first: int, end: int) -> None:
    """Deliver these records of partition 0 until they are believed, count and store them."""
    for _ in range(3):
        rig.fetches = [{P0: records(first, end)}]
        await rig.count(await rig.deliver())
    await rig.parts.flusher.flush()


def refuse(_batch: object) -> None:
    raise RetryableError("away", retry_after_s=0.01)


async def nothing_more(_self: object, _partitions: object) -> None:
    pass
