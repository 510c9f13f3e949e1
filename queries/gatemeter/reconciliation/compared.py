"""A row of a reconciliation: what an export states, what was counted here, and how the difference comes about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from enum import StrEnum
from typing import Any

from gatemeter.plans.amount import plain

EXACT = Context(prec=200)
"""Enough digits for exact sums and differences of costs."""


class Cause(StrEnum):
    """What explains a difference, as far as the numbers prove it."""

    TIME_ZONE = "days of another time zone"
    CACHED_APART = "cached tokens counted apart"
    ROUNDING = "rounding"
    NOT_USAGE = "not for using a model"
    BEFORE_COUNTING = "counting began later"


@dataclass(slots=True)
class ComparedAmount:
    """One model, day and kind. `unit` is a currency, `tokens` or `calls`.

    `explained` adds up what `causes` account for; `hints` are what may account for the rest, without a number.
    """

    provider: str
    model: str
    period: str
    kind: str
    unit: str
    stated: Decimal
    counted: Decimal
    where: str = ""
    rows: int = 0
    explained: Decimal = Decimal(0)
    causes: list[Cause] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    is_finding: bool = False

    @property
    def difference(self) -> Decimal:
        """What the export states beyond what was counted; negative where it states less."""
        return EXACT.subtract(self.stated, self.counted)

    @property
    def unexplained(self) -> Decimal:
        """The rest of the difference."""
        return EXACT.subtract(self.difference, self.explained)

    def explain(self, cause: Cause, amount: Decimal) -> None:
        """Account for `amount` of the difference."""
        if amount:
            self.explained += amount
            self.causes.append(cause)

    def record(self) -> dict[str, Any]:
        """A row of every form of output; docs/reconcile.md describes the columns."""
        return {
            "provider": self.provider,
            "model": self.model or None,
            "period": self.period,
            "class": self.kind,
            "unit": self.unit,
            "stated": plain(self.stated),
            "counted": plain(self.counted),
            "difference": plain(self.difference),
            "explained": plain(self.explained),
            "unexplained": plain(self.unexplained),
            "cause": ", ".join(self.causes) or None,
            "hint": "; ".join(self.hints) or None,
            "is_finding": self.is_finding,
        }


COMPARED_COLUMNS = (
    *("provider", "model", "period", "class", "unit", "stated", "counted", "difference", "explained", "unexplained"),
    *("cause", "hint", "is_finding"),
)


def totals(rows: Iterable[ComparedAmount]) -> list[dict[str, Any]]:
    """The sums by provider, class and unit: two currencies are never added."""
    found: dict[tuple[str, str, str], ComparedAmount] = {}
    for row in rows:
        key = (row.provider, row.kind, row.unit)
        total = found.setdefault(key, ComparedAmount(row.provider, "", "", row.kind, row.unit, Decimal(0), Decimal(0)))
        total.stated = EXACT.add(total.stated, row.stated)
        total.counted = EXACT.add(total.counted, row.counted)
        total.explained = EXACT.add(total.explained, row.explained)
    keys = ("provider", "class", "unit", "stated", "counted", "difference", "explained", "unexplained")
    return [{name: each.record()[name] for name in keys} for each in found.values()]


def chosen_findings(rows: Sequence[ComparedAmount]) -> list[ComparedAmount]:
    """The rows whose rest is beyond the tolerance."""
    return [row for row in rows if row.is_finding]
