"""Accounts and names that come back: plans of an earlier statement had them, and those of the last one do not.

What was between is rated by the calendar that they have now, so their first hours by it have to begin where the last
ones by the earlier calendar ended, or later where the plan file says that they begin then. Currencies may differ: each
period is rated in that of its own plan.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from clickhouse_connect.driver.client import Client

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.statement import Statement
from gatemeter.billing.statement_plans import plan_books
from gatemeter.plans.plan import Account, PlanBook

_MOST_MONTHS = 1_200
_MOMENT = "%Y-%m-%dT%H:%MZ"


class _Billed(NamedTuple):
    """An account of a closed period."""

    account: Account
    period: BillingPeriod
    statement: Statement


def returning_faults(client: Client, statements: Sequence[Statement], book: PlanBook) -> Iterator[str]:
    """Each name of `book` that came back with hours that were billed already, or never will be, as a sentence.

    Raises as `BillingPeriod.spans` does.
    """
    now = _names(book)
    last_billed = _last_billed(statements)
    newest = statements[-1].period
    for name, account in now.items():
        billed = last_billed.get(name)
        if billed is not None and billed.statement.period != newest and account != billed.account:
            yield from _fault(client, name, account, billed)


def _names(book: PlanBook) -> Mapping[str, Account]:
    """Every account by itself, and by each name whose usage it has."""
    return {
        said: account
        for account in book.accounts
        for said in (f"account {account.id}", *(f"{kind} {name}" for kind, name in account.names))
    }


def _last_billed(statements: Sequence[Statement]) -> Mapping[str, _Billed]:
    """By name the last closed period in which the account that had it was on a plan."""
    found: dict[str, _Billed] = {}
    for statement, book in zip(statements, plan_books(statements), strict=True):
        period = BillingPeriod.parse(statement.period)
        for name, account in _names(book).items():
            if account.plan_on(period.first_day(account.anchor_day)) is not None:
                found[name] = _Billed(account, period, statement)
    return found


def _fault(client: Client, name: str, account: Account, billed: _Billed) -> Iterator[str]:
    end = _span_end(client, billed)
    first = _first_on_plan(account, billed.period.following)
    if first is None:
        return
    begins = account.plan_on(first.preceding.first_day(account.anchor_day)) is None
    begin = first.spans(client, [account])[account.id].start
    if begin < end or (begin > end and not begins):
        yield (
            f"{name} was billed up to {end:{_MOMENT}} by statement {billed.statement.number} of {billed.period}, "
            f"and comes back from {begin:{_MOMENT}} on"
        )


def _first_on_plan(account: Account, period: BillingPeriod) -> BillingPeriod | None:
    """The first period from `period` on in which the account is on a plan; None where that is too far away."""
    for _ in range(_MOST_MONTHS):
        if account.plan_on(period.first_day(account.anchor_day)) is not None:
            return period
        period = period.following
    return None


def _span_end(client: Client, billed: _Billed) -> datetime:
    return billed.period.spans(client, [billed.account])[billed.account.id].end
