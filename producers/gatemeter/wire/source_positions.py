"""Where the lines of a frame stood in what they were read from: the header that whoever packs a frame may write.

An event without an id is identified by its position. A line that is sent twice has one position in its source and two
in Kafka, so the shipper tells that of the source.

The header holds a JSON array with an array for each run of lines of one source, as in `[["3fa9c1", 0, 118, 97]]`: the
name of the source, the position of the run's first line there, and how much further on each next line begins.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby, pairwise
from typing import NamedTuple

import msgspec

POSITIONS_HEADER = "gatemeter-positions"


class SourcePosition(NamedTuple):
    """A line's place in `source`, a name that no other file or topic has: the number of the line, or its offset."""

    source: str
    offset: int

    def __str__(self) -> str:
        """`SOURCE@OFFSET`."""
        return f"{self.source}@{self.offset}"


_Runs = list[list[str | int]]


def encode_positions(positions: Iterable[SourcePosition]) -> bytes:
    """The header's value for lines in order."""
    runs: _Runs = []
    for source, run in groupby(positions, key=lambda position: position.source):
        offsets = [position.offset for position in run]
        steps = [after - before for before, after in pairwise(offsets)]
        runs.append([source, offsets[0], *steps])
    return msgspec.json.encode(runs)


def decode_positions(value: str) -> Sequence[SourcePosition]:
    """The positions of a message's lines in order; none if `value` is not such a header."""
    try:
        runs = msgspec.json.decode(value, type=_Runs)
    except (msgspec.MsgspecError, RecursionError):
        return ()
    found: list[SourcePosition] = []
    for run in runs:
        source, *steps = run or [""]
        numbers = [step for step in steps if isinstance(step, int)]
        if not isinstance(source, str) or not source or not numbers or len(numbers) != len(steps):
            return ()
        found += [SourcePosition(source, offset) for offset in accumulate(numbers)]
    return found
