"""What reading a log again needs of its source: the same chunks, from any offset, as often as wanted."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from gatemeter.streams.log_chunk import Log, LogChunk


class LogReader(Protocol):
    """A topic or a file, read without a consumer group: nothing is committed."""

    @property
    def log(self) -> Log:
        """The identity under which a worker or `meter` counts this log."""

    def ranges(self) -> Mapping[int, range]:
        """The offsets that the log holds now, by partition."""

    def chunks(self, partition: int, offsets: range) -> Iterator[LogChunk]:
        """The messages with `offsets`, which lie in the range of the partition, in chunks that cover it without a gap.

        Raises KafkaUnavailable or InputError when the log cannot be read, ConflictError when it lost them meanwhile.
        """

    def close(self) -> None:
        """Release connections; idempotent."""
