"""A log in memory that can be read again, as often as wanted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.metering.epoch import NO_UNTERMINATED_LINE
from gatemeter.metering.log import Log, LogChunk
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import StartPosition
from gatemeter.sources.log_reader import LogReader
from tests.support.logs import METERING, chunk_at, flush_to, kafka_log

EPOCH_SIZE = 10
CHUNK_OFFSETS = 7
"""Chunks that fit neither epochs nor flushes."""


@dataclass
class ListedLog(LogReader):
    """A log with partition 0: `value_at` holds the messages, `begin` is where the log begins now."""

    value_at: Mapping[int, bytes]
    end: int
    begin: int = 0
    reads: list[range] = field(default_factory=list)
    last_line: int = NO_UNTERMINATED_LINE

    @property
    def log(self) -> Log:
        return kafka_log(EPOCH_SIZE)

    @property
    def unterminated_line(self) -> int:
        return self.last_line

    def ranges(self) -> Mapping[int, range]:
        return {0: range(self.begin, self.end)}

    def chunks(self, partition: int, offsets: range) -> Iterator[LogChunk]:
        self.reads.append(offsets)
        assert self.begin <= offsets.start <= offsets.stop <= self.end
        for start in range(offsets.start, offsets.stop, CHUNK_OFFSETS):
            stop = min(start + CHUNK_OFFSETS, offsets.stop)
            yield chunk_at(start, stop, {o: v for o, v in self.value_at.items() if start <= o < stop})


def listed(values: Sequence[bytes]) -> ListedLog:
    """A log of consecutive messages."""
    return ListedLog(dict(enumerate(values)), len(values))


def count(
    log: ListedLog,
    sink: MemorySink,
    start: StartPosition,
    stop: int,
    *,
    flush_every: int = 3,
    metering: Metering = METERING,
) -> None:
    """Count up to `stop` as a worker does that flushes every so many offsets."""
    counter = PartitionCounter(log.log, 0, start, metering)
    for number, chunk in enumerate(log.chunks(0, range(start.read_from, stop)), start=1):
        counter.add(chunk)
        if number % flush_every == 0:
            flush_to(counter, sink)
    flush_to(counter, sink)
