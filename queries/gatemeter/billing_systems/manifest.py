"""What a run has delivered, as a JSON object that can be kept beside the bill."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec

from gatemeter.billing.rating import total
from gatemeter.billing_systems.billing_system import BillingSystem
from gatemeter.billing_systems.delivery import Delivery
from gatemeter.billing_systems.export import Export
from gatemeter.billing_systems.history import UsageHistory
from gatemeter.billing_systems.reconciliation import Total
from gatemeter.billing_systems.unsent import Unsent
from gatemeter.plans.amount import plain

_EVENTS = "not_sent_events"
_NO_EVENTS = f'"{_EVENTS}": []'.encode()


@dataclass(slots=True)
class Quantities:
    """What deliveries add up to, by name of event."""

    _by_name: dict[str, Decimal] = field(default_factory=dict)

    def add(self, delivery: Delivery) -> None:
        """Add one."""
        so_far = self._by_name.get(delivery.event_name, Decimal(0))
        self._by_name[delivery.event_name] = total([so_far, delivery.quantity])

    @property
    def written(self) -> dict[str, str]:
        """As decimal numbers without exponents."""
        return {name: plain(quantity) for name, quantity in sorted(self._by_name.items())}


def manifest(
    system: BillingSystem,
    destination: str,
    period: str,
    histories: Iterable[UsageHistory],
    export: Export,
) -> Iterator[bytes]:
    """Counts of this run, and quantities and hashes of all that was delivered of the period so far, as pieces of JSON.

    `sha256` is of the lines `ID CONTENT-SHA256` of all delivered events, sorted, each with a line feed; `histories`
    come in the order of ids.
    """
    document = {
        "system": system.name,
        "destination": destination,
        "period": period,
        "delivered_now": export.delivered,
        "duplicates": export.duplicates,
        "adjustments_now": export.adjustments,
        **_delivered(histories),
        "not_sent": dict(sorted(Counter(str(each.why) for each in export.unsent).items())),
        _EVENTS: [],
        "missing": [
            {"account": account, "charge": charge, "events": events}
            for (account, charge), events in sorted(export.missing.items())
        ],
        "totals": None if export.totals is None else [_compared(each) for each in export.totals],
    }
    head, tail = msgspec.json.format(msgspec.json.encode(document)).split(_NO_EVENTS)
    yield head
    yield from _events(export.unsent)
    yield tail + b"\n"


def _delivered(histories: Iterable[UsageHistory]) -> dict[str, Any]:
    count, adjusted, found, lines = 0, 0, Quantities(), sha256()
    for history in histories:
        adjusted += history.is_adjusted
        for row in history.delivered:
            count += 1
            found.add(row.delivery)
            lines.update(f"{row.delivery.id} {row.content_sha256}\n".encode())
    return {
        "delivered": count,
        "adjusted_usages": adjusted,
        "quantities": found.written,
        "sha256": lines.hexdigest(),
    }


def _events(unsent: Iterable[Unsent]) -> Iterator[bytes]:
    """The list, laid out as everything else is."""
    is_first = True
    for each in unsent:
        event = msgspec.json.format(msgspec.json.encode(_told(each))).replace(b"\n", b"\n    ")
        yield (f'"{_EVENTS}": [\n    '.encode() if is_first else b",\n    ") + event
        is_first = False
    yield _NO_EVENTS if is_first else b"\n  ]"


def _told(unsent: Unsent) -> dict[str, Any]:
    each = unsent.delivery
    return {
        "id": each.id,
        "why": str(unsent.why),
        "reason": unsent.reason,
        "account": each.account,
        "consumer": each.consumer,
        "charge": each.charge,
        "customer": each.customer,
        "event_name": each.event_name,
        "occurred_at": f"{each.occurred_at:%Y-%m-%dT%H:%M:%SZ}",
        "quantity": plain(each.quantity),
    }


def _compared(total: Total) -> dict[str, Any]:
    return {
        "customer": total.customer,
        "event_name": total.event_name,
        "accounts": list(total.accounts),
        "delivered": plain(total.delivered),
        "counted": plain(total.counted),
        "agrees": total.agrees,
    }
