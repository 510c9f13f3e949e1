"""A stored dead letter, and what a replay makes of it."""

from dataclasses import dataclass
from enum import StrEnum

from gatemeter.contracts.letter_place import LetterPlace
from gatemeter.streams.event_batch import RAW_LIMIT_BYTES, TOO_MANY_REJECTED
from gatemeter.streams.redaction import has_lost_an_answer

_CUT_REASONS = ("line_too_long", TOO_MANY_REJECTED)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A letter as it is stored.

    `raw` is the redacted text of the first bytes of `raw_size_bytes`, so its own length says nothing. `is_unfinished`
    marks the last line of a file that no newline has ended yet.
    """

    place: LetterPlace
    topic: str
    log_format: str
    reason: str
    raw: bytes
    raw_size_bytes: int
    is_unfinished: bool = False

    @property
    def is_kept_whole(self) -> bool:
        """Whether `raw` is all of the event that can be metered."""
        is_whole = self.raw_size_bytes <= RAW_LIMIT_BYTES and self.reason not in _CUT_REASONS
        return is_whole and not has_lost_an_answer(self.raw)


class Fate(StrEnum):
    """What becomes of a letter."""

    REPLAYED = "replayed"
    """Its events are counted, and it is taken back."""
    STILL_REJECTED = "still_rejected"
    NOT_KEPT_WHOLE = "not_kept_whole"
    """Only the first bytes are there, or a model's answer was taken out: what can be read would not be the event."""
    UNFINISHED = "unfinished"
    """Metering its file reads the line again once it is ended; it would then be counted twice."""


@dataclass(frozen=True, slots=True)
class ReplayedLetter:
    """A letter's fate; `reason` and `detail` say why it is rejected at present, if it is."""

    place: LetterPlace
    topic: str
    fate: Fate
    reason: str = ""
    detail: str = ""
