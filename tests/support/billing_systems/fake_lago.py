"""Lago's batches and its list of events by its source: a batch is stored whole or not at all."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.support.billing_systems.fake_system import Asked, FakeSystem, Given

_PER_PAGE = 2


class FakeLago(FakeSystem):
    """`customers` are subscriptions; events of others are stored, too, as Lago does."""

    def answer(self, asked: Asked) -> Given:
        """By path."""
        if asked.path == "/api/v1/events/batch":
            return self._stored(asked.document["events"])
        if asked.path == "/api/v1/events":
            return self._listed(asked)
        return Given(404, {"status": 404, "error": "Not Found"})

    def _stored(self, events: list[dict[str, Any]]) -> Given:
        if len(events) > 100:
            return self._refused({"events": ["too_many_events"]})
        errors = {str(place): wrong for place, each in enumerate(events) if (wrong := self._wrong(each))}
        if errors:
            return self._refused(errors)
        for each in events:
            at, value = datetime.fromtimestamp(each["timestamp"], UTC), Decimal(each["properties"]["value"])
            self.store(each["transaction_id"], each["external_subscription_id"], each["code"], at, value)
        return Given(200, {"events": [{"transaction_id": each["transaction_id"]} for each in events]})

    def _wrong(self, event: dict[str, Any]) -> dict[str, list[str]]:
        if not event["code"] or event["code"] == "bad":
            return {"code": ["value_is_mandatory"]}
        return {"transaction_id": ["value_already_exist"]} if self.knows(event["transaction_id"]) else {}

    def _refused(self, errors: dict[str, Any]) -> Given:
        details = {"status": 422, "error": "Unprocessable Entity", "code": "validation_errors"}
        return Given(422, {**details, "error_details": errors})

    def _listed(self, asked: Asked) -> Given:
        start, end = (datetime.fromisoformat(asked.query[f"timestamp_{name}"]) for name in ("from", "to"))
        wanted = (asked.query["external_subscription_id"], asked.query["code"])
        found = [each for each in self.events if (each.customer, each.name) == wanted and start <= each.at <= end]
        page = int(asked.query["page"])
        shown = found[(page - 1) * _PER_PAGE : page * _PER_PAGE]
        following = page + 1 if page * _PER_PAGE < len(found) else None
        events = [{"transaction_id": each.id, "properties": {"value": str(each.value)}} for each in shown]
        return Given(200, {"events": events, "meta": {"current_page": page, "next_page": following}})
