"""Budgets, and what is used of them, as rows that people can read."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_FLOOR, localcontext

from gatemeter.budgets.budget import Budget, BudgetBook
from gatemeter.budgets.use import Use
from gatemeter.metrics.catalogue import metric
from gatemeter.plans.amount import plain
from gatemeter.plans.plan_list import filter_text

_TIME = "%Y-%m-%dT%H:%MZ"


@dataclass(frozen=True, slots=True)
class ListedBudget:
    """A budget as the file has it; `per` is '' for one that is for all together."""

    budget: str
    meter: str
    filter: str
    per: str
    only: str
    limit: str
    currency: str | None
    window: str
    thresholds: str
    enforce: bool


@dataclass(frozen=True, slots=True)
class CheckedBudget:
    """What `scope` has used of a budget from `begin` up to `end`, in UTC.

    Where `is_known` is false, `used` is a lower bound and `note` says why. `reached` is the highest threshold reached,
    in percent.
    """

    budget: str
    scope: str
    begin: str
    end: str
    meter: str
    used: str
    limit: str
    currency: str | None
    percent: str
    reached: str | None
    is_known: bool
    note: str


def listed_budgets(book: BudgetBook) -> Iterator[ListedBudget]:
    """All budgets, in the order of the file."""
    for each in book.budgets:
        yield ListedBudget(
            budget=each.name,
            meter=each.meter,
            filter=filter_text(each.filters),
            per=each.per or "",
            only=", ".join(each.only),
            limit=plain(each.limit),
            currency=each.currency,
            window=_window_text(each),
            thresholds=", ".join(f"{plain(one)} %" for one in each.thresholds),
            enforce=each.enforce,
        )


def checked_budget(use: Use) -> CheckedBudget:
    """The row of what is used."""
    budget = use.budget
    reached = [*use.reached]
    return CheckedBudget(
        budget=budget.name,
        scope=use.scope,
        begin=f"{use.window.start:{_TIME}}",
        end=f"{use.window.end:{_TIME}}",
        meter=budget.meter,
        used=plain(use.used),
        limit=plain(budget.limit),
        currency=budget.currency,
        percent=_percent(use),
        reached=plain(reached[-1]) if reached else None,
        is_known=use.is_known,
        note=why_not_known(use),
    )


def why_not_known(use: Use) -> str:
    """Why `used` is only a lower bound; '' where it is exact."""
    missing = [f"{use.missing:,} {metric(use.budget.meter).missing}"] if use.missing else []
    return "; ".join((*missing, *sorted(use.unknown)))


def _percent(use: Use) -> str:
    """Rounded down: what is not used up is not shown as 100 %."""
    with localcontext(rounding=ROUND_FLOOR):
        return f"{use.used * 100 / use.budget.limit:.1f}"


def _window_text(budget: Budget) -> str:
    zone = f" of {budget.time_zone}" if budget.time_zone else ""
    day = f" from day {budget.anchor_day}" if budget.anchor_day else ""
    return f"{budget.window}{zone}{day}"
