"""OpenMeter's ingestion and meters by its source: batches are not atomic, and equal ids of a source count once."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from tests.support.billing_systems.fake_system import Asked, FakeSystem, Given

KONNECT_METER = "01KONNECTMETER"
MEDIA_TYPE = "application/cloudevents-batch+json"


class FakeOpenMeter(FakeSystem):
    """Both APIs; the meter `api_requests` sums `value`."""

    remembers: ClassVar[timedelta | None] = timedelta(days=32)

    def answer(self, asked: Asked) -> Given:
        """By path."""
        if asked.path in ("/api/v1/events", "/v3/openmeter/events"):
            return self._ingested(asked)
        if (asked.method, asked.path) == ("GET", "/api/v1/meters/api_requests/query"):
            value = self._total(asked.query["subject"], asked.query["from"], asked.query["to"])
            return Given(200, {"data": [] if value is None else [{"value": float(value)}]})
        if (asked.method, asked.path) == ("POST", f"/v3/openmeter/meters/{KONNECT_METER}/query"):
            question = asked.document
            [subject] = question["filters"]["dimensions"].pop("subject").values()
            value = self._total(subject, question["from"], question["to"])
            return Given(200, {"data": [] if value is None else [{"value": str(value), "dimensions": {}}]})
        return Given(404, {"status": 404, "title": "Not Found"})

    def _total(self, subject: str, start: str, end: str) -> Decimal | None:
        span = (datetime.fromisoformat(start), datetime.fromisoformat(end))
        of_subject = [each for each in self.events if (each.customer, each.name) == (subject, "api_requests")]
        values = [each.value for each in of_subject if span[0] <= each.at < span[1]]
        return sum(values, Decimal(0)) if values else None

    def _ingested(self, asked: Asked) -> Given:
        if asked.headers.get("content-type") != MEDIA_TYPE:
            return Given(400, {"status": 400, "detail": "invalid content type"})
        for event in asked.document:
            if event["specversion"] != "1.0" or not event["subject"] or event["subject"] == "bad":
                return Given(400, {"status": 400, "detail": f"invalid event {event['id']}"})
            if not self.knows(event["id"]):
                at, value = datetime.fromisoformat(event["time"]), Decimal(event["data"]["value"])
                self.store(event["id"], event["subject"], event["type"], at, value)
        return Given(204 if asked.path.startswith("/api/v1") else 202)
