"""Events without an answer whose ids the system has forgotten: its own totals tell whether it has them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gatemeter.billing.rating import total
from gatemeter.billing_systems.delivery import Ask, BillingSystem, Counted, Delivery
from gatemeter.billing_systems.history import Histories, JournalRow
from gatemeter.billing_systems.mapping_file import Mapping
from gatemeter.billing_systems.planning import Unsent

COUNTED_AFTER = timedelta(hours=1)
"""How long ago an event arrived, if it did, that is taken to be in the total by now."""
_SLOT = timedelta(hours=1)
"""Events have the begin of their hour or day, so this long behind it there is none of another one."""

_Place = tuple[str, str, datetime]


@dataclass(slots=True)
class SettledDoubts:
    """What `arrived`, what was `lost` on the way, and what stays `doubtful`."""

    arrived: list[Delivery] = field(default_factory=list)
    lost: list[Delivery] = field(default_factory=list)
    doubtful: list[Unsent] = field(default_factory=list)


def settled_doubts(
    doubts: Sequence[Unsent],
    histories: Histories,
    system: BillingSystem,
    mapping: Mapping,
    ask: Ask,
    now: datetime,
) -> SettledDoubts:
    """Compare the total of each customer and time with what arrived there, with and without what is in doubt.

    It stays in doubt where the total is neither, as with usage from elsewhere, and where it was sent, or something of
    the same time delivered, just now: the total may not have it yet. Raises DeliveryError where there is no total.
    """
    found = SettledDoubts()
    delivered: dict[_Place, list[JournalRow]] = {}
    for history in histories.values():
        for row in history.delivered:
            delivered.setdefault(_place(row.delivery), []).append(row)
    groups: dict[_Place, list[Unsent]] = {}
    for each in doubts:
        groups.setdefault(_place(each.delivery), []).append(each)
    for place, group in groups.items():
        rows = delivered.get(place, [])
        in_doubt = [each.delivery for each in group]
        times = [*(row.at for row in rows), *(histories[each.usage_key].tried_at for each in in_doubt)]
        if any(at is not None and at > now - COUNTED_AFTER for at in times):
            found.doubtful += group
            continue
        arrived = total([row.delivery.quantity for row in rows])
        more = total([each.quantity for each in in_doubt])
        counted = system.total(_counted(in_doubt, rows, mapping), ask)
        if not more or counted not in (arrived, total([arrived, more])):
            found.doubtful += group
        elif counted == arrived:
            found.lost += in_doubt
        else:
            found.arrived += in_doubt
    return found


def _place(delivery: Delivery) -> _Place:
    return delivery.customer, delivery.event_name, delivery.occurred_at


def _counted(in_doubt: Sequence[Delivery], rows: Sequence[JournalRow], mapping: Mapping) -> Counted:
    first = in_doubt[0]
    charge = mapping.charges.get(first.charge)
    return Counted(
        customer=first.customer,
        event_name=first.event_name,
        meter=charge.meter_id if charge else None,
        start=first.occurred_at,
        end=first.occurred_at + _SLOT,
        ids=[each.id for each in (*in_doubt, *(row.delivery for row in rows))],
    )
