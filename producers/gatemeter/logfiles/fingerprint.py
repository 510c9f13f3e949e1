"""By what a file is known again although its name and its first line are those of another one.

Hashes of what it begins with, and of what stands before a position in it: a new file may begin as the old one did, with
a line that a program writes whenever it starts. Hashes, so that whoever keeps them keeps nothing of the log.
"""

from collections.abc import Callable
from enum import Enum

import msgspec
import xxhash

HEAD_LENGTHS = (64, 128, 256, 512)
TAIL_BYTES = 512

ReadAt = Callable[[int, int], bytes]
"""Returns so many bytes from an offset on, fewer where the file ends."""


class Resemblance(Enum):
    """What a file is, compared with a fingerprint."""

    SAME = "the file, or a copy that holds all of it up to the position"
    OTHER = "another file"
    OPEN = "too short to tell: a copy that is being made, or another file"


class Fingerprint(msgspec.Struct, frozen=True):
    """Of the first `length` bytes of a file: lengths and hashes of beginnings, and the hash of their end.

    Without any, every file resembles it.
    """

    length: int = 0
    heads: tuple[tuple[int, str], ...] = ()
    tail: str = ""

    @classmethod
    def of(cls, read_at: ReadAt, length: int) -> "Fingerprint":
        """The fingerprint of the first `length` bytes of a file."""
        lengths = [each for each in HEAD_LENGTHS if each < length]
        lengths.append(min(length, HEAD_LENGTHS[-1]))
        head = read_at(lengths[-1], 0)
        heads = tuple((each, _hash(head[:each])) for each in dict.fromkeys(lengths))
        return cls(length, heads, _tail(read_at, length))

    def resemblance(self, read_at: ReadAt, size_bytes: int) -> Resemblance:
        """What a file of `size_bytes` is."""
        known = [(length, digest) for length, digest in self.heads if length <= size_bytes]
        head = read_at(known[-1][0], 0) if known else b""
        if any(_hash(head[:length]) != digest for length, digest in known):
            return Resemblance.OTHER
        if size_bytes < self.length:
            return Resemblance.OPEN
        is_same = not self.length or _tail(read_at, self.length) == self.tail
        return Resemblance.SAME if is_same else Resemblance.OTHER


def _tail(read_at: ReadAt, length: int) -> str:
    start = max(0, length - TAIL_BYTES)
    return _hash(read_at(length - start, start))


def _hash(content: bytes) -> str:
    return xxhash.xxh3_128_hexdigest(content)
