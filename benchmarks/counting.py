"""What a worker does without Kafka: decoding alone, and decoding with duplicates, rollups and the rows of a flush."""

import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from benchmarks.measuring import Run
from benchmarks.traffic import FramedTraffic
from gatemeter.clickhouse.connection import connect_embedded
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import StopError
from gatemeter.formats.kong.log_event import LogEvent
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import StartPosition
from gatemeter.migrations.runner import migrate
from gatemeter.pricing.book_files import packaged_books
from gatemeter.pricing.price_table import PriceTable
from gatemeter.schema import TABLES, TableRows
from gatemeter.wire.frames import DEFAULT_FORMAT
from gatemeter.wire.topics import EPOCH_SIZE_BY_KIND, TopicKind
from gatemeter.worker.flusher import merged
from gatemeter.worker.settings import WorkerSettings

_LOG = Log("benchmark", "benchmark", LogKind.KAFKA, EPOCH_SIZE_BY_KIND[TopicKind.FRAMES])
_FRAMES_PER_CHUNK = WorkerSettings(kafka="none:1").records_per_chunk


class DecodeAlone:
    """`decode_lines` of every frame with the worker's event type: the least that any reader with msgspec needs."""

    def __init__(self, name: str, traffic: FramedTraffic) -> None:
        self.name = name
        self._frames = traffic.frames
        self._event_count = traffic.event_count

    def run(self) -> Run:
        """See `Candidate`."""
        decode_lines = msgspec.json.Decoder(LogEvent).decode_lines
        began_s = time.thread_time()
        for frame in self._frames:
            decode_lines(frame)
        return Run(self._event_count, time.thread_time() - began_s)


class Counting:
    """Counts frames into the rows of one flush, and drops the rows."""

    def __init__(self, name: str, traffic: FramedTraffic) -> None:
        self.name = name
        self._traffic = traffic

    def run(self) -> Run:
        """See `Candidate`."""
        began_s = time.thread_time()
        counted_rows(self._traffic)
        return Run(self._traffic.event_count, time.thread_time() - began_s)


class CountingIntoEngine:
    """Counts as `Counting` does, and writes the rows through the sink into the ClickHouse engine of this process."""

    def __init__(self, name: str, traffic: FramedTraffic, engine_path: Path) -> None:
        self.name = name
        self._traffic = traffic
        self._engine_path = engine_path

    def run(self) -> Run:
        """See `Candidate`; the time of the engine's threads is included."""
        with closing(connect_embedded(self._engine_path, "counting")) as client:
            migrate(client)
            client.command("SYSTEM STOP MERGES")
            for table in TABLES:
                client.command(f"TRUNCATE TABLE {table.name}")
            began_s = time.process_time()
            ClickHouseSink(client).write(counted_rows(self._traffic))
            return Run(self._traffic.event_count, time.process_time() - began_s)


def counted_rows(traffic: FramedTraffic) -> Sequence[TableRows]:
    """The rows of one flush of a worker that holds all partitions and has counted all events."""
    metering = Metering(PriceTable.from_books(packaged_books()))
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
    return LogChunk(first, end, range(first, end), values, [0] * len(values), DEFAULT_FORMAT)
