"""Events without an answer whose ids the system has forgotten: its own totals tell whether it has them."""

from collections.abc import Collection, Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gatemeter.billing.rating import total
from gatemeter.billing_systems.billing_system import Ask, BillingSystem, Counted
from gatemeter.billing_systems.delivery import Delivery
from gatemeter.billing_systems.history import JournalRow, UsageHistory
from gatemeter.billing_systems.mapping_file import Mapping
from gatemeter.billing_systems.unsent import Unsent

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
    tried_at: MappingOf[str, datetime | None],
    histories: Iterable[UsageHistory],
    system: BillingSystem,
    mapping: Mapping,
    ask: Ask,
    now: datetime,
) -> SettledDoubts:
    """Compare the total of each customer and time with what arrived there, with and without what is in doubt.

    It stays in doubt where the total is neither, as with usage from elsewhere, and where it was sent (`tried_at`, by
    key of the usage), or something of the same time delivered, just now: the total may not have it yet. Raises
    DeliveryError where there is no total.
    """
    found = SettledDoubts()
    groups: dict[_Place, list[Unsent]] = {}
    for each in doubts:
        groups.setdefault(_place(each.delivery), []).append(each)
    delivered = _delivered_at(groups.keys(), histories)
    for place, group in groups.items():
        rows, in_doubt = delivered[place], [each.delivery for each in group]
        times = [*(row.at for row in rows), *(tried_at[each.usage_key] for each in in_doubt)]
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


def _delivered_at(places: Collection[_Place], histories: Iterable[UsageHistory]) -> dict[_Place, list[JournalRow]]:
    """What arrived at the places of events in doubt, which are few; of all others nothing is kept."""
    found: dict[_Place, list[JournalRow]] = {each: [] for each in places}
    for history in histories:
        for row in history.delivered:
            if (rows := found.get(_place(row.delivery))) is not None:
                rows.append(row)
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
