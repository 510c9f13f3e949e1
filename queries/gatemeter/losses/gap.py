"""How many requests a gateway counted more than arrived, and between which numbers that certainly lies."""

import re
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from gatemeter.errors import SettingsError
from gatemeter.losses.own_requests import CountedRange, OwnRequests
from gatemeter.losses.reading import Certainty, Reading
from gatemeter.output.text import shortened

_TOLERANCE = re.compile(r"(\d{1,18})|(\d{1,3}(?:\.\d{1,9})?)\s*%", re.ASCII)


@dataclass(frozen=True, slots=True)
class Gap:
    """The requests of a reading of which no event arrived: at least `least`, at most `most`; None is not known.

    Negative where more was counted than the gateway says. `counted` are ours in its window, and of `dead_letters` any
    number may be events of it, too: they arrived, though they cannot be counted.
    """

    reading: Reading
    counted: CountedRange
    dead_letters: int
    least: int | None
    most: int | None

    @property
    def is_certain_loss(self) -> bool:
        """Whether some request is missing for certain."""
        return self.least is not None and self.least > 0

    @property
    def is_certain_surplus(self) -> bool:
        """Whether more was counted for certain than the gateway says."""
        return self.most is not None and self.most < 0

    @property
    def has_nothing_counted(self) -> bool:
        """Whether the gateway counted requests of which no event can have arrived."""
        return self.reading.seen > 0 and self.counted.most == 0

    def text(self) -> str:
        """`40`, `12 to 40`, `at least 12`, `at most 40`, `not known`."""
        return gap_text(self.least, self.most)

    def per_cent(self) -> str:
        """The same in per cent of what the gateway counted, to two digits; '' where that is nothing."""
        if not self.reading.seen or (self.least is None and self.most is None):
            return ""
        shares = [
            f"{Decimal(100 * each) / self.reading.seen:.2f}" for each in (self.least, self.most) if each is not None
        ]
        shown = " to ".join(dict.fromkeys(shares))
        before = "at least " if self.most is None else "at most " if self.least is None else ""
        return f"{before}{shown} %"


def gap_text(least: int | None, most: int | None) -> str:
    """`40`, `12 to 40`, `at least 12`, `at most 40`, `not known`."""
    if least is None:
        return "not known" if most is None else f"at most {most:,}"
    if most is None:
        return f"at least {least:,}"
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def gap_of(reading: Reading, own: OwnRequests) -> Gap:
    """The reading beside our counts of its window and scope."""
    counted = own.counted(reading.window, reading.scope, reading.service, reading.route)
    letters = own.dead_letters_since(reading.window)
    least = None if reading.least is None else reading.least - counted.most - letters
    most = None if reading.most is None else reading.most - counted.least
    if reading.certainty is Certainty.NEITHER and reading.seen > 0 and counted.most + letters == 0:
        least = 1
    return Gap(reading, counted, letters, least, most)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A gap that is accepted: a number of requests, or a share of what the gateway counted, in per cent."""

    requests: int = 0
    per_cent: Decimal | None = None

    @classmethod
    def parse(cls, text: str) -> "Tolerance":
        """Read 100 or 0.1%. Raises SettingsError."""
        found = _TOLERANCE.fullmatch(text.strip())
        if found is None or (found[2] is not None and Decimal(found[2]) > 100):
            what = f"{shortened(text)!r} is not a tolerance"
            raise SettingsError(what, where="--tolerance", do="write a number of requests, or a share as 0.1%")
        return cls(requests=int(found[1])) if found[1] else cls(per_cent=Decimal(found[2]))

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.requests}" if self.per_cent is None else f"{self.per_cent}%"

    def of(self, requests: int) -> int:
        """How many of so many requests are accepted."""
        if self.per_cent is None:
            return self.requests
        return int((requests * self.per_cent / 100).to_integral_value(ROUND_FLOOR))

    def is_exceeded_by(self, gap: Gap) -> bool:
        """Whether the gap is beyond it for certain, in either direction."""
        accepted = self.of(gap.reading.seen)
        return (gap.least is not None and gap.least > accepted) or (gap.most is not None and -gap.most > accepted)
