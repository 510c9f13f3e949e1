"""How a worker is put together."""

import asyncio

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import KafkaUnavailable
from gatemeter.schema import API_USAGE
from gatemeter.worker import run as worker
from gatemeter.worker.assignment import PartitionChunk
from gatemeter.worker.settings import WorkerSettings
from gatemeter.worker.topic_identity import TopicIds
from tests.support.kong_events import request_line
from tests.support.logs import FROM_THE_START, METERING, chunk_of


@pytest.mark.parametrize(("current_id", "written"), [("topic-id", 1), ("another-id", 0)])
def test_a_worker_writes_nothing_of_a_replaced_topic(
    current_id: str, written: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    died_of: list[BaseException] = []
    monkeypatch.setattr(TopicIds, "current_id", lambda _self, _topic: current_id)
    monkeypatch.setattr(worker, "end_process", died_of.append)
    sink = MemorySink()
    context = worker._build_context(WorkerSettings(kafka="127.0.0.1:1"), "topic-id", sink, METERING)
    context.assignment.assign({0: FROM_THE_START})
    context.assignment.count(PartitionChunk(0, context.assignment.serial(0), chunk_of(0, [request_line("e0")])))
    if written:
        asyncio.run(context.flusher.flush())
    else:
        with pytest.raises(KafkaUnavailable):
            asyncio.run(context.flusher.flush())
    assert (len(sink.rows(API_USAGE)), len(died_of)) == (written, 1 - written)
