"""Where events without an id stood: each line of a body gets the next number of this process.

A body that was answered with 503 may be stored all the same. When it comes again, its lines get the same numbers, and
are counted once. A sender that gives a body a name (`Idempotency-Key`) is known again by another process, too.
"""

import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence

import xxhash

from gatemeter.wire.source_positions import SourcePosition

KEY_HEADER = "idempotency-key"
_MOST_IN_DOUBT = 10_000


class BodyPositions:
    """Gives out positions; `settle` says how the body ended that they were for."""

    def __init__(self) -> None:
        self._source = f"http:{secrets.token_hex(16)}"
        self._next = 0
        self._in_doubt: OrderedDict[bytes, int] = OrderedDict()

    def of(self, lines: Sequence[bytes], headers: Mapping[str, str], sender: str) -> list[SourcePosition]:
        """A position for each line of a body by `sender`."""
        if key := headers.get(KEY_HEADER):
            name = xxhash.xxh3_128_hexdigest(f"{sender}\n{key}".encode("utf-8", "surrogatepass"))
            return [SourcePosition(f"http:{name}", index) for index in range(len(lines))]
        first = self._in_doubt.pop(_digest(lines, sender), None)
        if first is None:
            first, self._next = self._next, self._next + len(lines)
        return [SourcePosition(self._source, first + index) for index in range(len(lines))]

    def doubt(self, positions: Sequence[SourcePosition], lines: Sequence[bytes], sender: str) -> None:
        """It is not known whether the lines at `positions` are stored."""
        if positions and positions[0].source == self._source:
            self._in_doubt[_digest(lines, sender)] = positions[0].offset
            if len(self._in_doubt) > _MOST_IN_DOUBT:
                self._in_doubt.popitem(last=False)


def _digest(lines: Sequence[bytes], sender: str) -> bytes:
    return xxhash.xxh3_128_digest(sender.encode() + b"\n" + b"\n".join(lines))
