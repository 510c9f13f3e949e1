"""The text of several rejected events of a message, from which each can be read again at its own line and index."""

import json

EventPosition = tuple[int, int, int]
"""Value index, line and event index: the index of the event's message among the decoded ones, its 1-based line there,
and its 0-based place in a line that holds an array of events."""

ORIGINAL_LIMIT_BYTES = 4 * 1024 * 1024
"""The longest rejected event whose original is kept: the longest line that is read as an event."""

COUNTED_ELSEWHERE = b'{"counted":1}'
"""Stands in an array for an event that the text is not about."""

_SENT_AS_COUNTED = b'{"counted":1.0}'
"""Stands for an event that reads as `COUNTED_ELSEWHERE`, so that it is not taken for one that was counted."""

_LONGEST_COMPARED_BYTES = 256


NOT_AN_OBJECT = "not_an_object"
"""The reason of JSON that cannot be an event because it is not an object."""


def as_line(text: bytes, reason: str) -> bytes:
    """The event `text`, which was rejected for `reason`, as a line that is read as this one event again.

    An array in the array of a line is not an event; as a line of its own it would be read as one event or several.
    """
    is_array = reason == NOT_AN_OBJECT and text.lstrip().startswith(b"[")
    return b"[" + text + b"]" if is_array else text


class RejectedText:
    """Rejected events of one message from `position` on, which must be added in order.

    Lines in between are blank, and in the array of a line `COUNTED_ELSEWHERE` stands for what is in between. Lines
    are counted from that of `position`; indexes too, in that line.
    """

    def __init__(self, position: EventPosition) -> None:
        self.position = position
        self.event_count = 0
        self._line = position[1]
        self._ended = bytearray()
        self._elements: list[bytes] = []
        self._elements_bytes = 0

    def has_room(self, position: EventPosition, text: bytes) -> bool:
        """Whether the text stays within `ORIGINAL_LIMIT_BYTES` with one more event."""
        _, line, index = position
        gap = line - self._line + (index if line != self._line else index - self._next_index)
        size = len(self._ended) + self._elements_bytes + gap * (len(COUNTED_ELSEWHERE) + 1) + len(_told_apart(text))
        return size + len("[],") <= ORIGINAL_LIMIT_BYTES

    def add(self, position: EventPosition, text: bytes) -> None:
        """Append an event for which there is room."""
        _, line, index = position
        if line != self._line:
            self._end_line()
            self._ended += b"\n" * (line - self._line)
            self._line = line
        for element in (*[COUNTED_ELSEWHERE] * (index - self._next_index), _told_apart(text)):
            self._elements.append(element)
            self._elements_bytes += len(element) + 1
        self.event_count += 1

    def text(self) -> bytes:
        """The text of all events that were added."""
        self._end_line()
        return bytes(self._ended)

    @property
    def _next_index(self) -> int:
        first_index = self.position[2] if self._line == self.position[1] else 0
        return first_index + len(self._elements)

    def _end_line(self) -> None:
        if len(self._elements) == 1:
            self._ended += self._elements[0]
        elif self._elements:
            self._ended += b"[" + b",".join(self._elements) + b"]"
        self._elements.clear()
        self._elements_bytes = 0


def _told_apart(text: bytes) -> bytes:
    if b"counted" not in text and b"\\u" not in text:
        return text
    if len(text.translate(None, b" \t\r\n")) > _LONGEST_COMPARED_BYTES:
        return text
    try:
        compact = json.dumps(json.loads(text), separators=(",", ":")).encode()
    except ValueError:
        return text
    return _SENT_AS_COUNTED if compact == COUNTED_ELSEWHERE else text
