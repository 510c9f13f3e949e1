"""What reading a log again needs of its source: the same chunks, from any offset, as often as wanted."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence

from gatemeter.metering.epoch import NO_UNTERMINATED_LINE
from gatemeter.metering.log import Log, LogChunk
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.sink import StoredEpoch

OnOffsetsRead = Callable[[int], None]
"""Called with the number of offsets read so far."""

ReadChunks = Callable[[int, range], Iterator[LogChunk]]
"""`LogReader.chunks`, or something that reads as it does."""


class LogReader(ABC):
    """A topic or a file, read without a consumer group: nothing is committed, and nothing stays open between reads."""

    @property
    @abstractmethod
    def log(self) -> Log:
        """The identity under which a worker or `meter` counts this log."""

    @abstractmethod
    def ranges(self) -> Mapping[int, range]:
        """The offsets that the log holds now, by partition. Raises KafkaUnavailable or InputError."""

    @abstractmethod
    def chunks(self, partition: int, offsets: range) -> Iterator[LogChunk]:
        """The messages with `offsets`, which lie in the range of the partition, in chunks that cover it without a gap.

        Raises KafkaUnavailable or InputError when the log cannot be read, ConflictError when it lost them meanwhile.
        """

    @property
    def seek_distance(self) -> int | None:
        """How many unwanted offsets take as long to read as a new read takes to begin; None: read through all."""
        return None

    @property
    def unterminated_line(self) -> int:
        """The offset of a last line that no newline has ended yet, or `NO_UNTERMINATED_LINE`. Raises InputError."""
        return NO_UNTERMINATED_LINE

    def check_unchanged(self, stored: Sequence[StoredEpoch]) -> None:
        """Compare the log with what the ledger says was counted from it, where a log can be edited at all.

        Raises LogChangedError for a log that differs, EpochSizeChangedError for epochs that were cut differently.
        """
        return

    def count(self, counter: PartitionCounter, offsets: range) -> Iterator[int]:
        """Add the messages with `offsets` to `counter`, never across an epoch's end; the next offset after each step.

        Raises as `chunks` and `PartitionCounter.add` do.
        """
        for chunk in self.chunks(counter.partition, offsets):
            for piece in chunk.by_epoch(self.log.epoch_size):
                counter.add(piece)
                yield piece.next_offset


def reporting(read: ReadChunks, on_offsets_read: OnOffsetsRead) -> ReadChunks:
    """`read` that calls `on_offsets_read` once a chunk has been used, with the sum over all its reads."""
    offsets_read = 0

    def chunks(partition: int, offsets: range) -> Iterator[LogChunk]:
        nonlocal offsets_read
        for chunk in read(partition, offsets):
            yield chunk
            offsets_read += chunk.next_offset - chunk.first_offset
            on_offsets_read(offsets_read)

    return chunks
