"""Metronome: batches of up to 100 events; what it knows already it ignores without a word.

Sources: docs.metronome.com/api-reference/usage/ingest-events (34 days back, ids known for 34 days),
docs.metronome.com/guides/events/send-usage-events (properties as text, 24 hours ahead),
docs.metronome.com/api-reference/usage/get-batched-usage-data.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from gatemeter.billing.rating import total
from gatemeter.billing_systems.delivery import (
    Answer,
    Ask,
    Counted,
    Delivery,
    Limits,
    Outcome,
    Request,
    Result,
    all_of,
    encoded,
    rfc3339,
)
from gatemeter.billing_systems.reading import member, missing_meter, number, unreadable
from gatemeter.plans.amount import plain

_JSON = {"Content-Type": "application/json"}
_DAYS = timedelta(days=34)


class Metronome:
    """`customer` of a delivery is a customer id or, where nothing is reconciled, an ingest alias."""

    name = "metronome"
    limits = Limits(batch_size=100, oldest=_DAYS, ahead=timedelta(hours=24), remembers=_DAYS)

    def unfit(self, delivery: Delivery) -> str | None:
        """Any decimal number is taken."""
        return None

    def event(self, delivery: Delivery) -> Mapping[str, Any]:
        """Properties are text, which Metronome reads as decimals of any precision."""
        return {
            "transaction_id": delivery.id,
            "customer_id": delivery.customer,
            "event_type": delivery.event_name,
            "timestamp": rfc3339(delivery.occurred_at),
            "properties": {"value": plain(delivery.quantity)},
        }

    def request(self, deliveries: Sequence[Delivery]) -> Request:
        """A list."""
        return Request("POST", "/v1/ingest", encoded([self.event(each) for each in deliveries]), _JSON)

    def outcomes(self, deliveries: Sequence[Delivery], answer: Answer) -> Sequence[Outcome] | None:
        """The answer is about all events at once."""
        return all_of(deliveries, Result.DELIVERED) if answer.is_success else None

    def total(self, counted: Counted, ask: Ask) -> Decimal:
        """What the billable metric `counted.meter` gives for the customer."""
        if counted.meter is None:
            raise missing_meter(counted)
        body = encoded(
            {
                "starting_on": rfc3339(counted.start),
                "ending_before": rfc3339(counted.end),
                "window_size": "HOUR",
                "customer_ids": [counted.customer],
                "billable_metrics": [{"id": counted.meter}],
            }
        )
        found, path = list[Decimal](), "/v1/usage"
        while True:
            answer = ask(Request("POST", path, body, _JSON))
            data = member(answer.document, "data")
            if not answer.is_success or not isinstance(data, list):
                raise unreadable("/v1/usage", answer)
            values = [member(each, "value") for each in data]
            found += [number(each, "/v1/usage", answer) for each in values if each is not None]
            cursor = member(answer.document, "next_page")
            if not cursor:
                return total(found)
            path = f"/v1/usage?next_page={quote(str(cursor), safe='')}"
