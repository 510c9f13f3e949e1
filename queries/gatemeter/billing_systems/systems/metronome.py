"""Metronome: batches of up to 100 events; what it knows already it ignores without a word.

Sources: docs.metronome.com/api-reference/usage/ingest-events (34 days back, ids known for 34 days),
docs.metronome.com/guides/events/send-usage-events (properties as text, 24 hours ahead),
docs.metronome.com/api-reference/usage/get-batched-usage-data; that its bounds are midnights in UTC, a day apart at
least: PostHog/posthog#99456 and dust-tt/dust#26291.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from gatemeter.billing.rating import total
from gatemeter.billing_systems.billing_system import Answer, Ask, Counted, Limits, Request, encoded, rfc3339
from gatemeter.billing_systems.delivery import Delivery, Outcome, Result, all_of
from gatemeter.billing_systems.reading import member, missing_meter, number, unreadable
from gatemeter.plans.amount import plain

_JSON = {"Content-Type": "application/json"}
_DAYS = timedelta(days=34)
_DAY = timedelta(days=1)
_USAGE = "/v1/usage"


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
        """What the billable metric `counted.meter` gives for the customer: its hours within the time that is asked."""
        if counted.meter is None:
            raise missing_meter(counted)
        body, found, path = _question(counted), Decimal(0), _USAGE
        while True:
            answer = ask(Request("POST", path, body, _JSON))
            data = member(answer.document, "data")
            if not answer.is_success or not isinstance(data, list):
                raise unreadable(_USAGE, answer)
            found = total([found, *(_value(each, counted, answer) for each in data)])
            cursor = member(answer.document, "next_page")
            if not cursor:
                return found
            path = f"{_USAGE}?next_page={quote(str(cursor), safe='')}"


def _question(counted: Counted) -> bytes:
    """By the hour, from midnight to midnight: other bounds are refused."""
    end = _midnight(counted.end)
    return encoded(
        {
            "starting_on": rfc3339(_midnight(counted.start)),
            "ending_before": rfc3339(end if end == counted.end else end + _DAY),
            "window_size": "HOUR",
            "customer_ids": [counted.customer],
            "billable_metrics": [{"id": counted.meter}],
        }
    )


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _value(row: object, counted: Counted, answer: Answer) -> Decimal:
    """The value of an hour, 0 where it is not asked for. Raises DeliveryError where its hour is not said."""
    if (value := member(row, "value")) is None:
        return Decimal(0)
    try:
        start = datetime.fromisoformat(str(member(row, "start_timestamp")))
    except ValueError as error:
        raise unreadable(_USAGE, answer) from error
    if start.tzinfo is None:
        raise unreadable(_USAGE, answer)
    return number(value, _USAGE, answer) if counted.start <= start < counted.end else Decimal(0)
