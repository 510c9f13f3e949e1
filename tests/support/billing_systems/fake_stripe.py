"""Stripe's meter events, both versions, by its documentation: most checks come after the 200."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import ClassVar
from urllib.parse import parse_qs

from tests.support.billing_systems.fake_system import KEY, Asked, FakeSystem, Given

TOKEN = "session-token"
SESSION_LENGTH = timedelta(minutes=15)


class FakeStripe(FakeSystem):
    """`meters` are ids by event name. Events of others, and of unknown customers, are taken and never counted."""

    meters: ClassVar[dict[str, str]] = {"api_requests": "mtr_1"}
    remembers: ClassVar[timedelta | None] = timedelta(hours=24)
    session_ends_at: datetime | None = None
    sessions = 0

    def checked(self, asked: Asked) -> Given:
        """The stream takes tokens of sessions, everything else the key."""
        if asked.path == "/v2/billing/meter_event_stream":
            is_open = self.session_ends_at is not None and self.clock.now() < self.session_ends_at
            has_token = asked.headers.get("authorization") == f"Bearer {TOKEN}"
            return self._streamed(asked) if is_open and has_token else Given(401, {"error": {"code": "expired"}})
        return super().checked(asked)

    def answer(self, asked: Asked) -> Given:
        """By path."""
        if not asked.headers.get("stripe-version"):
            return Given(400, {"error": {"message": "no version"}})
        if asked.path == "/v1/billing/meter_events":
            return self._created(asked)
        if asked.path == "/v2/billing/meter_event_session":
            self.session_ends_at, self.sessions = self.clock.now() + SESSION_LENGTH, self.sessions + 1
            expires_at = f"{self.session_ends_at:%Y-%m-%dT%H:%M:%S.000Z}"
            return Given(200, {"authentication_token": TOKEN, "expires_at": expires_at})
        if asked.path.endswith("/event_summaries"):
            return self._summed(asked)
        return Given(404, {"error": {"message": f"unrecognized request URL, {KEY}"}})

    def _created(self, asked: Asked) -> Given:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode(), strict_parsing=True).items()}
        identifier, name = form["identifier"], form["event_name"]
        at = datetime.fromtimestamp(int(form["timestamp"]), UTC)
        if (wrong := self._wrong(at, form["payload[value]"])) or len(identifier) > 100:
            return Given(400, {"error": {"type": "invalid_request_error", "code": wrong, "message": wrong}})
        if self.knows(identifier):
            message = f"An event already exists with identifier {identifier}."
            return Given(400, {"error": {"type": "invalid_request_error", "message": message}})
        self._count(identifier, form["payload[stripe_customer_id]"], name, at, form["payload[value]"])
        return Given(200, {"object": "billing.meter_event", "identifier": identifier, "event_name": name})

    def _streamed(self, asked: Asked) -> Given:
        events = asked.document["events"]
        if not 1 <= len(events) <= 100:
            return Given(400, {"error": {"code": "too_many_events"}})
        for event in events:
            at, payload = datetime.fromisoformat(event["timestamp"]), event["payload"]
            if not self._wrong(at, payload["value"]) and not self.knows(event["identifier"]):
                name, customer = event["event_name"], payload["stripe_customer_id"]
                self._count(event["identifier"], customer, name, at, payload["value"])
        return Given(200, {})

    def _wrong(self, at: datetime, value: str) -> str:
        now = self.clock.now()
        if at < now - timedelta(days=35):
            return "timestamp_too_far_in_past"
        if at > now + timedelta(minutes=5):
            return "timestamp_in_future"
        is_whole = value.removeprefix("-").isdigit() and len(value.removeprefix("-")) <= 15
        return "" if is_whole else "meter_event_invalid_value"

    def _count(self, identifier: str, customer: str, name: str, at: datetime, value: str) -> None:
        if customer in self.customers and name in self.meters:
            self.store(identifier, customer, name, at, Decimal(value))

    def _summed(self, asked: Asked) -> Given:
        start, end = (int(asked.query[name]) for name in ("start_time", "end_time"))
        if start % 60 or end % 60 or asked.query["customer"] not in self.customers:
            return Given(400, {"error": {"message": "not aligned, or no such customer"}})
        name = next((name for name, meter in self.meters.items() if f"/{meter}/" in asked.path), None)
        values = [
            each.value
            for each in self.events
            if (each.customer, each.name) == (asked.query["customer"], name) and start <= each.at.timestamp() < end
        ]
        data = [{"id": "s1", "aggregated_value": float(sum(values))}] if values else []
        return Given(200, {"object": "list", "data": data, "has_more": False})
