"""What a run has delivered, as a JSON object that can be kept beside the bill."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from hashlib import sha256
from typing import Any

from gatemeter.billing.rating import total
from gatemeter.billing_systems.delivery import BillingSystem, Delivery
from gatemeter.billing_systems.export_run import Export
from gatemeter.billing_systems.history import Histories, UsageHistory
from gatemeter.billing_systems.planning import Unsent
from gatemeter.billing_systems.reconciliation import Total
from gatemeter.plans.amount import plain


def manifest(
    system: BillingSystem,
    destination: str,
    period: str,
    histories: Histories,
    export: Export,
) -> dict[str, Any]:
    """Counts of this run, and quantities and hashes of all that was delivered of the period so far.

    `sha256` is of the lines `ID CONTENT-SHA256` of all delivered events, sorted, each with a line feed.
    """
    sent, totals = export.sent, export.totals
    rows = [row for history in histories.values() for row in history.delivered]
    lines = sorted(f"{row.delivery.id} {row.content_sha256}\n" for row in rows)
    return {
        "system": system.name,
        "destination": destination,
        "period": period,
        "delivered_now": len(sent.delivered),
        "duplicates": len(sent.duplicates),
        "adjustments_now": sum(each.part > 0 for each in (*sent.delivered, *sent.duplicates)),
        "delivered": len(rows),
        "adjusted_usages": sum(_is_adjusted(each) for each in histories.values()),
        "quantities": quantities(row.delivery for row in rows),
        "sha256": sha256("".join(lines).encode()).hexdigest(),
        "not_sent": dict(sorted(Counter(str(each.why) for each in export.unsent).items())),
        "not_sent_events": [_told(each) for each in export.unsent],
        "missing": [
            {"account": account, "charge": charge, "events": events}
            for (account, charge), events in sorted(export.missing.items())
        ],
        "totals": None if totals is None else [_compared(each) for each in totals],
    }


def _is_adjusted(history: UsageHistory) -> bool:
    return len(history.delivered) > 1


def quantities(deliveries: Iterable[Delivery]) -> dict[str, str]:
    """What they add up to, by name of event."""
    found: dict[str, Decimal] = {}
    for each in deliveries:
        found[each.event_name] = total([found.get(each.event_name, Decimal(0)), each.quantity])
    return {name: plain(quantity) for name, quantity in sorted(found.items())}


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
