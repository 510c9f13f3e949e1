"""How much of a budget is used in a window, and by whom."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gatemeter.billing.rating import difference, total
from gatemeter.budgets.budget import CONSUMER, Budget
from gatemeter.metrics.catalogue import metric
from gatemeter.output.placeholders import NOBODY
from gatemeter.plans.billable_rule import BillableRule
from gatemeter.plans.plan import Account
from gatemeter.reports.period import TimeSpan

_DECLARATION = "meter_declaration"


@dataclass(slots=True)
class Use:
    """What `scope`, '' for all, has used of a budget in a window.

    `used` is exact, and a lower bound where something is `missing` (so many events have no value, as calls without a
    price), or where `unknown` says why it is not known.
    """

    budget: Budget
    scope: str
    window: TimeSpan
    used: Decimal = Decimal(0)
    missing: int = 0
    unknown: set[str] = field(default_factory=set)
    declarations: set[str] = field(default_factory=set)

    @property
    def is_known(self) -> bool:
        """Whether `used` is all of it."""
        return not self.missing and not self.unknown

    @property
    def left(self) -> Decimal:
        """What is left at most; less than 0 where more is used than the limit."""
        return difference(self.budget.limit, self.used)

    @property
    def reached(self) -> Iterator[Decimal]:
        """The thresholds that are certainly reached, in percent."""
        return (each for each in self.budget.thresholds if self.budget.is_reached(each, self.used))

    @property
    def is_used_up(self) -> bool:
        """Whether certainly nothing is left."""
        return self.left <= 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Add what a row of the query engine says."""
        found, value = metric(self.budget.meter), row[self.budget.meter]
        self.missing += int(row[found.missing] or 0) if found.missing else 0
        amount = Decimal(value or 0)
        if self.budget.is_money and amount and row[found.label] != self.budget.currency:
            self.unknown.add(f"some of it is in {row[found.label] or 'a currency that is not named'}")
            return
        if value is not None and _DECLARATION in row:
            self.declarations.add(row[_DECLARATION])
            if len(self.declarations) > 1:
                self.unknown.add("it was counted by two declarations of the meter: name one, as meter:NAME@DECLARATION")
                return
        self.used = total((self.used, amount))


@dataclass(slots=True)
class AskedBudget:
    """A budget in one window, for `accounts` by their ids where it is one for accounts, and what is used by scope.

    `rule` says what of its meter is billable, where only that is counted; None where all is.
    """

    budget: Budget
    window: TimeSpan
    accounts: Mapping[str, Account] | None = None
    rule: BillableRule | None = None
    uses: dict[str, Use] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Those that the budget names have used nothing until a row says so."""
        names = self.budget.only if self.accounts is None else tuple(self.accounts)
        for scope in names if self.budget.per else ("",):
            self._use(scope)

    def add(self, row: Mapping[str, Any], account: Account | None) -> None:
        """Add a row, of usage of `account`, where the budget is for it."""
        if (use := self.use_of(row, account)) is not None:
            use.add(row)

    def use_of(self, row: Mapping[str, Any], account: Account | None) -> Use | None:
        """What a row, of usage of `account`, is part of; None where the budget does not count it."""
        if self.budget.meter not in row or not all(each.holds(row[each.dimension]) for each in self.budget.filters):
            return None
        if self.rule is not None and not self.rule.takes(row):
            return None
        scope = self._scope(row, account)
        return None if scope is None else self._use(scope)

    def is_not_known(self, why: str) -> None:
        """Nothing can be said of it: of nobody, where it is for everybody without names, as the scope '' says then."""
        if self.budget.per and not self.budget.only and self.accounts is None:
            self._use("")
        for use in self.uses.values():
            use.unknown.add(why)

    def _use(self, scope: str) -> Use:
        return self.uses.setdefault(scope, Use(self.budget, scope, self.window))

    def _scope(self, row: Mapping[str, Any], account: Account | None) -> str | None:
        if self.budget.per is None:
            return ""
        if self.accounts is not None:
            return account.id if account is not None and account.id in self.accounts else None
        scope = str(row[self.budget.per])
        is_nobody = scope == "" or (self.budget.per == CONSUMER and scope == NOBODY)
        return scope if scope in self.budget.only or (not self.budget.only and not is_nobody) else None


@dataclass(frozen=True, slots=True)
class CutHour:
    """An hour of which only a part is in the window of `asked`: whoever used something in it has used more, perhaps."""

    asked: AskedBudget
    hour: TimeSpan

    @property
    def budget(self) -> Budget:
        """The budget."""
        return self.asked.budget

    @property
    def accounts(self) -> Mapping[str, Account] | None:
        """See `AskedBudget`."""
        return self.asked.accounts

    def add(self, row: Mapping[str, Any], account: Account | None) -> None:
        """Say so of whom a row is."""
        missing = metric(self.budget.meter).missing
        if not row.get(self.budget.meter) and not (missing and row[missing]):
            return
        if (use := self.asked.use_of(row, account)) is not None:
            use.unknown.add(
                f"the hour {self.hour.start:%Y-%m-%dT%H:%MZ} is left out: the window begins or ends within it"
            )

    def is_not_known(self, why: str) -> None:
        """Nothing can be said of the hour."""
        self.asked.is_not_known(why)
