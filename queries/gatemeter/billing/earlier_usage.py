"""Usage of periods before the first one that is closed: these are closed no more, so it is on no bill."""

from collections.abc import Iterator, Sequence
from datetime import date

from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_index import UsageOwners
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.unbilled_hours import UnbilledHours
from gatemeter.billing.unbilled_usage import HoursWithoutPlan, meters_of_account
from gatemeter.plans.billable_rule import DEFAULT_RULE
from gatemeter.plans.plan import Account, PlanBook
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.usage_parameters import Subject

_FIRST_PERIOD = BillingPeriod(2000, 1)


def earlier_usage(client: Client, book: PlanBook, first_closed: BillingPeriod) -> Sequence[str]:
    """What each account used while it was on a plan and before `first_closed`, as sentences; empty where it is nothing.

    It is told by the first of its plans and rules. Raises as `UnbilledHours.notes` does.
    """
    hours = list(_hours_before(client, book, first_closed))
    owners = UsageOwners((book,), [each.account.id for each in hours])
    asked = UnbilledHours(hours, owners, Subject(book.subject), book.billable, DEFAULT_RULE)
    return list(asked.notes(client, first_closed))


def _hours_before(client: Client, book: PlanBook, first_closed: BillingPeriod) -> Iterator[HoursWithoutPlan]:
    ends = first_closed.spans(client, book.accounts)
    for account in book.accounts:
        begun = _first_period(account)
        if begun < first_closed:
            span = TimeSpan(begun.spans(client, [account])[account.id].start, ends[account.id].start)
            said = f"account {account.id}, on a plan before {first_closed}, the first period that was closed"
            meters, first_day = meters_of_account(book, account), begun.first_day(account.anchor_day)
            yield HoursWithoutPlan(account, meters, first_day, span, said, is_whole_period=False)


def _first_period(account: Account) -> BillingPeriod:
    """The first one in which the account is on a plan; nothing is counted of the time before `_FIRST_PERIOD`."""
    begin: date = account.plans[0].valid_from
    period = BillingPeriod(begin.year, begin.month)
    return max(_FIRST_PERIOD, period if period.first_day(account.anchor_day) >= begin else period.following)
