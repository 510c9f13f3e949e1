"""What a period is rated by: plan files, and the rule for what is billable where they say nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_index import UsageOwners
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.plans.billable_rule import DEFAULT_RULE, BillableRule
from gatemeter.plans.plan import Account, Plan, PlanBook


@dataclass(frozen=True, slots=True)
class RatingBasis:
    """One plan file for an open period; of a closed one that of its statement, and behind it those that came later.

    A later file rates only usage that no account had by those before it.
    """

    books: Sequence[PlanBook]
    default_rule: BillableRule = DEFAULT_RULE

    @property
    def subject(self) -> str:
        """By which name consumers are named, in all of `books`."""
        return self.books[0].subject

    def accounts(self, client: Client, period: BillingPeriod) -> Sequence[RatedAccount]:
        """The accounts that are on a plan in `period`, each by the first file that says which.

        Raises SettingsError for a time zone that usage cannot be told in.
        """
        planned = _planned(self.books, period)
        spans = period.spans(client, [account for account, _, _ in planned])
        return [
            RatedAccount(
                account,
                plan,
                period.first_day(account.anchor_day),
                spans[account.id],
                book.billable,
                self.default_rule,
            )
            for account, plan, book in planned
        ]

    def owners(self, accounts: Sequence[RatedAccount]) -> UsageOwners:
        """Whose usage is whose; `accounts` are all that are on a plan in the period."""
        return UsageOwners(self.books, [each.account.id for each in accounts])

    def may_add(self, book: PlanBook, period: BillingPeriod) -> bool:
        """Whether `book` can give usage of `period` to an account that had none of it by `books`."""
        if book.subject != self.subject:
            return False
        known = {account.id for account, _, _ in _planned(self.books, period)}
        named = {
            name for each in self.books for account in each.accounts if account.id in known for name in account.names
        }
        return any(
            account.id not in known or not named.issuperset(account.names) for account, _, _ in _planned([book], period)
        )


def _planned(books: Sequence[PlanBook], period: BillingPeriod) -> Sequence[tuple[Account, Plan, PlanBook]]:
    found: dict[str, tuple[Account, Plan, PlanBook]] = {}
    for book in books:
        for account in book.accounts:
            if account.id not in found and (plan := _plan_of(account, book, period)) is not None:
                found[account.id] = (account, plan, book)
    return list(found.values())


def _plan_of(account: Account, book: PlanBook, period: BillingPeriod) -> Plan | None:
    first_day = period.first_day(account.anchor_day)
    assigned = account.plan_on(first_day)
    return book.plan(assigned.plan, first_day) if assigned else None
