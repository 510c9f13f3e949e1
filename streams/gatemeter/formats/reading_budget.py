"""How much work is done for one message, whatever it holds.

The limits are counted in bytes, lines and events, never in seconds: what a message decodes to depends on its bytes
alone. An event that is read by itself takes up to a tenth of a millisecond, so a message takes some seconds at most.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from gatemeter.events.rejection import ORIGINAL_LIMIT_BYTES

Part = TypeVar("Part")

MESSAGE_LIMIT_BYTES = 64 * 1024 * 1024
MESSAGE_LIMIT_LINES = 1_000_000
"""A message that exceeds one of them is not taken apart: it is one dead letter."""

_UNITS_PER_MESSAGE = 10_000
_UNIT_BYTES = 4096
_LINES_PER_PIECE = 5_000


class ReadingBudget:
    """The work left for the events of one message that are read one by one; common events in bulk cost nothing.

    A unit is an event, or 4 KiB of text. The first line of a message is always read.
    """

    def __init__(self) -> None:
        self._units = _UNITS_PER_MESSAGE

    @property
    def is_spent(self) -> bool:
        """Whether the rest of the message is to become dead letters of many lines."""
        return self._units <= 0

    def spend(self, event_count: int, size_bytes: int) -> None:
        """Take off the events of a line of `size_bytes`."""
        self._units -= event_count + size_bytes // _UNIT_BYTES


def excess(message: bytes) -> str:
    """Why a message is not taken apart, in words; '' if it is within the limits."""
    if len(message) > MESSAGE_LIMIT_BYTES:
        return f"a message of {len(message)} bytes; up to {MESSAGE_LIMIT_BYTES} are read"
    lines = message.count(b"\n") + 1
    return f"a message of {lines} lines; up to {MESSAGE_LIMIT_LINES} are read" if lines > MESSAGE_LIMIT_LINES else ""


def pieces(lines: Iterable[Part], size_bytes: Callable[[Part], int]) -> Iterator[list[Part]]:
    """`lines` in order, in pieces whose originals can be kept, and which a replay can read within its budget."""
    piece: list[Part] = []
    piece_bytes = 0
    for line in lines:
        line_bytes = size_bytes(line) + 1
        if piece and (len(piece) == _LINES_PER_PIECE or piece_bytes + line_bytes > ORIGINAL_LIMIT_BYTES):
            yield piece
            piece, piece_bytes = [], 0
        piece.append(line)
        piece_bytes += line_bytes
    if piece:
        yield piece


def piece_detail(lines: int) -> str:
    """Why so many lines are one dead letter, in words."""
    return f"{lines} lines from here on, after {_UNITS_PER_MESSAGE} odd events of the message that were read one by one"
