"""An account in one period: the plan that it is on then, and its hours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from gatemeter.plans.billable_rule import DEFAULT_RULE, BillableRule, rule_of
from gatemeter.plans.charge import Metered
from gatemeter.plans.plan import Account, Plan
from gatemeter.reports.period import TimeSpan


@dataclass(frozen=True, slots=True)
class RatedAccount:
    """`rules` say what is billable of its usage, and `default_rule` where they say nothing."""

    account: Account
    plan: Plan
    first_day: date
    span: TimeSpan
    rules: Sequence[BillableRule] = ()
    default_rule: BillableRule = DEFAULT_RULE

    @property
    def metered(self) -> Iterator[Metered]:
        """The charges that ask for a quantity."""
        return (each for each in self.plan.charges if each.model != "flat")

    def rule_for(self, meter: str) -> BillableRule | None:
        """What is billable of `meter`; None for all of it."""
        return rule_of(self.rules, meter, self.first_day, self.default_rule)
