"""Reads a log file that is still being written: what was added since the last look, line by line.

It is held open, so what the gateway writes after a rotation and before it opens the new file is read too. A file that
is shorter than what was read of it, begins with other bytes, or holds others before what was read last, was truncated,
and is read from its beginning as another file: it may have grown beyond its old length since the last look.
"""

import os
from pathlib import Path

from gatemeter.errors import InputError
from gatemeter.logfiles.fingerprint import TAIL_BYTES, Fingerprint
from gatemeter.logfiles.line_source import source_name
from gatemeter.logfiles.lines import LineBatch, LineCutter

_BLOCK_BYTES = 256 * 1024
_HEAD_BYTES = 512
"""The first bytes of a file, by which a truncated one is told from one that has grown."""


class TailedFile:
    """The file at `path`, opened once; `origin` is as in `line_source`.

    `source` names it, '' until its first line is complete. `offset` bytes, which are `lines` lines, were read.
    `truncations` counts how often it was found to be truncated.
    Raises InputError if the file cannot be opened.
    """

    def __init__(self, path: Path, origin: str | None = None) -> None:
        self.path = path
        self.source = ""
        self.offset = 0
        self.lines = 0
        self.truncations = 0
        self._origin = origin
        self._named_as = path
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
        status = self.status()
        self.device, self.inode = status.st_dev, status.st_ino
        self._head = b""
        self._last_read = b""
        self._cutter = LineCutter()
        self._read_bytes = 0
        self._name()

    def status(self) -> os.stat_result:
        """What the system says of the file now, wherever it lies."""
        return os.fstat(self._file.fileno())

    @property
    def size_bytes(self) -> int:
        """How long the file is now."""
        return self.status().st_size

    def go_behind(self, offset: int, lines: int) -> bool:
        """Go on behind `offset` bytes, which are `lines` lines; without an offset the lines are counted.

        False, and nothing changes, if the file is shorter.
        """
        found = offset or self._offset_behind(lines)
        if found is None or found > self.size_bytes:
            return False
        self._resume(found, lines)
        return True

    def _offset_behind(self, lines: int) -> int | None:
        position = 0
        while lines and (block := os.pread(self._file.fileno(), _BLOCK_BYTES, position)):
            if (in_block := block.count(b"\n")) >= lines:
                behind = len(b"\n".join(block.split(b"\n", lines)[:lines])) + 1
                return position + behind
            lines -= in_block
            position += len(block)
        return None if lines else 0

    def _resume(self, offset: int, lines: int) -> None:
        self.offset, self.lines, self._read_bytes = offset, lines, offset
        start = max(0, offset - TAIL_BYTES)
        self._last_read = self.read_at(offset - start, start)
        self._cutter = LineCutter()

    def read_at(self, length: int, position: int) -> bytes:
        """Bytes of the file, wherever it was read to."""
        return os.pread(self._file.fileno(), length, position)

    def fingerprint(self) -> Fingerprint | None:
        """Of what was read up to `offset`; None if the file was truncated meanwhile."""
        found = Fingerprint.of(self.read_at, self.offset)
        return None if self._is_truncated() else found

    def read(self) -> LineBatch | None:
        """The next lines that are complete; None if there is none.

        A file that was truncated is named anew, and read from its beginning.
        """
        if self._is_truncated():
            self.source, self._head, self._named_as = "", b"", self.path
            self.truncations += 1
            self._resume(0, 0)
        if not self.source and not self._name():
            return None
        while block := os.pread(self._file.fileno(), _BLOCK_BYTES, self._read_bytes):
            start, self._read_bytes = self._read_bytes, self._read_bytes + len(block)
            self._last_read = (self._last_read + block)[-TAIL_BYTES:]
            lines, oversized_bytes = self._cutter.cut(block)
            if lines:
                return self._batch(lines, oversized_bytes, start + block.rfind(b"\n") + 1)
        return None

    def rest(self) -> LineBatch | None:
        """The last line, which no newline ended, of a file that nobody writes any more; None if there is none."""
        if not self.source:
            if not self._name(is_finished=True):
                return None
            while self.read():  # blank lines; any other would have named the file
                pass
        lines, oversized_bytes = self._cutter.rest()
        if not lines:
            return None
        self._cutter = LineCutter()
        return self._batch(lines, oversized_bytes, self._read_bytes)

    def close(self) -> None:
        """Close the file; idempotent."""
        self._file.close()

    def _batch(self, lines: list[bytes], first_oversized_bytes: int, offset: int) -> LineBatch:
        batch = LineBatch(self.lines + 1, lines, {0: first_oversized_bytes} if first_oversized_bytes else {})
        self.offset, self.lines = offset, self.lines + len(lines)
        return batch

    def _is_truncated(self) -> bool:
        last, head = self._last_read, self._head
        return (
            self.size_bytes < self._read_bytes
            or self.read_at(len(head), 0) != head
            or self.read_at(len(last), self._read_bytes - len(last)) != last
        )

    def _name(self, *, is_finished: bool = False) -> bool:
        """Name the file by its first line that is not blank; whether there is one that is complete."""
        cutter, position = LineCutter(), 0
        while block := os.pread(self._file.fileno(), _BLOCK_BYTES, position):
            position += len(block)
            first = next(filter(None, cutter.cut(block)[0]), b"")
            if first:
                return self._named(first)
        lines, _ = cutter.rest() if is_finished else ([], 0)
        return bool(lines and lines[0]) and self._named(lines[0])

    def _named(self, first_line: bytes) -> bool:
        self.source = source_name(self._named_as, first_line, self._origin)
        self._head = self.read_at(_HEAD_BYTES, 0)
        return True
