"""Orb's ingestion and search by its documentation: events are refused one by one, and found by id and time.

Of the timeframe of a search docs.withorb.com/api-reference/event/search-events says what is assumed without one: a week
ago, and now.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.support.billing_systems.fake_system import Asked, FakeSystem, Given


class FakeOrb(FakeSystem):
    """With `stores_rest` unset, a request with an invalid event stores none, which the documentation leaves open."""

    grace = timedelta(days=10)
    searched = timedelta(days=7)
    """How far back a search looks that names no `timeframe_start`."""
    stores_rest = True
    deprecated: frozenset[str] = frozenset()
    """Ids of events that somebody has deprecated in Orb."""

    def answer(self, asked: Asked) -> Given:
        """By path."""
        if asked.path == "/v1/ingest":
            return self._ingested(asked)
        if asked.path == "/v1/events/search":
            return Given(200, {"data": self._found(asked.document)})
        return Given(404, {"status": 404})

    def _found(self, criteria: dict[str, Any]) -> list[dict[str, Any]]:
        """The timeframe is of the events' own times, begins at its start, and ends before its end."""
        start, end = (_moment(criteria.get(f"timeframe_{each}")) for each in ("start", "end"))
        now = self.clock.now()
        return [
            {
                "id": each.id,
                "timestamp": each.at.isoformat(),
                "properties": {"value": float(each.value)},
                "deprecated": each.id in self.deprecated,
            }
            for each in self.events
            if each.id in criteria["event_ids"] and (start or now - self.searched) <= each.at < (end or now)
        ]

    def _ingested(self, asked: Asked) -> Given:
        told: dict[str, list[str]] = {"ingested": [], "duplicate": []}
        events = asked.document["events"]
        failed = [
            {"idempotency_key": each["idempotency_key"], "validation_errors": [wrong]}
            for each in events
            if (wrong := self._wrong(each))
        ]
        keys = {each["idempotency_key"] for each in failed}
        if failed and not self.stores_rest:
            return Given(400, {"validation_failed": failed})
        for each in events:
            key = each["idempotency_key"]
            if key not in keys:
                told["duplicate" if self.knows(key) else "ingested"].append(key)
                self._store(each)
        debug = told if asked.query.get("debug") == "true" else None
        return Given(400 if failed else 200, {"validation_failed": failed, "debug": debug})

    def _store(self, event: dict[str, Any]) -> None:
        if not self.knows(event["idempotency_key"]):
            value = event["properties"]["value"]
            at = datetime.fromisoformat(event["timestamp"])
            self.store(event["idempotency_key"], event["external_customer_id"], event["event_name"], at, Decimal(value))

    def _wrong(self, event: dict[str, Any]) -> str:
        at, now = datetime.fromisoformat(event["timestamp"]), self.clock.now()
        if isinstance(event["properties"]["value"], str):
            return "the value is not a number"
        if event["external_customer_id"] not in self.customers:
            return "the customer is not known"
        if at > now + timedelta(hours=1):
            return "the timestamp is in the future"
        return "the timestamp is before the grace period" if at < now - self.grace else ""


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
