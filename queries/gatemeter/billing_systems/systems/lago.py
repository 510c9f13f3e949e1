"""Lago: batches of events, which are stored whole or not at all.

Sources: docs.getlago.com/api-reference/events/batch and /list-events; getlago/lago-api,
app/services/events/create_batch_service.rb (errors by place in the batch, `value_already_exist`), issue #3049, and
#4163 (what is listed twice).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from gatemeter.billing.rating import total
from gatemeter.billing_systems.billing_system import Answer, Ask, Counted, Limits, Request, encoded, rfc3339
from gatemeter.billing_systems.delivery import Delivery, Outcome, Result
from gatemeter.billing_systems.reading import member, number, unreadable
from gatemeter.plans.amount import plain

_TAKEN = "value_already_exist"


class Lago:
    """`customer` of a delivery is a subscription's external id, `event_name` the code of a billable metric."""

    name = "lago"
    limits = Limits(batch_size=100)

    def unfit(self, delivery: Delivery) -> str | None:
        """Any decimal number is taken."""
        return None

    def event(self, delivery: Delivery) -> Mapping[str, Any]:
        """The metric sums the property `value`, which is text so that no digit is lost."""
        return {
            "transaction_id": delivery.id,
            "external_subscription_id": delivery.customer,
            "code": delivery.event_name,
            "timestamp": int(delivery.occurred_at.timestamp()),
            "properties": {"value": plain(delivery.quantity)},
        }

    def request(self, deliveries: Sequence[Delivery]) -> Request:
        """A batch."""
        body = encoded({"events": [self.event(each) for each in deliveries]})
        return Request("POST", "/api/v1/events/batch", body, {"Content-Type": "application/json"})

    def outcomes(self, deliveries: Sequence[Delivery], answer: Answer) -> Sequence[Outcome] | None:
        """Success lists the events. One that is refused has an error by its place, and the others are not stored."""
        if answer.is_success:
            stored = member(answer.document, "events")
            ids = {member(each, "transaction_id") for each in stored} if isinstance(stored, list) else set()
            return [Outcome(Result.DELIVERED if each.id in ids else Result.UNANSWERED) for each in deliveries]
        errors = member(answer.document, "error_details")
        if answer.status != HTTPStatus.UNPROCESSABLE_ENTITY or not isinstance(errors, dict):
            return None
        if not any(str(place) in errors for place in range(len(deliveries))):
            return None
        return [_outcome(errors.get(str(place))) for place in range(len(deliveries))]

    def total(self, counted: Counted, ask: Ask) -> Decimal:
        """The sum of the events that Lago lists; it ignores those of a code without a metric, and lists them, too.

        An event that was sent again is listed twice where events are stored in ClickHouse, and counts once.
        """
        fields = {
            "external_subscription_id": counted.customer,
            "code": counted.event_name,
            "timestamp_from": rfc3339(counted.start),
            "timestamp_to": rfc3339(counted.end - timedelta(seconds=1)),
            "per_page": "100",
        }
        found, page = dict[str, Decimal](), 1
        while True:
            answer = ask(Request("GET", f"/api/v1/events?{urlencode({**fields, 'page': page})}"))
            events = member(answer.document, "events")
            if not answer.is_success or not isinstance(events, list):
                raise unreadable("/api/v1/events", answer)
            for each in events:
                value = member(member(each, "properties"), "value")
                found[str(member(each, "transaction_id"))] = number(value, "/api/v1/events", answer)
            following = member(member(answer.document, "meta"), "next_page")
            if not isinstance(following, int) or following <= page:
                return total(found.values())
            page = following


def _outcome(errors: object) -> Outcome:
    if errors is None:
        return Outcome(Result.UNANSWERED)
    told = member(errors, "transaction_id")
    if errors == {"transaction_id": told} and told == [_TAKEN]:
        return Outcome(Result.DUPLICATE, _TAKEN)
    return Outcome(Result.REFUSED, encoded(errors).decode())
