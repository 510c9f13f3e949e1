"""The Faust driver without a broker: the test answers what the driver would ask one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from faust.types import TP

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.metering.commit import Commit
from gatemeter.metering.log import Log, LogKind
from gatemeter.schema import EPOCH_LEDGER
from gatemeter.sources.contiguity import CoveringRecords
from gatemeter.worker.app import build_app, count_chunk
from gatemeter.worker.assignment import Assignment, PartitionChunk
from gatemeter.worker.context import WorkerContext
from gatemeter.worker.driver import Consumer
from gatemeter.worker.flusher import Flusher
from gatemeter.worker.settings import FirstStart, WorkerSettings
from gatemeter.worker.start_offsets import StartOffsets
from gatemeter.worker.topic_identity import TopicIdentity
from gatemeter.worker.unkeyed_messages import UnkeyedMessages
from tests.support.logs import METERING
from tests.support.waiting import QUIET_S

TOPIC = "access-log"
P0, P1 = TP(TOPIC, 0), TP(TOPIC, 1)
EPOCH_SIZE = 10


@dataclass(frozen=True)
class KafkaRecord:
    """The attributes of aiokafka's record that Faust and the driver read."""

    offset: int
    value: bytes
    topic: str = TOPIC
    partition: int = 0
    timestamp: int = 1_767_225_600_000
    timestamp_type: int = 0
    headers: Sequence[tuple[str, bytes]] = ()
    key: bytes | None = b"k"
    checksum: int | None = None
    serialized_key_size: int = 0
    serialized_value_size: int = 0


def records(first: int, end: int, partition: int = 0, covers_from: int | None = None) -> CoveringRecords:
    """What a read from `covers_from`, or else from `first`, finds: records of one event each, with different ids."""
    text = '{{"started_at":1767225600000,"request":{{"id":"{}-{}"}},"response":{{"status":200}}}}'
    read = [
        KafkaRecord(offset, text.format(partition, offset).encode(), partition=partition)
        for offset in range(first, end)
    ]
    return CoveringRecords(read, first if covers_from is None else covers_from)


@dataclass
class Rig:
    """A driver and its context; the fields from `committed` on are what the broker answers, or what it was asked."""

    consumer: Consumer
    context: WorkerContext
    sink: MemorySink
    committed: dict[TP, int] = field(default_factory=dict)
    log_starts: dict[TP, int] = field(default_factory=lambda: {P0: 0, P1: 0})
    fetches: list[dict[TP, CoveringRecords]] = field(default_factory=list)
    seeks: list[dict[TP, int]] = field(default_factory=list)
    died_of: list[BaseException] = field(default_factory=list)
    topic_id: str = "topic-id"
    log_end: int = 1_000_000

    async def deliver(self) -> list[PartitionChunk]:
        """The chunks that one call of `getmany` yields."""
        return [message.value async for _, message in self.consumer.getmany(timeout=0.1)]

    async def count(self, partition_chunks: Sequence[PartitionChunk]) -> None:
        for partition_chunk in partition_chunks:
            await count_chunk(partition_chunk, self.context)

    async def seek_and_resume(self) -> None:
        await self.consumer.perform_seek()
        self.consumer.resume_flow()


@asynccontextmanager
async def driver(path: Path, monkeypatch: pytest.MonkeyPatch, assigned: Sequence[TP] = (P0, P1)) -> AsyncIterator[Rig]:
    sink, died_of = MemorySink(), list[BaseException]()
    context = worker_context(sink, died_of, lambda: rig.topic_id)
    consumer = build_app(WorkerSettings(kafka="127.0.0.1:1", topic=TOPIC), context, data_dir=str(path)).consumer
    rig = Rig(consumer, context, sink, died_of=died_of)
    let_kafka_answer(rig, assigned, monkeypatch)
    try:
        yield rig
    finally:
        consumer._thread.thread_loop.close()  # made for a thread that was never started


def worker_context(sink: MemorySink, died_of: list[BaseException], topic_id: Callable[[], str]) -> WorkerContext:
    """What a worker is made of; the error that ends it is appended to `died_of`."""
    assignment = Assignment(Log("topic-id", TOPIC, LogKind.KAFKA, EPOCH_SIZE), METERING)
    flusher = Flusher(assignment, sink, row_limit=1000, fatal=died_of.append)
    topic_identity = TopicIdentity(assignment.log, topic_id)
    start_offsets = StartOffsets(
        assignment.log,
        METERING.ruleset_version,
        sink,
        first_start=FirstStart.EARLIEST,
        timeout_s=QUIET_S,
        topic_identity=topic_identity,
        on_loss=flusher.state.lost,
    )
    return WorkerContext(
        assignment,
        flusher,
        start_offsets,
        UnkeyedMessages(TOPIC, flusher.state.unkeyed),
        topic_identity,
        died_of.append,
        records_per_chunk=4,
        seek_timeout_s=QUIET_S,
    )


def let_kafka_answer(rig: Rig, assigned: Sequence[TP], monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace what the consumer asks Kafka by the answers of `rig`."""

    async def fetch(timeout: float) -> tuple[dict[TP, CoveringRecords], None]:  # noqa: ASYNC109 - Faust's signature
        return (rig.fetches.pop(0) if rig.fetches else {}), None

    async def seek_wait(positions: dict[TP, int]) -> None:
        rig.seeks.append(dict(positions))

    async def earliest_offsets(*partitions: TP) -> dict[TP, int]:
        return {tp: rig.log_starts[tp] for tp in partitions}

    async def highwaters(*partitions: TP) -> dict[TP, int]:
        return dict.fromkeys(partitions, rig.log_end)

    async def read_commits(_partitions: Iterable[int]) -> dict[int, Commit]:
        return {tp.partition: Commit(offset) for tp, offset in rig.committed.items()}

    answers: dict[str, Callable[..., Any]] = {
        "assignment": lambda: set(assigned),
        "_wait_next_records": fetch,
        "seek_wait": seek_wait,
        "earliest_offsets": earliest_offsets,
        "highwaters": highwaters,
    }
    for name, answer in answers.items():
        monkeypatch.setattr(rig.consumer, name, answer)
    monkeypatch.setattr(rig.consumer._commits, "read", read_commits)


InDriver = Callable[[Callable[[Rig], Awaitable[None]]], None]
"""Runs a scenario with a rig (the fixture `in_driver`)."""


def counted(sink: MemorySink) -> int:
    return sum(row["counted"] for row in sink.rows(EPOCH_LEDGER))
