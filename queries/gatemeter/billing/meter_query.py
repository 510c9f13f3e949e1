"""The question for what accounts used of one meter in one span of hours, and whose each row of the answer is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatemeter.billing.account_index import UsageOwners
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.errors import SettingsError
from gatemeter.metrics.catalogue import label, metric
from gatemeter.metrics.metrics_query import MOST_DIMENSIONS, MetricsQuery
from gatemeter.plans.billable_rule import BillableRule
from gatemeter.plans.charge import Flat, Metered
from gatemeter.plans.plan import PlanBook
from gatemeter.reports.usage_parameters import Subject


@dataclass(frozen=True, slots=True)
class Share:
    """A row is part of the quantity of `charge`, billable or not."""

    charge: Metered
    is_billable: bool


@dataclass(frozen=True, slots=True)
class MeterQuery:
    """`accounts` have one span; `owners` know all accounts of the plan file, also those that are not asked about."""

    meter: str
    accounts: Sequence[RatedAccount]
    owners: UsageOwners
    subject: Subject

    @property
    def query(self) -> MetricsQuery:
        """What to ask the query engine, of the whole span. Raises SettingsError for too many dimensions."""
        by, span = self._dimensions(), self.accounts[0].span
        return MetricsQuery(period=None, span=span, metrics=(self.meter,), by=by, subject=self.subject)

    @property
    def row_shares(self) -> "RowShares":
        """Whose the rows of the answer are."""
        charges = {each.account.id: [one for one in each.metered if one.meter == self.meter] for each in self.accounts}
        return RowShares(self.owners, charges, self._rule_by_account())

    def _rule_by_account(self) -> dict[str, BillableRule | None]:
        return {each.account.id: each.rule_for(self.meter) for each in self.accounts}

    def _dimensions(self) -> Sequence[str]:
        """What rows are told apart by: whose they are, what filters ask, and what must not be added up."""
        charges = (one for each in self.accounts for one in each.metered if one.meter == self.meter)
        asked = [each.dimension for charge in charges for each in charge.filters]
        asked += [name for rule in self._rule_by_account().values() if rule is not None for name in rule.dimensions]
        by = dict.fromkeys((*self.owners.dimensions, *asked, *unit_dimensions(self.meter)))
        if len(by) > MOST_DIMENSIONS:
            raise SettingsError(
                f"filters of charges for {self.meter} and of what is billable ask for {len(by)} dimensions: "
                f"{', '.join(by)}",
                do=f"filter by fewer; {MOST_DIMENSIONS} can be told apart",
            )
        return tuple(by)


@dataclass(frozen=True, slots=True)
class RowShares:
    """Whose the rows of an answer are."""

    owners: UsageOwners
    charges: Mapping[str, Sequence[Metered]]
    rules: Mapping[str, BillableRule | None]

    def account_of(self, row: Mapping[str, Any]) -> str | None:
        """The id of a row's account, also of one that is not asked about; None for usage of nobody's account."""
        return self.owners.account_of(row)

    def of(self, account: str, row: Mapping[str, Any]) -> Iterator[Share]:
        """The charges that the account pays for the row; none where the account is not asked about."""
        for charge in self.charges.get(account, ()):
            if all(each.holds(row[each.dimension]) for each in charge.filters):
                rule = self.rules[account]
                yield Share(charge, is_billable=not rule or rule.takes(row))


def meters_of(accounts: Iterable[RatedAccount]) -> Sequence[str]:
    """The meters that charges of `accounts` ask for, each once."""
    return tuple(dict.fromkeys(charge.meter for each in accounts for charge in each.metered))


def one_meter_a_kind(books: Iterable[PlanBook]) -> Sequence[str]:
    """Meters whose rows are all that the plans ask for: one of each kind of usage, and every custom meter."""
    charges = (charge for book in books for plan in book.plans for charge in plan.charges)
    meters = dict.fromkeys(charge.meter for charge in charges if not isinstance(charge, Flat))
    by_kind = {metric(name).source if metric(name).source != "meters" else name: name for name in meters}
    return list(by_kind.values())


def unit_dimensions(meter: str) -> Iterator[str]:
    """What amounts of `meter` in several units are told apart by."""
    for name in (metric(meter).label, metric(meter).other_label):
        if name and label(name).is_one:
            yield label(name).dimension or name


def row_unit(row: Mapping[str, Any], meter: str) -> str:
    """The currency of money, or the unit of a custom meter; '' where nothing says it, and for other metrics."""
    name = metric(meter).label
    return (row[name] or "") if name else ""
