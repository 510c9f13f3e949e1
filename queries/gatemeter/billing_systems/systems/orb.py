"""Orb: batches of events, refused one by one.

Sources: docs.withorb.com/events-and-metrics/event-ingestion and /api-reference/event/ingest-events (idempotency keys,
one hour ahead, grace period, `validation_failed`, debug mode), /api-reference/event/search-events.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from gatemeter.billing.rating import total
from gatemeter.billing_systems.billing_system import Answer, Ask, Counted, Limits, Request, encoded, rfc3339
from gatemeter.billing_systems.delivery import Delivery, Outcome, Result
from gatemeter.billing_systems.reading import member, number, unreadable

_JSON = {"Content-Type": "application/json"}
_IDS_A_SEARCH = 100


class Orb:
    """`grace` is that of the Orb account: events that are older are refused. None: Orb itself decides."""

    name = "orb"

    def __init__(self, grace: timedelta | None = None) -> None:
        self.limits = Limits(batch_size=100, oldest=grace, ahead=timedelta(hours=1))

    def unfit(self, delivery: Delivery) -> str | None:
        """Any decimal number is taken."""
        return None

    def event(self, delivery: Delivery) -> Mapping[str, Any]:
        """What metrics add up must be a number; it is written with all its digits."""
        return {
            "idempotency_key": delivery.id,
            "external_customer_id": delivery.customer,
            "event_name": delivery.event_name,
            "timestamp": rfc3339(delivery.occurred_at),
            "properties": {"value": delivery.quantity},
        }

    def request(self, deliveries: Sequence[Delivery]) -> Request:
        """In debug mode, which says of each event whether it is new or was there."""
        body = encoded({"events": [self.event(each) for each in deliveries]})
        return Request("POST", "/v1/ingest?debug=true", body, _JSON)

    def outcomes(self, deliveries: Sequence[Delivery], answer: Answer) -> Sequence[Outcome] | None:
        """By idempotency key. Whether a refused request has stored its other events is not said: send them again."""
        told = _told(answer)
        if not told and not answer.is_success:
            return None
        return [told.get(each.id, Outcome(Result.UNANSWERED)) for each in deliveries]

    def total(self, counted: Counted, ask: Ask) -> Decimal:
        """The sum of those events of ours that Orb finds, and has not deprecated.

        Without a timeframe Orb finds what is of the last week.
        """
        timeframe = {"timeframe_start": rfc3339(counted.start), "timeframe_end": rfc3339(counted.end)}
        found = Decimal(0)
        left = iter(counted.ids)
        while ids := list(islice(left, _IDS_A_SEARCH)):
            path = f"/v1/events/search?limit={_IDS_A_SEARCH}"
            answer = ask(Request("POST", path, encoded({"event_ids": ids, **timeframe}), _JSON))
            data = member(answer.document, "data")
            if not answer.is_success or not isinstance(data, list):
                raise unreadable(path, answer)
            values = (
                member(member(each, "properties"), "value") for each in data if member(each, "deprecated") is not True
            )
            found = total([found, *(number(each, path, answer) for each in values)])
        return found


def _told(answer: Answer) -> dict[str, Outcome]:
    document = answer.document
    failed, debug = member(document, "validation_failed"), member(document, "debug")
    found: dict[str, Outcome] = {}
    for name, result in (("ingested", Result.DELIVERED), ("duplicate", Result.DUPLICATE)):
        ids = member(debug, name)
        if answer.is_success and isinstance(ids, list):
            found |= {str(each): Outcome(result) for each in ids}
    for each in failed if isinstance(failed, list) else ():
        reasons = member(each, "validation_errors")
        found[str(member(each, "idempotency_key"))] = Outcome(Result.REFUSED, encoded(reasons).decode())
    return found
