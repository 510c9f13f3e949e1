"""Reads the lines of a log file: numbered, with bounded memory, at the speed of splitting large blocks.

A line ends with a newline, or with a carriage return and a newline; the last line of an input may end without one. Of a
line longer than `MAX_EVENT_BYTES` only the first `OVERSIZED_HEAD_BYTES` are kept. Of NUL bytes that begin a line one is
kept: a log that is truncated under its writer gets as many as it had bytes, and an event behind them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gatemeter.errors import InputError
from gatemeter.logfiles.blocks import OnBytes, read_blocks
from gatemeter.wire.topics import MAX_EVENT_BYTES

OVERSIZED_HEAD_BYTES = 64 * 1024
"""The size to which a line that is too long is cut."""

BATCH_LINES = 500
_BATCH_BYTES = 16 * 1024 * 1024
_NUL = b"\x00"
_LONGEST_HELD_BYTES = MAX_EVENT_BYTES + 1  # and a carriage return, which does not count


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that is not blank: its 1-based `number`, its `content` without line ending, and its full size.

    The content of an `oversized` line is cut to `OVERSIZED_HEAD_BYTES`. `terminated` is False only for a last line
    without a newline.
    """

    number: int
    content: bytes
    size_bytes: int
    oversized: bool
    terminated: bool


@dataclass(frozen=True, slots=True)
class LineBatch:
    """Consecutive lines: `lines[i]` is line number `first_line_number + i`.

    A blank line (only white space) is included as `b""`, to keep the numbers right; it does not count as an event.
    `oversized` maps the index of a line that was too long to its full size in bytes. `terminated` is False only if the
    last line of the batch is the last line of the input and has no newline.
    """

    first_line_number: int
    lines: list[bytes]
    oversized: dict[int, int] = field(default_factory=dict)
    terminated: bool = True


def read_line_batches(
    path: Path, batch_lines: int = BATCH_LINES, *, on_bytes: OnBytes | None = None, idle_s: float | None = None
) -> Iterator[LineBatch]:
    """Yield the lines of `path` in batches of up to `batch_lines`; `-` is standard input, .gz and .zst are unpacked.

    No batch crosses a multiple of `batch_lines`; a batch is shorter only at the end of the input, or once it holds
    16 MiB. With `idle_s` lines are yielded as soon as they are read, and a batch without lines whenever the input has
    paused for that long. `on_bytes` is as in `read_blocks`. Raises InputError as `read_blocks` does, with the number of
    the last complete line before the damage, after all complete lines have been yielded.
    """
    batcher = _Batcher(batch_lines)
    cutter = LineCutter()
    try:
        for block in read_blocks(path, on_bytes=on_bytes, idle_s=idle_s):
            yield from batcher.add(*cutter.cut(block))
            if idle_s is not None or batcher.size_bytes >= _BATCH_BYTES:
                yield from batcher.drain(or_empty=not block)
    except InputError as error:
        yield from batcher.drain()
        raise _at_line(error, batcher.next_number - 1) from error
    yield from batcher.add(*cutter.rest())
    yield from batcher.drain(terminated=not cutter.has_rest)


def read_lines(path: Path, *, on_bytes: OnBytes | None = None) -> Iterator[LogLine]:
    """Yield every line of `path` that is not blank, one by one; otherwise as `read_line_batches`."""
    for batch in read_line_batches(path, on_bytes=on_bytes):
        last = len(batch.lines) - 1
        for index, content in enumerate(batch.lines):
            if content:
                size_bytes = batch.oversized.get(index, len(content))
                terminated = batch.terminated or index < last
                yield LogLine(
                    batch.first_line_number + index, content, size_bytes, index in batch.oversized, terminated
                )


def _at_line(error: InputError, line_number: int) -> InputError:
    if not line_number:
        return error
    return InputError(error.what, where=f"{error.where}, after line {line_number}", do=error.do)


class LineCutter:
    """Cuts blocks into lines. Between blocks it holds the unfinished line, or only its head if it is too long."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size_bytes = 0
        self._ends_in_cr = False

    @property
    def has_rest(self) -> bool:
        """Whether there is an unfinished line."""
        return self._size_bytes > 0

    def cut(self, block: bytes) -> tuple[list[bytes], int]:
        """The lines that `block` completes, and the full size of the first one if it is too long, else 0."""
        first, *middle = block.split(b"\n")
        self._hold(first)
        if not middle:
            return [], 0
        opened = middle.pop()
        head, oversized_bytes = self._finish()
        self._hold(opened)
        if b"\r" in block:
            middle = [_without_cr(line) for line in middle]
        if _NUL in block:
            middle = [_with_one_nul(line) for line in middle]
        return [head, *(b"" if line.isspace() else line for line in middle)], oversized_bytes

    def rest(self) -> tuple[list[bytes], int]:
        """The unfinished line, in the form of `cut`; it stays unfinished."""
        if not self.has_rest:
            return [], 0
        line, oversized_bytes = self._content()
        return [line], oversized_bytes

    def _hold(self, piece: bytes) -> None:
        if self._pieces == [_NUL]:
            piece = piece.lstrip(_NUL)
        elif not self._pieces:
            piece = _with_one_nul(piece)
        if not piece:
            return
        if self._size_bytes <= _LONGEST_HELD_BYTES:
            self._pieces.append(piece)
        self._size_bytes += len(piece)
        self._ends_in_cr = piece.endswith(b"\r")
        if self._size_bytes > _LONGEST_HELD_BYTES:
            self._pieces = [b"".join(self._pieces)[:OVERSIZED_HEAD_BYTES]]

    def _finish(self) -> tuple[bytes, int]:
        finished = self._content()
        self._pieces.clear()
        self._size_bytes = 0
        self._ends_in_cr = False
        return finished

    def _content(self) -> tuple[bytes, int]:
        size_bytes = self._size_bytes - self._ends_in_cr
        content = b"".join(self._pieces)
        if size_bytes > MAX_EVENT_BYTES:
            return content[:OVERSIZED_HEAD_BYTES], size_bytes
        content = content[:size_bytes]
        return (b"" if content.isspace() else content), 0


class _Batcher:
    """Numbers lines and groups them into batches."""

    def __init__(self, batch_lines: int) -> None:
        self.next_number = 1
        self.size_bytes = 0
        self._batch_lines = batch_lines
        self._lines: list[bytes] = []
        self._oversized: dict[int, int] = {}

    def add(self, lines: list[bytes], first_oversized_bytes: int) -> Iterator[LineBatch]:
        """Add lines; yield the batches that they fill."""
        start = 0
        while start < len(lines):
            filled = (self.next_number - 1) % self._batch_lines
            if not filled:
                yield from self.drain()
            if first_oversized_bytes and not start:
                self._oversized[len(self._lines)] = first_oversized_bytes
            taken = lines[start : start + self._batch_lines - filled]
            start += len(taken)
            self._lines += taken
            self.next_number += len(taken)
            self.size_bytes += sum(map(len, taken))

    def drain(self, *, or_empty: bool = False, terminated: bool = True) -> Iterator[LineBatch]:
        """Yield the open batch if it has a line, or if `or_empty` is set."""
        if self._lines or or_empty:
            yield LineBatch(self.next_number - len(self._lines), self._lines, self._oversized, terminated)
            self._lines = []
            self._oversized = {}
            self.size_bytes = 0


def _without_cr(line: bytes) -> bytes:
    return line[:-1] if line.endswith(b"\r") else line


def _with_one_nul(line: bytes) -> bytes:
    return _NUL + line.lstrip(_NUL) if line.startswith(_NUL) else line
