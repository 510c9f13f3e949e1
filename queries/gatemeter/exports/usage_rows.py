"""Usage of a period by account, consumer, charge, and hour or day, read from the store while it is taken.

Rows come by the hours that accounts have, in the order of the plan file; then by meter, time, consumer, account and
charge. So the same usage gives the same rows in the same order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from operator import itemgetter

from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_index import CONSUMER
from gatemeter.billing.bill import accounts_of
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.meter_query import MeterQuery, meters_of
from gatemeter.billing.quantities import Quantity
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.billing.rated_line import require_one_unit, shown_quantity, unit_of
from gatemeter.clickhouse.query import fetch
from gatemeter.exports.exported_period import ExportedPeriod
from gatemeter.exports.usage_row import UsageRow
from gatemeter.metrics.answer import streamed_group_rows
from gatemeter.metrics.catalogue import metric
from gatemeter.metrics.custom_meters import require_sums
from gatemeter.metrics.metrics_query import Order
from gatemeter.output.layout import PERIOD
from gatemeter.plans.charge import Metered
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.usage_parameters import Subject
from gatemeter.reports.zoned_span import UTC_ZONE

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_HOUR = timedelta(hours=1)


class Grain(StrEnum):
    """What rows of usage are added up to: hours, or days of the account's time zone."""

    HOUR = "hour"
    DAY = "day"


def usage_rows(client: Client, exported: ExportedPeriod, grain: Grain = Grain.DAY) -> Iterator[UsageRow]:
    """The rows, by the plans that the period is billed by.

    What consumers used that no account has is in no row. Raises as `bill` does, also once some rows are given.
    """
    basis, period = exported.basis, exported.period
    wanted = {each.id for each in accounts_of(exported.book, exported.account)}
    all_accounts = basis.accounts(client, period)
    owners, accounts = basis.owners(all_accounts), [each for each in all_accounts if each.account.id in wanted]
    for span, time_zone in dict.fromkeys(_hours_of(each) for each in accounts):
        within = [each for each in accounts if _hours_of(each) == (span, time_zone)]
        slots = _Slots.of(client, grain, span, time_zone)
        for meter in meters_of(within):
            asked = MeterQuery(meter, within, owners, Subject(basis.subject))
            yield from _meter_rows(client, asked, period, slots)


def _hours_of(rated: RatedAccount) -> tuple[TimeSpan, str]:
    return rated.span, rated.account.time_zone


@dataclass(frozen=True, slots=True)
class _Slots:
    """The hours or days of a span, by the text that the query engine names them with."""

    grain: Grain
    time_zone: str
    days: Mapping[str, tuple[datetime, datetime]]

    @classmethod
    def of(cls, client: Client, grain: Grain, span: TimeSpan, time_zone: str) -> "_Slots":
        if grain is Grain.HOUR:
            return cls(grain, UTC_ZONE, {})
        rows = fetch(client, "exports/days", {**span.parameters, "time_zone": time_zone})
        starts = [datetime.fromtimestamp(row["start_s"], UTC) for row in rows]
        slots = zip(starts, [*starts[1:], span.end], strict=True)
        return cls(grain, time_zone, {row["day"]: slot for row, slot in zip(rows, slots, strict=True)})

    def slot(self, text: str) -> tuple[datetime, datetime]:
        if self.grain is Grain.DAY:
            return self.days[text]
        start = datetime.fromisoformat(text)
        return start, start + _HOUR


def _meter_rows(client: Client, asked: MeterQuery, period: BillingPeriod, slots: _Slots) -> Iterator[UsageRow]:
    if metric(asked.meter).source == "meters":
        require_sums(client, asked.meter)
    query = replace(asked.query, period=Period(slots.grain), time_zone=slots.time_zone, order=Order(CONSUMER))
    shares = asked.row_shares
    rated = {each.account.id: each for each in asked.accounts}
    for (when, consumer), rows in groupby(streamed_group_rows(client, query), itemgetter(PERIOD, CONSUMER)):
        found: dict[tuple[str, str], tuple[Metered, Quantity]] = {}
        for row in rows:
            if (account := shares.account_of(row)) is None:
                continue
            for each in shares.of(account, row):
                _, quantity = found.setdefault((account, each.charge.name), (each.charge, Quantity()))
                quantity.add(row, asked.meter, is_billable=each.is_billable)
        slot = slots.slot(when)
        for (account_id, _), (charge, quantity) in sorted(found.items(), key=itemgetter(0)):
            if _says_something(quantity):
                yield _row(rated[account_id], charge, quantity, period, consumer, slot)


def _says_something(quantity: Quantity) -> bool:
    """A correction may leave rows of nothing behind; what nobody used has no row."""
    return bool(quantity.billable or quantity.not_billable or quantity.missing)


def _row(
    rated: RatedAccount,
    charge: Metered,
    quantity: Quantity,
    period: BillingPeriod,
    consumer: str,
    slot: tuple[datetime, datetime],
) -> UsageRow:
    require_one_unit(rated, charge, quantity, period)
    return UsageRow.of(
        period=str(period),
        account=rated.account.id,
        plan=rated.plan.name,
        consumer=consumer,
        charge=charge.name,
        meter=charge.meter,
        start=f"{slot[0]:{_MOMENT}}",
        end=f"{slot[1]:{_MOMENT}}",
        quantity=shown_quantity(charge, quantity.billable) if quantity.is_known else None,
        unit=unit_of(charge, quantity, rated.plan),
        not_billable=shown_quantity(charge, quantity.not_billable),
        missing=quantity.missing,
        currency=rated.plan.currency if metric(charge.meter).type == "money" else None,
    )
