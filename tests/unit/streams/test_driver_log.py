"""What the driver does about commits, partitions that go, and a log that loses messages (docs/adr/0001)."""

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CommitFailedError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.consumer import Consumer as StockConsumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from gatemeter.streams.tables import EPOCH_LEDGER
from tests.unit.streams.driver_rig import P0, P1, TOPIC, InDriver, Rig, counted, records


def test_what_was_counted_is_stored_before_another_worker_may_have_the_partitions(
    in_driver: InDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.fetches = [{P0: records(0, 8)}]
        first, second = await rig.deliver()
        await rig.count([first])

        async def revoked(_self: object, _partitions: object) -> None:
            return None

        monkeypatch.setattr(StockConsumer, "on_partitions_revoked", revoked)
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
        assert sent == [{TopicPartition(TOPIC, 0): OffsetAndMetadata(20, "topic-id")}]

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
