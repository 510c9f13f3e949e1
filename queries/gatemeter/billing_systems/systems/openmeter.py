"""OpenMeter, and Konnect's Metering & Billing: batches of CloudEvents.

Sources: openmeterio/openmeter, api/v3/handlers/events/ingest.go and openmeter/ingest (answers, whole seconds, batches
that are not atomic); openmeter.io/docs/metering/events/usage-events (an event is known again by `source` and `id`);
Kong/developer.konghq.com, api-specs/konnect/metering-and-billing/v3 (questions about meters).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import quote, urlencode

from gatemeter.billing.rating import total
from gatemeter.billing_systems.billing_system import Answer, Ask, Counted, Limits, Request, encoded, rfc3339
from gatemeter.billing_systems.delivery import Delivery, Outcome, Result, all_of
from gatemeter.billing_systems.reading import member, missing_meter, number, unreadable
from gatemeter.plans.amount import plain

SOURCE = "gatemeter"
_TAKEN = {"v1": HTTPStatus.NO_CONTENT, "v3": HTTPStatus.ACCEPTED}


class OpenMeter:
    """`api` is v1 of OpenMeter itself, or v3, which Konnect has.

    Ids are known again for `remembers`: 32 days by the documentation, in an installation of one's own what its
    settings say, and not at all where deduplication is off.
    """

    name = "openmeter"

    def __init__(self, api: Literal["v1", "v3"] = "v1", remembers: timedelta = timedelta(days=32)) -> None:
        self._api = api
        self._path = "/api/v1" if api == "v1" else "/v3/openmeter"
        # Of a batch that fails a part may be stored, which is harmless only where it is known again.
        self.limits = Limits(batch_size=100 if remembers else 1, remembers=remembers)

    def unfit(self, delivery: Delivery) -> str | None:
        """Any decimal number is taken."""
        return None

    def event(self, delivery: Delivery) -> Mapping[str, Any]:
        """A CloudEvent whose `value` is text, so that no digit is lost; meters read numbers out of text."""
        return {
            "specversion": "1.0",
            "id": delivery.id,
            "source": SOURCE,
            "type": delivery.event_name,
            "subject": delivery.customer,
            "time": rfc3339(delivery.occurred_at),
            "data": {"value": plain(delivery.quantity)},
        }

    def request(self, deliveries: Sequence[Delivery]) -> Request:
        """A batch; version 1 takes no parameters behind the media type."""
        body = encoded([self.event(each) for each in deliveries])
        headers = {"Content-Type": "application/cloudevents-batch+json"}
        return Request("POST", f"{self._path}/events", body, headers, is_repeatable=self.limits.knows_ids)

    def outcomes(self, deliveries: Sequence[Delivery], answer: Answer) -> Sequence[Outcome] | None:
        """An answer is about the whole batch, of which a part may be stored when it is refused."""
        if answer.status == _TAKEN[self._api]:
            return all_of(deliveries, Result.DELIVERED)
        return all_of(deliveries, Result.UNANSWERED) if answer.is_success else None

    def total(self, counted: Counted, ask: Ask) -> Decimal:
        """What the meter gives for the subject."""
        if counted.meter is None:
            raise missing_meter(counted)
        place = f"{self._path}/meters/{quote(counted.meter, safe='')}/query"
        answer = ask(self._question(place, counted))
        data = member(answer.document, "data")
        if not answer.is_success or not isinstance(data, list):
            raise unreadable(place, answer)
        return total([number(member(each, "value"), place, answer) for each in data])

    def _question(self, place: str, counted: Counted) -> Request:
        span = {"from": rfc3339(counted.start), "to": rfc3339(counted.end)}
        if self._api == "v1":
            return Request("GET", f"{place}?{urlencode({'subject': counted.customer, **span})}")
        of_subject = {"dimensions": {"subject": {"eq": counted.customer}}}
        return Request("POST", place, encoded({**span, "filters": of_subject}), {"Content-Type": "application/json"})
