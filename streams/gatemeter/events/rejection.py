"""Events that cannot be counted, and how much of them is kept."""

from dataclasses import dataclass, replace

from gatemeter.events.masking import Masked, mask_text

EventPosition = tuple[int, int, int]
"""Value index, line and event index: the index of the event's message among the decoded ones, its 1-based line there,
and its 0-based place in a line that holds an array of events."""

ORIGINAL_LIMIT_BYTES = 4 * 1024 * 1024
"""The longest rejected event whose original is kept: the longest line that is read as an event."""

REJECTIONS_PER_MESSAGE = 1_000
"""How many rejected events of a message are kept one by one: twice what a full frame holds of events."""

TOO_MANY_REJECTED = "too_many_rejected"
"""The reason of the one rejection for all further events of its message."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that cannot be counted: its position (see `EventPosition`), and why.

    `raw` is what may be stored of it in clear: the whole event of `raw_size_bytes`, or its mask if it `is_masked`.
    `original` is the whole event then, or b'' if it is too long to keep; it may be stored encrypted only.
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
class RejectionLimit:
    """Appends rejections to a list, at most `REJECTIONS_PER_MESSAGE` a message and one more for all that follow.

    Messages must be rejected from in order.
    """

    _in_message: int = 0

    def append(
        self,
        rejections: list[Rejection],
        position: EventPosition,
        reason: str,
        detail: str,
        text: bytes,
        masked: Masked | None,
    ) -> None:
        """Keep the event `text`, of which `masked` may be kept in clear (None: its size).

        Beyond the limit only sizes are added up.
        """
        last = rejections[-1] if rejections else None
        if last is None or last.value_index != position[0]:
            self._in_message = 0
        self._in_message += 1
        beyond = self._in_message - REJECTIONS_PER_MESSAGE
        if last is not None and beyond > 1:
            size_bytes = last.raw_size_bytes + len(text)
            rejections[-1] = replace(last, detail=_beyond(beyond), raw_size_bytes=size_bytes)
            return
        raw, is_masked = masked or mask_text(text)
        original = text if is_masked and len(text) <= ORIGINAL_LIMIT_BYTES else b""
        if beyond == 1:
            reason, detail, original = TOO_MANY_REJECTED, _beyond(beyond), b""
        rejections.append(Rejection(*position, reason, detail, raw, len(text), is_masked, original))


def _beyond(count: int) -> str:
    return f"{count} events from here on; {REJECTIONS_PER_MESSAGE} more stand before them"
