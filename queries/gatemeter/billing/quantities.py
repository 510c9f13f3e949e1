"""What accounts used of the meters of their plans, from stored usage."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_index import CONSUMER, AccountIndex
from gatemeter.billing.rating import total
from gatemeter.errors import SettingsError
from gatemeter.metrics.answer import group_rows
from gatemeter.metrics.catalogue import label, metric, table_of
from gatemeter.metrics.custom_meters import require_sums
from gatemeter.metrics.metrics_query import MOST_DIMENSIONS, MetricsQuery
from gatemeter.plans.billable_rule import BillableRule, rule_of
from gatemeter.plans.charge import Metered
from gatemeter.plans.plan import Account, Plan
from gatemeter.reports.merged_subjects import merged_subjects
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.usage_parameters import Subject


@dataclass(slots=True)
class Quantity:
    """How much of a meter an account used: `billable`, and beside it what the billable rule leaves out.

    `missing` counts the events that are not in it, for nothing says how much they are. `units` are those that the rows
    say: the currency of money, the unit of a custom meter, '' for one that is not named.
    """

    billable: Decimal = Decimal(0)
    not_billable: Decimal = Decimal(0)
    missing: int = 0
    has_value: bool = False
    units: set[str] = field(default_factory=set)

    def add(self, row: Mapping[str, Any], meter: str, *, is_billable: bool) -> None:
        """Add what a row of the metric `meter` says, exactly."""
        found, value = metric(meter), row[meter]
        amount = Decimal(value or 0)
        if found.label and amount:
            self.units.add(_unit_of(row, meter))
        if not is_billable:
            self.not_billable = total((self.not_billable, amount))
            return
        self.missing += int(row[found.missing] or 0) if found.missing else 0
        self.has_value = self.has_value or value is not None
        self.billable = total((self.billable, amount))

    @property
    def is_known(self) -> bool:
        """Whether anything is known of it: nothing used is 0, and events without a value are no 0."""
        return self.has_value or not self.missing


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


Quantities = dict[tuple[str, str], Quantity]
"""By account id and name of the charge."""


@dataclass(slots=True)
class Unassigned:
    """What consumers that no account has used of a meter within `span`, that of the first account.

    `by_unit` has amounts by unit ('' where nothing says it) and consumer; `missing` counts events that are in none.
    """

    span: TimeSpan
    by_unit: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    missing: int = 0

    def add(self, row: Mapping[str, Any], meter: str) -> None:
        """Add what a row says."""
        found = metric(meter)
        self.missing += int(row[found.missing] or 0) if found.missing else 0
        if amount := Decimal(row[meter] or 0):
            by_consumer = self.by_unit.setdefault(_unit_of(row, meter), {})
            by_consumer[row[CONSUMER]] = total((by_consumer.get(row[CONSUMER], Decimal(0)), amount))


@dataclass(frozen=True, slots=True)
class Used:
    """Quantities by account and charge, by meter what is on no bill, and names of accounts' consumers that
    consumers of several workspaces share."""

    quantities: Quantities
    unassigned: dict[str, Unassigned]
    merged: set[str]


def used(
    client: Client, accounts: Sequence[RatedAccount], index: AccountIndex, rules: Sequence[BillableRule], subject: str
) -> Used:
    """Read what `accounts` used; one statement a meter and span of hours.

    Raises SettingsError and ConflictError for meters that cannot be billed, and as `fetch` does.
    """
    found = Used(
        {(each.account.id, charge.name): Quantity() for each in accounts for charge in each.metered}, {}, set()
    )
    for span in dict.fromkeys(each.span for each in accounts):
        within = [each for each in accounts if each.span == span]
        for meter in dict.fromkeys(charge.meter for each in within for charge in each.metered):
            of_nobody = found.unassigned.setdefault(meter, Unassigned(span))
            _read_meter(client, meter, within, index, rules, Subject(subject), found, of_nobody)
    return found


def _read_meter(
    client: Client,
    meter: str,
    accounts: Sequence[RatedAccount],
    index: AccountIndex,
    rules: Sequence[BillableRule],
    subject: Subject,
    found: Used,
    of_nobody: Unassigned,
) -> None:
    charges = {each.account.id: [one for one in each.metered if one.meter == meter] for each in accounts}
    rule_by_account = {each.account.id: rule_of(rules, meter, each.first_day) for each in accounts}
    wanted = (one for ones in charges.values() for one in ones)
    by = _dimensions(meter, index, wanted, rule_by_account.values())
    query = MetricsQuery(period=None, span=accounts[0].span, metrics=(meter,), by=by, subject=subject)
    if metric(meter).source == "meters":
        require_sums(client, meter)
    for source in query.usage_sources:
        merged = merged_subjects(client, query, table=table_of(source))
        found.merged.update(name for account in accounts for name in account.account.consumers if name in merged)
    for row in group_rows(client, query):
        account = index.account_of(row)
        if account is None:
            if of_nobody.span == query.span:  # hours that two spans have are not counted twice
                of_nobody.add(row, meter)
            continue
        for charge in charges.get(account.id, ()):
            if all(each.holds(row[each.dimension]) for each in charge.filters):
                rule = rule_by_account[account.id]
                found.quantities[account.id, charge.name].add(row, meter, is_billable=not rule or rule.takes(row))


def _dimensions(
    meter: str, index: AccountIndex, charges: Iterable[Metered], rules: Iterable[BillableRule | None]
) -> Sequence[str]:
    """What rows are told apart by: whose they are, what filters ask, and what must not be added up."""
    asked = [each.dimension for charge in charges for each in charge.filters]
    asked += [name for rule in rules if rule is not None for name in rule.dimensions]
    by = dict.fromkeys((*index.dimensions, *asked, *_unit_dimensions(meter)))
    if len(by) > MOST_DIMENSIONS:
        raise SettingsError(
            f"filters of charges for {meter} and of what is billable ask for {len(by)} dimensions: {', '.join(by)}",
            do=f"filter by fewer; {MOST_DIMENSIONS} can be told apart",
        )
    return tuple(by)


def _unit_dimensions(meter: str) -> Iterator[str]:
    for name in (metric(meter).label, metric(meter).other_label):
        if name and label(name).is_one:
            yield label(name).dimension or name


def _unit_of(row: Mapping[str, Any], meter: str) -> str:
    """The currency of money, or the unit of a custom meter; '' where nothing says it, and for other metrics."""
    name = metric(meter).label
    return (row[name] or "") if name else ""
