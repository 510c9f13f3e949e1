"""What a provider's export states: amounts by model, time and kind, and the rows that could not be read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What an amount is of. Classes of tokens share nothing, but for `ALL_INPUT`, which holds all of the input."""

    COST = "cost"
    CALLS = "calls"
    INPUT = "input"
    """Neither read from a cache nor written to one."""
    CACHED = "cached input"
    CACHE_WRITE = "cache write"
    CACHE_WRITE_1H = "cache write 1h"
    ALL_INPUT = "all input"
    OUTPUT = "output"
    """With reasoning."""
    AUDIO_INPUT = "audio input"
    AUDIO_OUTPUT = "audio output"

    @property
    def is_input(self) -> bool:
        """Whether it is a part of `ALL_INPUT`."""
        return self in _PARTS_OF_INPUT


_PARTS_OF_INPUT = (Kind.INPUT, Kind.CACHED, Kind.CACHE_WRITE, Kind.CACHE_WRITE_1H)


class ChargeKind(StrEnum):
    """What a charge that is not for tokens is for."""

    USAGE = "usage"
    """Something else that was used, as searches."""
    NO_USAGE = "no usage"
    """Nothing that was used: taxes, credits, fees, discounts."""
    CORRECTION = "correction"
    """Usage of an earlier bill, which is corrected."""


class Interval(NamedTuple):
    """From `start` up to, not including, `end`; both aware, in UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Interval") -> bool:
        """Whether they have a moment in common."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class StatedAmount:
    """An amount that stands at `where` (`FILE:LINE`): money in `currency`, or a number of `kind` without one.

    `model` is as the file writes it, '' where the amount is of all models. `charge` names a charge that is not for
    tokens, as `Tax`, and `charge_kind` says what that is for. `scope` is whose it is (account, project, key), and
    `identity` all that tells its rows apart. `usage` says what was used of a row that is unlike all others of its time,
    so that parts of one report can be told from two reports.
    """

    where: str
    interval: Interval
    model: str
    kind: Kind
    amount: Decimal
    currency: str = ""
    charge: str = ""
    scope: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    charge_kind: ChargeKind = ChargeKind.USAGE
    usage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnreadRow:
    """A row at `where` that says something that could not be read."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(slots=True)
class Export:
    """What one file states of a provider. `span` is what the file is of, also where nothing was used.

    `left_out` counts rows that are not about calls to models, `remarks` those that are odd and compared all the same;
    `unread` rows make the comparison incomplete.
    `has_more` says that it is a page, and another one follows.
    """

    path: str
    source: str
    provider: str
    amounts: list[StatedAmount] = field(default_factory=list)
    unread: list[UnreadRow] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    remarks: dict[str, int] = field(default_factory=dict)
    intervals: list[Interval] = field(default_factory=list)
    has_more: bool = False

    @property
    def span(self) -> Interval:
        """From the first moment to the last that it tells of."""
        return spanned([*self.intervals, *(each.interval for each in self.amounts)])

    @property
    def is_of_costs(self) -> bool | None:
        """Whether it has costs, or usage; None where it has nothing."""
        return self.amounts[0].kind is Kind.COST if self.amounts else None

    def leave_out(self, what: str) -> None:
        """Count a row that is left out on purpose."""
        self.left_out[what] = self.left_out.get(what, 0) + 1

    def remark(self, what: str) -> None:
        """Count a row that is odd."""
        self.remarks[what] = self.remarks.get(what, 0) + 1


def spanned(intervals: Sequence[Interval]) -> Interval:
    """The shortest interval that holds all of them."""
    return Interval(min(each.start for each in intervals), max(each.end for each in intervals))
