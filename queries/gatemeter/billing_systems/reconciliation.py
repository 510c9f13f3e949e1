"""What a billing system says it has counted, beside what was delivered to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from gatemeter.billing.rating import total
from gatemeter.billing_systems.delivery import Ask, BillingSystem, Counted, Delivery
from gatemeter.billing_systems.history import Histories
from gatemeter.billing_systems.mapping_file import Mapping as SystemMapping
from gatemeter.plans.amount import plain

Span = tuple[datetime, datetime]


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


def reconciled(
    histories: Histories, spans: Mapping[str, Span], system: BillingSystem, mapping: SystemMapping, ask: Ask
) -> list[Total]:
    """A total for each customer and name in the journal.

    `spans` are the hours of the period by account. Raises DeliveryError where the system does not say what it has.
    """
    delivered = [row.delivery for history in histories.values() for row in history.delivered]
    groups: dict[tuple[str, str], list[Delivery]] = {}
    for each in delivered:
        groups.setdefault((each.customer, each.event_name), []).append(each)
    return [_total(group, spans, system, mapping, ask) for _, group in sorted(groups.items())]


def _total(
    group: Sequence[Delivery],
    spans: Mapping[str, Span],
    system: BillingSystem,
    mapping: SystemMapping,
    ask: Ask,
) -> Total:
    first = group[0]
    charges = [
        mapping.charges[name] for name in dict.fromkeys(each.charge for each in group) if name in mapping.charges
    ]
    start, end = _whole_span(group, spans)
    counted = Counted(
        customer=first.customer,
        event_name=first.event_name,
        meter=next((each.meter_id for each in charges if each.meter_id), None),
        start=start,
        end=end,
        ids=[each.id for each in group],
    )
    return Total(
        customer=first.customer,
        event_name=first.event_name,
        accounts=sorted({each.account for each in group}),
        delivered=total([each.quantity for each in group]),
        counted=system.total(counted, ask),
    )


def _whole_span(group: Iterable[Delivery], spans: Mapping[str, Span]) -> Span:
    """The period of all accounts of the group, and every event in it, should the plan file have lost an account."""
    times = [each.occurred_at for each in group]
    known = [spans[name] for name in {each.account for each in group} if name in spans]
    start = min([min(times), *(each[0] for each in known)])
    return start, max([max(times) + timedelta(minutes=1), *(each[1] for each in known)])
