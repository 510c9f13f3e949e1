"""A log reader that says how far reading is."""

from collections.abc import Callable, Iterator, Mapping

from gatemeter.metering.log import Log, LogChunk, LogReader


class WatchedLog:
    """Implements `LogReader` by another one; `told` is given the offsets read so far, with each chunk."""

    def __init__(self, reader: LogReader, told: Callable[[int], None]) -> None:
        self._reader = reader
        self._told = told
        self._offsets_read = 0

    @property
    def log(self) -> Log:
        """That of the other one."""
        return self._reader.log

    def ranges(self) -> Mapping[int, range]:
        """Those of the other one."""
        return self._reader.ranges()

    def chunks(self, partition: int, offsets: range) -> Iterator[LogChunk]:
        """Those of the other one; raises as it does."""
        for chunk in self._reader.chunks(partition, offsets):
            yield chunk
            self._offsets_read += chunk.next_offset - chunk.first_offset
            self._told(self._offsets_read)

    def close(self) -> None:
        """Nothing; whoever opened the other one closes it."""
