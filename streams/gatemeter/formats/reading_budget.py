"""How much work is done for one message, whatever it holds.

The limits are counted in bytes, lines and events, never in seconds: what a message decodes to depends on its bytes
alone. An event that is read by itself takes up to a tenth of a millisecond, so a message takes some seconds at most.

What is left over becomes dead letters. They are read without a budget when somebody replays them: whatever lies in
one is bounded by the size of its original.
"""

from collections.abc import Iterator

from gatemeter.events.rejected_text import ORIGINAL_LIMIT_BYTES

MESSAGE_LIMIT_BYTES = 64 * 1024 * 1024
MESSAGE_LIMIT_LINES = 1_000_000
"""A message that exceeds one of them is not taken apart: it is dead letters of many lines each."""

_UNITS_PER_MESSAGE = 10_000
_UNIT_BYTES = 4096


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


def pieces(text: bytes) -> Iterator[tuple[int, bytes]]:
    """`text` cut at ends of lines so that the originals of all pieces can be kept; a longer line is a piece by itself.

    With each piece how many lines stand before it. Blank lines at its beginning are left out.
    """
    start = lines_before = 0
    while start < len(text):
        end = _end_of_piece(text, start)
        piece = text[start:end]
        blank = piece[: len(piece) - len(piece.lstrip())]
        if len(blank) < len(piece):
            yield lines_before + blank.count(b"\n"), piece[blank.rfind(b"\n") + 1 :]
        lines_before += piece.count(b"\n") + 1
        start = end + 1


def _end_of_piece(text: bytes, start: int) -> int:
    limit = start + ORIGINAL_LIMIT_BYTES
    if len(text) <= limit:
        return len(text)
    end = text.rfind(b"\n", start, limit + 1)
    end = text.find(b"\n", limit) if end < 0 else end
    return len(text) if end < 0 else end


def piece_detail(piece: bytes) -> str:
    """Why the lines of `piece` are one dead letter, in words."""
    lines = piece.count(b"\n") + 1
    return f"{lines} lines from here on, after {_UNITS_PER_MESSAGE} odd events of the message that were read one by one"
