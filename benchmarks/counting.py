"""The worker's own path without Kafka: decoding, duplicates, rollups and the rows of a flush."""

import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.contestants import Run
from benchmarks.traffic import FramedTraffic
from gatemeter.clickhouse.connection import connect_embedded
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import StopError
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.partition import PartitionCounter, StartPosition
from gatemeter.metering.ruleset import Metering
from gatemeter.migrations.runner import migrate
from gatemeter.pricing.book_files import seed_book
from gatemeter.pricing.price_table import PriceTable
from gatemeter.schema import TABLES, TableRows
from gatemeter.wire.frames import LogFormat
from gatemeter.wire.topics import EPOCH_SIZE_BY_KIND, TopicKind
from gatemeter.worker.flusher import merged
from gatemeter.worker.settings import WorkerSettings

_LOG = Log("benchmark", "benchmark", LogKind.KAFKA, EPOCH_SIZE_BY_KIND[TopicKind.FRAMES])
_FRAMES_PER_CHUNK = WorkerSettings(kafka="none:1").records_per_chunk


class Counting:
    """From frames to the rows of one flush, which are dropped."""

    def __init__(self, name: str, traffic: FramedTraffic) -> None:
        self.name = name
        self._traffic = traffic

    def run(self) -> Run:
        """See `Contestant`."""
        began_s = time.thread_time()
        counted_rows(self._traffic)
        return Run(self._traffic.event_count, time.thread_time() - began_s)


class CountingIntoEngine:
    """As `Counting`, and the rows are written through the sink into the ClickHouse engine of this process."""

    def __init__(self, name: str, traffic: FramedTraffic, engine_path: Path) -> None:
        self.name = name
        self._traffic = traffic
        self._engine_path = engine_path

    def run(self) -> Run:
        """See `Contestant`; the time of the engine's threads is included."""
        with closing(connect_embedded(self._engine_path, "counting")) as client:
            migrate(client)
            client.command("SYSTEM STOP MERGES")
            for table in TABLES:
                client.command(f"TRUNCATE TABLE {table.name}")
            began_s = time.process_time()
            ClickHouseSink(client).write(counted_rows(self._traffic))
            return Run(self._traffic.event_count, time.process_time() - began_s)


def counted_rows(traffic: FramedTraffic) -> Sequence[TableRows]:
    """Count all events as a worker that holds all partitions would; the rows of its flush."""
    metering = Metering(PriceTable.from_books([seed_book()]))
    counters = []
    for partition, frames in enumerate(traffic.frames_by_partition):
        counter = PartitionCounter(_LOG, partition, StartPosition(0, 0), metering)
        for first in range(0, len(frames), _FRAMES_PER_CHUNK):
            counter.add(_chunk(first, frames[first : first + _FRAMES_PER_CHUNK]))
        counters.append(counter)
    consumed = sum(counter.totals.consumed for counter in counters)
    if consumed != traffic.event_count:
        raise StopError(f"{consumed} events were consumed instead of {traffic.event_count}", where="benchmark")
    return merged([(counter, counter.take_flush()) for counter in counters])


def _chunk(first: int, values: list[bytes]) -> LogChunk:
    end = first + len(values)
    return LogChunk(first, end, range(first, end), values, [0] * len(values), LogFormat.KONG_LOG)
