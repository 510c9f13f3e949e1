"""Stripe's meter event stream, version 2: 100 events a request, by a token that lasts 15 minutes.

Sources: docs.stripe.com/api/v2/billing/meter-event-stream/create (up to 100 events, checked later),
docs.stripe.com/api/v2/billing/meter-event-session/create (token, `expires_at`).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from gatemeter.billing_systems.billing_system import Answer, Ask, Counted, Limits, Request, encoded, rfc3339
from gatemeter.billing_systems.delivery import Delivery, Outcome, Result, all_of
from gatemeter.billing_systems.systems.stripe import AHEAD, HEADERS, OLDEST, REMEMBERS, payload, summed, unfit

SESSION_PATH = "/v2/billing/meter_event_session"
STREAM_PATH = "/v2/billing/meter_event_stream"


class StripeStream:
    """Nothing is checked when events are taken, duplicates neither: only `total` tells what was counted.

    `host` is where events go, if not to where everything else is asked.
    """

    name = "stripe"
    limits = Limits(batch_size=100, oldest=OLDEST, ahead=AHEAD, remembers=REMEMBERS)

    def __init__(self, host: str = "") -> None:
        self._host = host

    def unfit(self, delivery: Delivery) -> str | None:
        """Stripe takes whole numbers of up to 15 digits."""
        return unfit(delivery.quantity)

    def event(self, delivery: Delivery) -> Mapping[str, Any]:
        """An event as version 2 writes it."""
        return {
            "event_name": delivery.event_name,
            "identifier": delivery.id,
            "payload": payload(delivery),
            "timestamp": rfc3339(delivery.occurred_at),
        }

    def request(self, deliveries: Sequence[Delivery]) -> Request:
        """JSON, without the token of a session, which whoever sends it adds."""
        body = encoded({"events": [self.event(each) for each in deliveries]})
        return Request("POST", self._host + STREAM_PATH, body, {**HEADERS, "Content-Type": "application/json"})

    def outcomes(self, deliveries: Sequence[Delivery], answer: Answer) -> Sequence[Outcome] | None:
        """The answer is about all events at once."""
        return all_of(deliveries, Result.DELIVERED) if answer.is_success else None

    def total(self, counted: Counted, ask: Ask) -> Decimal:
        """The sum that Stripe's summaries give for the customer."""
        return summed(counted, ask)
