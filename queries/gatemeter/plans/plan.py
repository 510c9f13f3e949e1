"""Plans, and who is on them since when."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from gatemeter.output.text import shortened
from gatemeter.plans.billable_rule import BillableRule, Texts
from gatemeter.plans.charge import Charge, Name, Part
from gatemeter.plans.days import Day, DayOfMonth
from gatemeter.plans.minor_units import decimal_places

Rounding = Literal["half_even", "half_up", "up", "down"]
"""How an amount is rounded to the currency's smallest unit; half_up takes halves away from zero."""


Corrections = Literal["delta", "reversal"]
"""How later usage of a closed period is booked: as the difference alone, or as what was billed taken back, and anew."""


def _is_currency(code: str) -> str:
    if code != code.upper():
        msg = f"{code} is no currency of ISO 4217, whose codes are in capitals, as EUR"
        raise ValueError(msg)
    decimal_places(code)
    return code


Currency = Annotated[str, AfterValidator(_is_currency)]


class Plan(Part):
    """What the periods that begin on `valid_from` or later cost, until a later one of the same name begins."""

    name: Name
    valid_from: Day
    currency: Currency
    rounding: Rounding = "half_even"
    charges: Annotated[tuple[Charge, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        _refuse_twice("charge", [each.name for each in self.charges])
        return self


class Assignment(Part):
    """From the period on that begins on `valid_from` or later, an account is on `plan`."""

    plan: Name
    valid_from: Day


class Account(Part):
    """Who gets a bill: everything of its `consumers`, `teams` and `workspaces`.

    Periods begin on `anchor_day` of a month (on the last day of shorter months) at midnight in `time_zone`.
    """

    id: Annotated[str, Field(min_length=1, max_length=128)]
    name: str = ""
    consumers: Texts = ()
    teams: Texts = ()
    workspaces: Texts = ()
    time_zone: str = "UTC"
    anchor_day: DayOfMonth = 1
    plans: Annotated[tuple[Assignment, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if not (self.consumers or self.teams or self.workspaces):
            msg = "name consumers, teams or workspaces: it has none"
            raise ValueError(msg)
        for kind, name in self.names:
            if self.names.count((kind, name)) > 1:
                msg = f"{kind}s: {shortened(name)} is there twice"
                raise ValueError(msg)
        dates = [each.valid_from for each in self.plans]
        for first, second in pairwise(dates):
            if first >= second:
                msg = f"plans: two from {second}" if first == second else f"plans: {second} stands behind {first}"
                raise ValueError(msg)
        return self

    @property
    def names(self) -> Sequence[tuple[str, str]]:
        """Whose usage it has: kind (`consumer`, `team`, `workspace`) and name."""
        by_kind = {"consumer": self.consumers, "team": self.teams, "workspace": self.workspaces}
        return [(kind, name) for kind, names in by_kind.items() for name in names]

    def plan_on(self, day: date) -> Assignment | None:
        """The assignment of a period that begins on `day`; None where the account has none yet."""
        return next((each for each in reversed(self.plans) if each.valid_from <= day), None)


class PlanBook(Part):
    """A plan file. `subject` says how `consumers` are named, `corrections` how what comes late is booked."""

    subject: Literal["id", "username", "custom_id", "workspace/username", "workspace/custom_id"] = "id"
    corrections: Corrections = "delta"
    billable: tuple[BillableRule, ...] = ()
    plans: Annotated[tuple[Plan, ...], Field(min_length=1)]
    accounts: tuple[Account, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _refuse_twice("account", [each.id for each in self.accounts])
        _refuse_twice(
            "billable rule", [f"from {each.valid_from} of {name}" for each in self.billable for name in each.meters]
        )
        _refuse_twice("plan", [f"{each.name} from {each.valid_from}" for each in self.plans])
        for what in ("consumers", "teams", "workspaces"):
            named = [(name, each.id) for each in self.accounts for name in getattr(each, what)]
            _refuse_two_accounts(what.removesuffix("s"), named)
        for account in self.accounts:
            for wrong in self._wrong_assignments(account):
                raise ValueError(wrong)
        return self

    def plan(self, name: str, day: date) -> Plan | None:
        """The plan of this name for periods that begin on `day`; None where it has not begun."""
        dated = [each for each in self.plans if each.name == name and each.valid_from <= day]
        return max(dated, key=lambda each: each.valid_from, default=None)

    @property
    def document(self) -> dict[str, Any]:
        """The file as JSON values, defaults written out; `PlanBook.model_validate` reads it."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def _wrong_assignments(self, account: Account) -> Iterator[str]:
        for each in account.plans:
            found = self.plan(each.plan, each.valid_from)
            if found is None:
                known = ", ".join(sorted({plan.name for plan in self.plans}))
                is_later = any(plan.name == each.plan for plan in self.plans)
                why = "begins later" if is_later else f"there is none of that name; there are {known}"
                yield f"account {account.id}: plan {each.plan} from {each.valid_from}: {why}"
        currencies = {plan.currency for each in account.plans for plan in self.plans if plan.name == each.plan}
        if len(currencies) > 1:
            named = " and ".join(sorted(currencies))
            yield f"account {account.id}: its plans are in {named}; an account has one currency"


def _refuse_twice(what: str, names: Sequence[str]) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            msg = f"{what} {name} is there twice"
            raise ValueError(msg)


def _refuse_two_accounts(what: str, named: Sequence[tuple[str, str]]) -> None:
    owners: dict[str, str] = {}
    for name, account in named:
        if name in owners:
            msg = f"{what} {name} belongs to account {owners[name]} and to account {account}"
            raise ValueError(msg)
        owners[name] = account
