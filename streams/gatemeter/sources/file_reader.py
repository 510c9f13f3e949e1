"""A file as a log that can be read again, in the same chunks that `meter` counts."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gatemeter.errors import ConflictError, InputError
from gatemeter.logfiles.blocks import OnBytes
from gatemeter.metering.epoch import NO_UNTERMINATED_LINE
from gatemeter.metering.log import Log, LogChunk
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.sink import StoredEpoch
from gatemeter.sources.file_log import FileChunk, StoredEpochs, check_unchanged, open_file_log, read_file_chunks
from gatemeter.sources.file_meter import FileEpochs
from gatemeter.sources.log_reader import LogReader

FILE_PARTITION = 0
"""The only partition of a file."""


class FileLogReader(LogReader):
    """A file of lines in `log_format`. Raises InputError for a file without lines.

    `stored_epochs` is that of the store which may have counted the file, as for `open_file_log`. A compressed file can
    only be read from its start, so every read begins there.
    """

    def __init__(
        self,
        path: Path,
        log_format: str,
        *,
        on_bytes: OnBytes | None = None,
        stored_epochs: StoredEpochs = lambda _: (),
    ) -> None:
        log = open_file_log(path, stored_epochs)
        if log is None:
            raise InputError("has no line to read", where=str(path), do="name a log file with events")
        self._path = path
        self._log = log
        self._log_format = log_format
        self._on_bytes = on_bytes
        self._end: FileChunk | None = None

    @property
    def log(self) -> Log:
        """The identity under which `meter` counts the file."""
        return self._log

    @property
    def unterminated_line(self) -> int:
        """See `LogReader.unterminated_line`; the first call reads the file, unless `ranges` did."""
        end = self._last_chunk()
        return end.chunk.first_offset if end.is_unterminated else NO_UNTERMINATED_LINE

    def ranges(self) -> Mapping[int, range]:
        """The offsets of all lines, by the one partition; the first call reads the file. Raises InputError."""
        return {FILE_PARTITION: range(self._last_chunk().chunk.next_offset)}

    def chunks(self, partition: int, offsets: range) -> Iterator[LogChunk]:
        """The lines at `offsets`; see `LogReader.chunks`. `partition` is `FILE_PARTITION`."""
        return (file_chunk.chunk for file_chunk in self.file_chunks(offsets))

    def count(self, counter: PartitionCounter, offsets: range) -> Iterator[int]:
        """See `LogReader.count`; the epochs get the hash of their lines besides, as `meter_file` gives it."""
        epochs = FileEpochs(counter)
        for file_chunk in self.file_chunks(offsets):
            epochs.add(file_chunk)
            yield file_chunk.chunk.next_offset

    def file_chunks(self, offsets: range) -> Iterator[FileChunk]:
        """As `chunks`, with what the ledger keeps of a file besides. Raises InputError, ConflictError."""
        expected = offsets.start
        cut_at = (offsets.start, offsets.stop)
        for file_chunk in read_file_chunks(self._path, self._log_format, self._on_bytes, cut_at=cut_at):
            if expected >= offsets.stop:
                return
            if file_chunk.chunk.first_offset >= offsets.start:
                expected = file_chunk.chunk.next_offset
                yield file_chunk
        if expected < offsets.stop:
            raise ConflictError(
                f"has {expected} lines, it had {offsets.stop} before", where=str(self._path), do="run the command again"
            )

    def check_unchanged(self, stored: Sequence[StoredEpoch]) -> None:
        """See `LogReader.check_unchanged`; reads the file up to the last line that was counted."""
        check_unchanged(self._path, self._log, stored)

    def _last_chunk(self) -> FileChunk:
        if self._end is None:
            for file_chunk in read_file_chunks(self._path, self._log_format):
                self._end = file_chunk
        if self._end is None:
            raise InputError("has no line any more", where=str(self._path), do="run the command again")
        return self._end
