"""Metronome's ingestion and usage by its documentation: what it knows it ignores without a word."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from tests.support.billing_systems.fake_system import Asked, FakeSystem, Given

_DAYS = timedelta(days=34)


class FakeMetronome(FakeSystem):
    """The billable metric `metric-1` sums `value` of `api_requests`."""

    remembers: ClassVar[timedelta | None] = _DAYS

    def answer(self, asked: Asked) -> Given:
        """By path."""
        if asked.path == "/v1/ingest":
            return self._ingested(asked)
        if asked.path == "/v1/usage" and asked.document["billable_metrics"] == [{"id": "metric-1"}]:
            return self._used(asked)
        return Given(404, {"message": "Not Found"})

    def _ingested(self, asked: Asked) -> Given:
        events, now = asked.document, self.clock.now()
        if not 1 <= len(events) <= 100:
            return Given(400, {"message": "1 to 100 events"})
        for each in events:
            at = datetime.fromisoformat(each["timestamp"])
            if not now - _DAYS <= at <= now + timedelta(hours=24) or not isinstance(each["properties"]["value"], str):
                return Given(400, {"message": f"event {each['transaction_id']}: timestamp or properties"})
        for each in events:
            if not self.knows(each["transaction_id"]):
                at, value = datetime.fromisoformat(each["timestamp"]), Decimal(each["properties"]["value"])
                self.store(each["transaction_id"], each["customer_id"], each["event_type"], at, value)
        return Given(200)

    def _used(self, asked: Asked) -> Given:
        """By the hour, on two pages: the first has an hour without usage. Bounds are midnights, some days apart."""
        question = asked.document
        start, end = (datetime.fromisoformat(question[name]) for name in ("starting_on", "ending_before"))
        if any((each.hour, each.minute, each.second) != (0, 0, 0) for each in (start, end)) or start >= end:
            return Given(400, {"message": "starting_on and ending_before must be aligned to UTC midnight"})
        if "next_page" not in asked.query:
            return Given(200, {"data": [{"value": None}], "next_page": "2/2"})
        hours: dict[str, Decimal] = {}
        for each in self.events:
            if each.customer in question["customer_ids"] and each.name == "api_requests" and start <= each.at < end:
                hour = f"{each.at:%Y-%m-%dT%H:00:00Z}"
                hours[hour] = hours.get(hour, Decimal(0)) + each.value
        data = [{"start_timestamp": hour, "value": float(value)} for hour, value in hours.items()]
        return Given(200, {"data": data, "next_page": None})
