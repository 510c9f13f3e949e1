"""How a worker's parts are put together."""

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


@pytest.mark.parametrize(("present_id", "written"), [("topic-id", 1), ("another-id", 0)])
def test_a_worker_writes_nothing_of_another_life_of_its_topic(
    present_id: str, written: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    died_of: list[BaseException] = []
    monkeypatch.setattr(TopicIds, "present_id", lambda _self, _topic: present_id)
    monkeypatch.setattr(worker, "end_process", died_of.append)
    sink = MemorySink()
    parts = worker._parts(WorkerSettings(kafka="127.0.0.1:1"), "topic-id", sink, METERING)
    parts.assignment.assign({0: FROM_THE_START})
    parts.assignment.count(PartitionChunk(0, parts.assignment.serial(0), chunk_of(0, [request_line("e0")])))
    if written:
        asyncio.run(parts.flusher.flush())
    else:
        with pytest.raises(KafkaUnavailable):
            asyncio.run(parts.flusher.flush())
    assert (len(sink.rows(API_USAGE)), len(died_of)) == (written, 1 - written)
