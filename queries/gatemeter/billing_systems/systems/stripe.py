"""Stripe's meter events, version 1: one request an event.

Sources: docs.stripe.com/api/billing/meter-event/create (identifier, timestamps),
docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api (whole numbers, negative usage, rate limits),
docs.stripe.com/changelog/dahlia/2026-04-22/billing-meter-event-values-validation (15 digits),
docs.stripe.com/api/billing/meter-event-summary/list, and for the refused duplicate langfuse/langfuse#16292.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from gatemeter.billing.rating import total
from gatemeter.billing_systems.billing_system import Answer, Ask, Counted, Limits, Request
from gatemeter.billing_systems.delivery import Delivery, Outcome, Result
from gatemeter.billing_systems.reading import member, missing_meter, number, unreadable
from gatemeter.plans.amount import plain

API_VERSION = "2026-04-22.dahlia"
MOST_DIGITS = 15
OLDEST, AHEAD, REMEMBERS = timedelta(days=35), timedelta(minutes=5), timedelta(hours=24)
HEADERS = {"Stripe-Version": API_VERSION}


class Stripe:
    """Meter events are checked and aggregated later: 200 does not mean counted (`total`)."""

    name = "stripe"
    limits = Limits(batch_size=1, oldest=OLDEST, ahead=AHEAD, remembers=REMEMBERS)

    def unfit(self, delivery: Delivery) -> str | None:
        """Stripe takes whole numbers of up to 15 digits."""
        return unfit(delivery.quantity)

    def event(self, delivery: Delivery) -> Mapping[str, Any]:
        """The parameters, before they are written as a form."""
        return {
            "event_name": delivery.event_name,
            "identifier": delivery.id,
            "payload": payload(delivery),
            "timestamp": int(delivery.occurred_at.timestamp()),
        }

    def request(self, deliveries: Sequence[Delivery]) -> Request:
        """A form, as all of version 1 takes."""
        [delivery] = deliveries
        event = self.event(delivery)
        form = {name: value for name, value in event.items() if name != "payload"}
        form |= {f"payload[{name}]": value for name, value in event["payload"].items()}
        headers = {**HEADERS, "Content-Type": "application/x-www-form-urlencoded"}
        return Request("POST", "/v1/billing/meter_events", urlencode(form).encode(), headers)

    def outcomes(self, deliveries: Sequence[Delivery], answer: Answer) -> Sequence[Outcome] | None:
        """Success repeats the event; an identifier that is taken is refused with a message that names it."""
        [delivery] = deliveries
        if answer.is_success:
            is_ours = member(answer.document, "identifier") == delivery.id
            return [Outcome(Result.DELIVERED if is_ours else Result.UNANSWERED)]
        error = member(answer.document, "error")
        message = str(member(error, "message") or "")
        is_taken = answer.status == HTTPStatus.BAD_REQUEST and "already exists" in message and delivery.id in message
        return [Outcome(Result.DUPLICATE if is_taken else Result.REFUSED, message or answer.shortened)]

    def total(self, counted: Counted, ask: Ask) -> Decimal:
        """The sum that Stripe's summaries give for the customer."""
        return summed(counted, ask)


def unfit(quantity: Decimal) -> str | None:
    """Why Stripe takes no such value."""
    if quantity != quantity.to_integral_value():
        return "Stripe takes whole numbers only"
    if len(str(abs(int(quantity)))) > MOST_DIGITS:
        return f"Stripe takes {MOST_DIGITS} digits at most"
    return None


def payload(delivery: Delivery) -> dict[str, str]:
    """By the keys that a meter has unless its settings name others; values are text."""
    return {"stripe_customer_id": delivery.customer, "value": plain(delivery.quantity)}


def summed(counted: Counted, ask: Ask) -> Decimal:
    """The sum over the time, which begins and ends at a full minute. Raises DeliveryError."""
    if counted.meter is None:
        raise missing_meter(counted)
    place = f"/v1/billing/meters/{quote(counted.meter, safe='')}/event_summaries"
    span = {"start_time": int(counted.start.timestamp()), "end_time": int(counted.end.timestamp())}
    fields: dict[str, Any] = {"customer": counted.customer, **span, "limit": 100}
    found: list[Decimal] = []
    while True:
        answer = ask(Request("GET", f"{place}?{urlencode(fields)}", headers=HEADERS))
        data = member(answer.document, "data")
        if not answer.is_success or not isinstance(data, list):
            raise unreadable(place, answer)
        found += [number(member(each, "aggregated_value"), place, answer) for each in data]
        if not member(answer.document, "has_more") or not data:
            return total(found)
        fields["starting_after"] = member(data[-1], "id")
