"""What a billing system says it has counted, beside what was delivered to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from gatemeter.billing.rating import total
from gatemeter.billing_systems.billing_system import Ask, BillingSystem, Counted
from gatemeter.billing_systems.delivery import Delivery
from gatemeter.billing_systems.history import UsageHistory
from gatemeter.billing_systems.mapping_file import Mapping as SystemMapping
from gatemeter.billing_systems.spool import Spool
from gatemeter.plans.amount import plain

Span = tuple[datetime, datetime]
_Key = tuple[str, str]
"""Customer and name of an event."""


class _Id(NamedTuple):
    customer: str
    event_name: str
    id: str


@dataclass(frozen=True, slots=True)
class Total:
    """One customer's usage by one name: `delivered` by the journal, `counted` by the system."""

    customer: str
    event_name: str
    accounts: Sequence[str]
    delivered: Decimal
    counted: Decimal

    @property
    def agrees(self) -> bool:
        """Whether both are the same."""
        return self.delivered == self.counted

    def __str__(self) -> str:
        return (
            f"{self.event_name} of {self.customer} (account {', '.join(self.accounts)}): delivered "
            f"{plain(self.delivered)}, counted {plain(self.counted)}"
        )


@dataclass(slots=True)
class _Group:
    """What the journal has of one customer and name."""

    quantity: Decimal
    first: datetime
    last: datetime
    accounts: set[str] = field(default_factory=set)
    charges: dict[str, None] = field(default_factory=dict)

    def add(self, delivery: Delivery) -> None:
        self.quantity = total([self.quantity, delivery.quantity])
        self.first, self.last = min(self.first, delivery.occurred_at), max(self.last, delivery.occurred_at)
        self.accounts.add(delivery.account)
        self.charges[delivery.charge] = None

    def span(self, spans: Mapping[str, Span]) -> Span:
        """The period of all accounts of the group, and every event in it, should the plan file have lost an account."""
        known = [spans[name] for name in self.accounts if name in spans]
        start = min([self.first, *(each[0] for each in known)])
        return start, max([self.last + timedelta(minutes=1), *(each[1] for each in known)])


def reconciled(
    histories: Iterable[UsageHistory],
    spans: Mapping[str, Span],
    system: BillingSystem,
    mapping: SystemMapping,
    ask: Ask,
) -> list[Total]:
    """A total for each customer and name in the journal.

    `spans` are the hours of the period by account. Raises DeliveryError where the system does not say what it has.
    """
    groups: dict[_Key, _Group] = {}
    with Spool[_Id](_Id) as ids:
        for history in histories:
            for each in (row.delivery for row in history.delivered):
                key = (each.customer, each.event_name)
                group = groups.setdefault(key, _Group(Decimal(0), each.occurred_at, each.occurred_at))
                group.add(each)
                ids.add("\0".join(key), _Id(*key, each.id))
        found = []
        for key, of_key in groupby(ids, key=lambda each: (each.customer, each.event_name)):
            counted = _counted(key, groups[key], (each.id for each in of_key), spans, mapping)
            accounts = sorted(groups[key].accounts)
            found.append(Total(*key, accounts, groups[key].quantity, system.total(counted, ask)))
        return found


def _counted(
    key: _Key, group: _Group, ids: Iterable[str], spans: Mapping[str, Span], mapping: SystemMapping
) -> Counted:
    charges = [mapping.charges[name] for name in group.charges if name in mapping.charges]
    start, end = group.span(spans)
    meter = next((each.meter_id for each in charges if each.meter_id), None)
    return Counted(customer=key[0], event_name=key[1], meter=meter, start=start, end=end, ids=ids)
