"""Budgets, and what is used of them, as rows that people can read."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import ROUND_FLOOR, localcontext
from typing import Any

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
    billable: bool
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

    Where `is_known` is false, `used` and `percent` are None, `used_at_least` is a lower bound, and `note` says why.
    `reached` is the highest threshold that is certainly reached, in percent.
    """

    budget: str
    scope: str
    begin: str
    end: str
    meter: str
    used: str | None
    used_at_least: str
    limit: str
    currency: str | None
    percent: str | None
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
            billable=each.billable,
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
        used=plain(use.used) if use.is_known else None,
        used_at_least=plain(use.used),
        limit=plain(budget.limit),
        currency=budget.currency,
        percent=_percent(use) if use.is_known else None,
        reached=plain(reached[-1]) if reached else None,
        is_known=use.is_known,
        note=why_not_known(use),
    )


def shown_budget(use: Use) -> dict[str, Any]:
    """The row for people: `used` and `percent` of a lower bound begin with `>=`, and are None where it is 0."""
    row = asdict(checked_budget(use))
    at_least = row.pop("used_at_least")
    if not use.is_known and use.used:
        row |= {"used": f">= {at_least}", "percent": f">= {_percent(use)}"}
    return row


def lines_of_unknown(uses: Sequence[Use]) -> Iterator[str]:
    """A line for each budget of which something is not known: in how many rows, and all that is the reason."""
    for name in dict.fromkeys(each.budget.name for each in uses if not each.is_known):
        unknown = [each for each in uses if each.budget.name == name and not each.is_known]
        scopes = [*dict.fromkeys(each.scope for each in unknown if each.scope)]
        others = f" and {len(scopes) - 1:,} more" if len(scopes) > 1 else ""
        missing, reasons = sum(each.missing for each in unknown), {why for each in unknown for why in each.unknown}
        reason = why_not_known(replace(unknown[0], missing=missing, unknown=reasons))
        yield f"budget {name}: what is used{f' by {scopes[0]}{others}' if scopes else ''} is not known: {reason}"


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
