"""Events that cannot be counted, and how much of them is kept."""

from dataclasses import dataclass, replace

from gatemeter.events.redaction import redact

EventPosition = tuple[int, int, int]
"""Value index, line and event index: the index of the event's message among the decoded ones, its 1-based line there,
and its 0-based place in a line that holds an array of events."""

RAW_LIMIT_BYTES = 16 * 1024
"""How many bytes of a rejected event are kept."""

REJECTIONS_PER_MESSAGE = 1_000
"""How many rejected events of a message are kept one by one: twice what a full frame holds of events."""

TOO_MANY_REJECTED = "too_many_rejected"
"""The reason of the one rejection for all further events of its message."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that cannot be counted: its position (see `EventPosition`), why, and its redacted text.

    `raw` holds the first `RAW_LIMIT_BYTES` of `raw_size_bytes`.
    """

    value_index: int
    line: int
    event_index: int
    reason: str
    detail: str
    raw: bytes
    raw_size_bytes: int


@dataclass(slots=True)
class RejectionLimit:
    """Appends rejections to a list, at most `REJECTIONS_PER_MESSAGE` a message and one more for all that follow.

    Messages must be rejected from in order.
    """

    _in_message: int = 0

    def append(
        self, rejections: list[Rejection], position: EventPosition, reason: str, detail: str, text: bytes
    ) -> None:
        """Keep what may be stored of the event `text`; beyond the limit only its size is added up."""
        last = rejections[-1] if rejections else None
        if last is None or last.value_index != position[0]:
            self._in_message = 0
        self._in_message += 1
        beyond = self._in_message - REJECTIONS_PER_MESSAGE
        if last is not None and beyond > 1:
            size_bytes = last.raw_size_bytes + len(text)
            rejections[-1] = replace(last, detail=_beyond(beyond), raw_size_bytes=size_bytes)
            return
        if beyond == 1:
            reason, detail = TOO_MANY_REJECTED, _beyond(beyond)
        rejections.append(Rejection(*position, reason, detail, redact(text[:RAW_LIMIT_BYTES]), len(text)))


def _beyond(count: int) -> str:
    return f"{count} events from here on; {REJECTIONS_PER_MESSAGE} more stand before them"
