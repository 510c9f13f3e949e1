"""A file as a log: the offset of a line is its number minus one, its identity the hash of its first lines.

They end with the first line that holds an event: no two logs begin with the same event, but many with the same words of
the program that writes them. Without an event in its first 1,000 lines a file is known by its first line alone; when
events have come, it is still that log if it continues what was counted of it.

So a file that has grown is the same log, continued, wherever it lies and however it is compressed. The ledger keeps a
hash of each epoch's lines; a file that begins like a known one but differs later is refused before anything is
written.
"""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import xxhash

from gatemeter.errors import InputError, LogChangedError
from gatemeter.formats.registry import has_event_marker
from gatemeter.lenient.event_text import is_json
from gatemeter.logfiles.blocks import STDIN, OnBytes
from gatemeter.logfiles.lines import BATCH_LINES, LineBatch, read_line_batches, read_lines
from gatemeter.metering.epoch import NO_UNTERMINATED_LINE
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.sink import StoredEpoch
from gatemeter.metering.start_position import check_epoch_size
from gatemeter.wire.frames import OVERSIZED_FORMAT

EPOCH_LINES = 1024 * BATCH_LINES
"""Lines in an epoch of a file; a multiple of the reader's batches, so that no batch crosses an epoch's end."""


StoredEpochs = Callable[[str], Sequence[StoredEpoch]]
"""`Sink.stored_epochs`."""

_FIRST_LINES = 1_000


def open_file_log(path: Path, stored_epochs: StoredEpochs = lambda _: ()) -> Log | None:
    """The log in `path`, or None when it has no line; `stored_epochs` are those of the store that counts it.

    Raises InputError as `read_lines` does, and for a stream, and what `stored_epochs` raises.
    """
    if path == STDIN or (path.exists() and not path.is_file() and not path.is_dir()):
        raise InputError(
            "can be read only once, so it cannot be metered again after a failure",
            where=str(path),
            do="save it to a file, or send it to Kafka with gatemeter ship",
        )
    identities = _identities(path)
    if not identities:
        return None
    by_first_line, by_event = (Log(each, _name_of(path), LogKind.FILE, EPOCH_LINES) for each in identities)
    if by_event == by_first_line or stored_epochs(by_event.identity):
        return by_event
    stored = stored_epochs(by_first_line.identity)
    return by_first_line if stored and _continues(path, by_first_line, stored) else by_event


def _name_of(path: Path) -> str:
    r"""The path as it can be stored: bytes that are not UTF-8 are written as `\xe9`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _identities(path: Path) -> tuple[str, str] | None:
    """The hash of the first line, and of all lines up to the first event; twice the same one where none is found."""
    first = ""
    running = xxhash.xxh3_128()
    for line in islice(read_lines(path), _FIRST_LINES):
        running.update(line.content if not first else b"\n" + line.content)
        first = first or running.hexdigest()
        # A line that is still being written would be another one the next time.
        if has_event_marker(line.content) and (line.terminated or is_json(line.content)):
            return first, running.hexdigest()
    return (first, first) if first else None


def _continues(path: Path, log: Log, stored: Sequence[StoredEpoch]) -> bool:
    try:
        check_unchanged(path, log, stored)
    except LogChangedError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class FileChunk:
    """A chunk, the text its epoch's hash is made of, and whether it is a last line that no newline ended."""

    chunk: LogChunk
    hashed: bytes
    is_unterminated: bool


def read_file_chunks(
    path: Path, log_format: str, on_bytes: OnBytes | None = None, *, cut_at: Collection[int] = ()
) -> Iterator[FileChunk]:
    """All lines of `path` in order, no chunk across an offset in `cut_at`.

    Raises InputError after the lines before the damage were yielded.
    """
    for batch in read_line_batches(path, on_bytes=on_bytes):
        yield from _file_chunks(batch, log_format, cut_at)


def _file_chunks(batch: LineBatch, log_format: str, cut_at: Collection[int]) -> Iterator[FileChunk]:
    """The batch cut around each line that is too long, whose format is another one, and before an unterminated line."""
    if not batch.terminated and not batch.lines[-1]:  # white space that may yet become a line
        batch = LineBatch(batch.first_line_number, batch.lines[:-1], batch.oversized)
    edges = {0, len(batch.lines), *batch.oversized, *(index + 1 for index in batch.oversized)}
    if not batch.terminated:
        edges.add(len(batch.lines) - 1)
    first_offset = batch.first_line_number - 1
    edges |= {offset - first_offset for offset in cut_at if 0 < offset - first_offset < len(batch.lines)}
    for start, end in pairwise(sorted(edges)):
        is_last = end == len(batch.lines)
        yield FileChunk(
            _chunk(batch, start, end, OVERSIZED_FORMAT if start in batch.oversized else log_format),
            _text_of(batch.lines[start:end]),
            is_unterminated=is_last and not batch.terminated,
        )


def _chunk(batch: LineBatch, start: int, end: int, log_format: str) -> LogChunk:
    first_offset = batch.first_line_number - 1
    lines = batch.lines[start:end]
    offsets: Sequence[int] = range(first_offset + start, first_offset + end)
    if not all(lines):
        offsets = [offset for offset, line in zip(offsets, lines, strict=True) if line]
        lines = [line for line in lines if line]
    return LogChunk(first_offset + start, first_offset + end, offsets, lines, None, log_format)


def _text_of(lines: Sequence[bytes]) -> bytes:
    return b"\n".join(lines) + b"\n"


class EpochHash:
    """The running hash of the lines of one epoch after another."""

    def __init__(self) -> None:
        self._epoch = 0
        self._hash = xxhash.xxh3_128()

    def update(self, first_offset: int, text: bytes) -> str:
        """Take the next lines in; the hash of their epoch up to their end."""
        epoch = first_offset // EPOCH_LINES
        if epoch != self._epoch:
            self._epoch = epoch
            self._hash = xxhash.xxh3_128()
        self._hash.update(text)
        return self._hash.hexdigest()


def check_unchanged(path: Path, log: Log, stored: Sequence[StoredEpoch]) -> None:
    """Read `path` and compare it with what the ledger says was counted from it.

    Raises LogChangedError, naming the lines, unless every stored epoch is found again as it was, and
    EpochSizeChangedError when the epochs were cut differently.
    """
    check_epoch_size(log, stored)
    expected = {hashed_until(epoch): epoch for epoch in stored if hashed_until(epoch) > epoch.first_offset}
    running = EpochHash()
    for first_offset, next_offset, text in _cut_at(path, set(expected)):
        digest = running.update(first_offset, text)
        epoch_here = expected.pop(next_offset, None)
        if epoch_here is not None and epoch_here.content_hash != digest:
            raise _changed(log, epoch_here, "differs from it")
    for epoch in expected.values():
        raise _changed(log, epoch, "is shorter")


def hashed_until(epoch: StoredEpoch) -> int:
    """The offset of the first line that may still change: the end, or a last line that had no newline yet."""
    return epoch.version if epoch.unterminated_line == NO_UNTERMINATED_LINE else epoch.unterminated_line


def _cut_at(path: Path, offsets: set[int]) -> Iterator[tuple[int, int, bytes]]:
    """First offset, next offset and text of pieces of the file, some of which end at `offsets`."""
    for batch in read_line_batches(path):
        first = batch.first_line_number - 1
        inside = sorted(offset - first for offset in offsets if first < offset < first + len(batch.lines))
        edges = [0, *inside, len(batch.lines)]
        for start, end in pairwise(edges):
            yield first + start, first + end, _text_of(batch.lines[start:end])


def _changed(log: Log, epoch: StoredEpoch, how: str) -> LogChangedError:
    return LogChangedError(
        f"begins like a log that was metered before but {how} within lines "
        f"{epoch.first_offset + 1} to {hashed_until(epoch)}",
        where=log.name,
        do="meter the original file, or use another --data directory or database for this one",
    )
