"""Events that cannot be counted, and how much of them is kept."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gatemeter.events.masking import Masked, described_text, mask_text
from gatemeter.events.rejected_text import ORIGINAL_LIMIT_BYTES, EventPosition, RejectedText, as_line

REJECTIONS_PER_MESSAGE = 1_000
"""How many rejected events of a message are kept one by one: twice what a full frame holds of events."""

TOO_MANY_REJECTED = "too_many_rejected"
"""The reason of a rejection that stands for several further events of its message."""

LINE_TOO_LONG = "line_too_long"
"""The reason of a line that is longer than any event."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that cannot be counted: its position (see `EventPosition`), and why.

    `raw` is what may be stored of it in clear: the whole event of `raw_size_bytes`, or its mask if it `is_masked`.
    `original` is the whole event then, or b'' if it is too long to keep; it may be stored encrypted only. One that
    stands for several events has the text of all of them there (`rejected_text`).
    """

    value_index: int
    line: int
    event_index: int
    reason: str
    detail: str
    raw: bytes
    raw_size_bytes: int
    is_masked: bool = False
    original: bytes = b""


@dataclass(slots=True)
class Rejections:
    """The rejections of consecutive messages, which must be added in order.

    `REJECTIONS_PER_MESSAGE` of a message stay by themselves. Those beyond share rejections, each with as many events
    as `ORIGINAL_LIMIT_BYTES` hold.
    """

    _kept: list[Rejection] = field(default_factory=list)
    _shared: RejectedText | None = None
    _value_index: int = -1
    _in_message: int = 0

    def add(self, position: EventPosition, reason: str, detail: str, text: bytes, masked: Masked | None) -> None:
        """Keep the event `text`, of which `masked` may be kept in clear (None: its size)."""
        if position[0] != self._value_index:
            self._share_no_more()
            self._value_index, self._in_message = position[0], 0
        self._in_message += 1
        # A text that is too long for its original would spoil that of the others.
        if self._in_message <= REJECTIONS_PER_MESSAGE or len(text) > ORIGINAL_LIMIT_BYTES:
            self.add_piece(position, reason, detail, text, masked)
            return
        line = as_line(text, reason)
        if self._shared is None or not self._shared.has_room(position, line):
            self._share_no_more()
            self._shared = RejectedText(position)
        self._shared.add(position, line)

    def add_piece(
        self, position: EventPosition, reason: str, detail: str, text: bytes, masked: Masked | None = None
    ) -> None:
        """Keep `text` by itself, however many were added of the message."""
        self._share_no_more()
        raw, is_masked = masked or mask_text(text)
        original = text if is_masked and len(text) <= ORIGINAL_LIMIT_BYTES else b""
        self._kept.append(Rejection(*position, reason, detail, raw, len(text), is_masked, original))

    def extend(self, others: Iterable[Rejection]) -> None:
        """Append rejections of other messages."""
        found = list(others)
        if found:
            self._share_no_more()
            self._kept += found

    def finished(self) -> list[Rejection]:
        """All that were added."""
        self._share_no_more()
        return self._kept

    def _share_no_more(self) -> None:
        if self._shared is not None:
            shared, text = self._shared, self._shared.text()
            detail = f"{shared.event_count} events from here on; {REJECTIONS_PER_MESSAGE} or more stand before them"
            raw = described_text(text)
            self._kept.append(Rejection(*shared.position, TOO_MANY_REJECTED, detail, raw, len(text), True, text))
            self._shared = None
