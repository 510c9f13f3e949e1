"""Usage that is on no bill: of consumers that no account has, and of accounts in hours in which they are on no plan."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_index import CONSUMER
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.meter_query import row_unit
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.billing.rating import total
from gatemeter.billing.similar_names import SimilarNames
from gatemeter.metrics.catalogue import metric
from gatemeter.output.text import count_of
from gatemeter.plans.amount import plain
from gatemeter.plans.plan import Account, PlanBook
from gatemeter.reports.period import TimeSpan

_MOST_NAMED = 3
_NO_NAMES = SimilarNames({})

_Amounts = dict[str, dict[str, Decimal]]
"""By unit ('' where nothing says it) and consumer."""


@dataclass(slots=True)
class UnbilledUsage:
    """What was used of a meter within `span` and is on no bill.

    `missing` counts events of what would be billable that say no value, and are in no amount.
    """

    span: TimeSpan
    billable: _Amounts = field(default_factory=dict)
    not_billable: _Amounts = field(default_factory=dict)
    missing: int = 0

    def add(self, row: Mapping[str, Any], meter: str, *, is_billable: bool) -> None:
        """Add what a row says."""
        found = metric(meter)
        if is_billable and found.missing:
            self.missing += int(row[found.missing] or 0)
        if amount := Decimal(row[meter] or 0):
            amounts = self.billable if is_billable else self.not_billable
            by_consumer = amounts.setdefault(row_unit(row, meter), {})
            by_consumer[row[CONSUMER]] = total((by_consumer.get(row[CONSUMER], Decimal(0)), amount))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say of it."""
        return not (self.billable or self.not_billable or self.missing)

    def notes(self, meter: str, account: str = "", names: SimilarNames = _NO_NAMES) -> Iterator[str]:
        """How much it is, by unit; `account` says whose, and else the consumers are named; `names` are those that
        accounts have.
        """
        for unit in dict.fromkeys((*self.billable, *self.not_billable)):
            billable, left_out = self.billable.get(unit, {}), self.not_billable.get(unit, {})
            beside = f" (and {plain(total([*left_out.values()]))} that are not billable)" if left_out else ""
            amount = f"{plain(total([*billable.values()]))} {unit} {meter}".replace("  ", " ")
            yield f"on no bill: {amount}{beside} of {account or _nobody(billable, left_out, names)}"
        if self.missing:
            whose = account or "consumers that no account has"
            yield f"on no bill: {self.missing:,} {metric(meter).missing} of {whose}"


def _nobody(billable: Mapping[str, Decimal], left_out: Mapping[str, Decimal], known: SimilarNames) -> str:
    names = sorted({**billable, **left_out}, key=lambda name: -billable.get(name, Decimal(0)))
    named = ", ".join(map(known.quoted, names[:_MOST_NAMED])) + (", ..." if len(names) > _MOST_NAMED else "")
    return f"{count_of(len(names), 'consumer')} that no account has: {named}"


@dataclass(frozen=True, slots=True)
class HoursWithoutPlan:
    """Hours in which `account` pays nothing of `meters`; `said` names it, and says why."""

    account: Account
    meters: Sequence[str]
    first_day: date
    span: TimeSpan
    said: str
    is_whole_period: bool


def hours_without_plan(
    client: Client,
    book: PlanBook,
    period: BillingPeriod,
    rated: Sequence[RatedAccount],
    told_before: Collection[str],
) -> Iterator[HoursWithoutPlan]:
    """Of each account that `book` puts on no plan in `period` its hours; of one that begins then those before it.

    The latter are hours of `period` by the calendar of another account. Those of accounts in `told_before` are left
    out: the period before has told them. Raises SettingsError for a time zone that usage cannot be told in.
    """
    spans = period.spans(client, book.accounts)
    begin = min(each.start for each in spans.values())
    on_plan = {each.account.id for each in rated}
    for account in book.accounts:
        span, first_day = spans[account.id], period.first_day(account.anchor_day)
        meters = meters_of_account(book, account)
        if account.id not in on_plan:
            said = f"account {account.id}, which is on no plan in {period}"
            yield HoursWithoutPlan(account, meters, first_day, span, said, is_whole_period=True)
        elif begin < span.start and account.id not in told_before and _begins(account, period):
            said = f"account {account.id}, before its first period, which begins {span.start:%Y-%m-%dT%H:%MZ}"
            before = TimeSpan(begin, span.start)
            yield HoursWithoutPlan(account, meters, first_day, before, said, is_whole_period=False)


def _begins(account: Account, period: BillingPeriod) -> bool:
    return account.plan_on(period.preceding.first_day(account.anchor_day)) is None


def meters_of_account(book: PlanBook, account: Account) -> Sequence[str]:
    """What any plan asks for that the account is ever on."""
    names = {each.plan for each in account.plans}
    charges = (charge for plan in book.plans if plan.name in names for charge in plan.charges)
    return tuple(dict.fromkeys(each.meter for each in charges if each.model != "flat"))
