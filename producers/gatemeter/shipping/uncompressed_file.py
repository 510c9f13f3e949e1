"""What a compressed file is: a shipped one, or another that begins with the same line."""

from pathlib import Path

from gatemeter.logfiles.blocks import read_blocks
from gatemeter.logfiles.fingerprint import HEAD_LENGTHS, TAIL_BYTES, Fingerprint, Resemblance
from gatemeter.shipping.checkpoint import FilePosition

_HEAD_BYTES = HEAD_LENGTHS[-1]


class UncompressedFile:
    """The content of the compressed file at `path`, which is read anew for each question.

    Every method raises InputError as `read_blocks` does.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def fingerprint(self) -> Fingerprint:
        """Of all that is in it."""
        ends = _Ends(self._path, None)
        return Fingerprint.of(ends.read_at, ends.length)

    def resemblance(self, position: FilePosition) -> Resemblance:
        """Whether it is the file of `position`; never OPEN, for nothing is added to a compressed file."""
        known = position.fingerprint
        ends = _Ends(self._path, max(known.length, _HEAD_BYTES))
        found = known.resemblance(ends.read_at, ends.length)
        return Resemblance.OTHER if found is Resemblance.OPEN else found


class _Ends:
    """The first bytes of a compressed file, and the last ones of the first `most_bytes`."""

    def __init__(self, path: Path, most_bytes: int | None) -> None:
        self.length, self._head, self._tail = 0, b"", b""
        for block in read_blocks(path):
            taken = block if most_bytes is None else block[: most_bytes - self.length]
            self.length += len(taken)
            self._head = (self._head + taken)[:_HEAD_BYTES] if len(self._head) < _HEAD_BYTES else self._head
            self._tail = (self._tail + taken)[-(TAIL_BYTES + _HEAD_BYTES) :]
            if self.length == most_bytes:
                break

    def read_at(self, length: int, position: int) -> bytes:
        """Bytes of the two ends; nothing of what lies between them."""
        if position + length <= len(self._head):
            return self._head[position : position + length]
        start = position - (self.length - len(self._tail))
        return self._tail[start : start + length] if start >= 0 else b""
