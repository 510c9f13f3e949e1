"""A dead letter as it is stored, whoever reads it: a report, or a replay."""

from dataclasses import dataclass

from gatemeter.wire.event_location import EventLocation


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that could not be counted, with the redacted text of its first bytes.

    `raw_size_bytes` is the size of the whole event, so the length of `raw` may be less. `message_time` is UTC text
    (`2026-02-03T10:00:00.123Z`), None where the log keeps no times. `is_unfinished` marks the last line of a file
    that no newline has ended yet. Reasons and formats are those of `schema.DEAD_LETTERS`.
    """

    location: EventLocation
    topic: str
    log_format: str
    reason: str
    raw: bytes
    raw_size_bytes: int
    is_unfinished: bool = False
    message_time: str | None = None
    detail: str = ""
