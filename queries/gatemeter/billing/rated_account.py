"""Accounts in a period: the plan that each is rated by, and its hours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from clickhouse_connect.driver.client import Client

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.plans.charge import Metered
from gatemeter.plans.plan import Account, Plan, PlanBook
from gatemeter.reports.period import TimeSpan


@dataclass(frozen=True, slots=True)
class RatedAccount:
    """An account in a period: its plan then, and the hours."""

    account: Account
    plan: Plan
    first_day: date
    span: TimeSpan

    @property
    def metered(self) -> Iterator[Metered]:
        """The charges that ask for a quantity."""
        return (each for each in self.plan.charges if each.model != "flat")


def rated_accounts(
    client: Client, book: PlanBook, accounts: Sequence[Account], period: BillingPeriod
) -> Iterator[RatedAccount]:
    """Those of `accounts` that are on a plan in `period`. Raises as `BillingPeriod.spans` does."""
    spans = period.spans(client, accounts)
    for account in accounts:
        first_day = period.first_day(account.anchor_day)
        assigned = account.plan_on(first_day)
        plan = book.plan(assigned.plan, first_day) if assigned else None
        if plan is not None:
            yield RatedAccount(account, plan, first_day, spans[account.id])
