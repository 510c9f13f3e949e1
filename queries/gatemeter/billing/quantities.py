"""What accounts used of the meters of their plans, from stored usage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_index import CONSUMER, UsageOwners
from gatemeter.billing.line_offsets import account_offsets
from gatemeter.billing.meter_query import MeterQuery, meters_of, row_unit
from gatemeter.billing.names_without_usage import SeenNames
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.billing.rating import total
from gatemeter.billing.unbilled_usage import UnbilledUsage
from gatemeter.metrics.answer import group_rows
from gatemeter.metrics.catalogue import metric, table_of
from gatemeter.metrics.custom_meters import require_sums
from gatemeter.reports.merged_subjects import merged_subjects
from gatemeter.reports.usage_parameters import Subject


@dataclass(slots=True)
class Quantity:
    """How much of a meter an account used: `billable`, and beside it what the billable rule leaves out.

    `missing` counts the events that are not in it, for nothing says how much they are. `units` are those that the rows
    say: the currency of money, the unit of a custom meter, '' for one that is not named. `by_consumer` has the parts of
    `billable`.
    """

    billable: Decimal = Decimal(0)
    not_billable: Decimal = Decimal(0)
    missing: int = 0
    has_value: bool = False
    units: set[str] = field(default_factory=set)
    by_consumer: dict[str, Decimal] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any], meter: str, *, is_billable: bool) -> None:
        """Add what a row of the metric `meter` says, exactly."""
        found, value = metric(meter), row[meter]
        amount = Decimal(value or 0)
        if found.label and amount:
            self.units.add(row_unit(row, meter))
        if not is_billable:
            self.not_billable = total((self.not_billable, amount))
            return
        self.missing += int(row[found.missing] or 0) if found.missing else 0
        self.has_value = self.has_value or value is not None
        self.billable = total((self.billable, amount))
        self.by_consumer[row[CONSUMER]] = total((self.by_consumer.get(row[CONSUMER], Decimal(0)), amount))

    @property
    def is_known(self) -> bool:
        """Whether anything is known of it: nothing used is 0, and events without a value are no 0."""
        return self.has_value or not self.missing


Quantities = dict[tuple[str, str], Quantity]
"""By account id and name of the charge."""


@dataclass(frozen=True, slots=True)
class Used:
    """Quantities by account and charge, by meter what consumers that no account has used in the hours
    of the first account, and names of accounts' consumers that
    consumers of several workspaces share. `offsets` say by account and meter where its events are, as one text, and
    `seen` which names rows of usage have."""

    quantities: Quantities
    unassigned: dict[str, UnbilledUsage]
    merged: set[str]
    offsets: dict[tuple[str, str], str] = field(default_factory=dict)
    seen: SeenNames = field(default_factory=SeenNames)


def used(client: Client, accounts: Sequence[RatedAccount], owners: UsageOwners, subject: Subject) -> Used:
    """Read what `accounts` used; one statement a meter and span of hours.

    Raises SettingsError and ConflictError for meters that cannot be billed, and as `fetch` does.
    """
    found = Used(
        {(each.account.id, charge.name): Quantity() for each in accounts for charge in each.metered}, {}, set()
    )
    for span in dict.fromkeys(each.span for each in accounts):
        within = [each for each in accounts if each.span == span]
        offsets: dict[str, Mapping[str, str]] = {}
        for meter in meters_of(within):
            of_nobody = found.unassigned.setdefault(meter, UnbilledUsage(span))
            asked = MeterQuery(meter, within, owners, subject)
            _read_meter(client, asked, found, of_nobody)
            for table in map(table_of, asked.query.usage_sources[:1]):
                if table not in offsets:
                    offsets[table] = account_offsets(client, asked.query, owners, table=table)
                found.offsets.update({(account, meter): text for account, text in offsets[table].items()})
    return found


def _read_meter(client: Client, asked: MeterQuery, found: Used, of_nobody: UnbilledUsage) -> None:
    meter, query, shares = asked.meter, asked.query, asked.row_shares
    rule_of_nobody = asked.accounts[0].rule_for(meter)
    if metric(meter).source == "meters":
        require_sums(client, meter)
    for source in query.usage_sources:
        merged = merged_subjects(client, query, table=table_of(source))
        found.merged.update(name for each in asked.accounts for name in each.account.consumers if name in merged)
    rows = group_rows(client, query)
    found.seen.add(query.span, asked.owners.dimensions, rows)
    for row in rows:
        account = shares.account_of(row)
        if account is None:
            if of_nobody.span == query.span:  # hours that two spans have are not counted twice
                is_billable = rule_of_nobody is None or rule_of_nobody.takes(row)
                of_nobody.add(row, meter, is_billable=is_billable)
            continue
        for each in shares.of(account, row):
            found.quantities[account, each.charge.name].add(row, meter, is_billable=each.is_billable)
