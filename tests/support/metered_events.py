"""Events that custom meters count, and what they add up to, worked out while they are made."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from tests.support.declared_meters import BYTES_OUT, CREDITS, EXPORTS, SEATS
from tests.support.kong_events import STARTED_AT_MS

METERS = CREDITS + BYTES_OUT + EXPORTS + SEATS
CONSUMERS = ("con-0", "con-1", "con-2")


@dataclass
class MeteredEvents:
    """Lines of a log, every tenth of them twice, and the exact totals by (meter, consumer)."""

    lines: list[bytes] = field(default_factory=list)
    values: defaultdict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    seats: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, count: int) -> "MeteredEvents":
        """`count` different events: for each two requests a CloudEvent that is not one."""
        events = cls()
        for number in range(count):
            line = events.export(number) if number % 3 == 2 else events.request(number)
            events.lines += [line] * (1 + (number % 10 == 0))
        return events

    def request(self, number: int) -> bytes:
        consumer, credits_text, size = CONSUMERS[number % 3], f"{number % 7}.{number % 4}25", 1_000 + number
        self.values["credits", consumer] += Decimal(credits_text)
        self.values["bytes-out", consumer] += Decimal(size)
        headers = {"x-credits": credits_text, "x-plan": "gold" if number % 2 else "free"}
        event = {
            "request": {"id": f"r{number}", "method": "GET"},
            "response": {"status": 200, "size": size, "headers": headers},
            "consumer": {"id": consumer},
            "started_at": STARTED_AT_MS + number,
        }
        return json.dumps(event).encode()

    def export(self, number: int) -> bytes:
        consumer, user = CONSUMERS[number % 2], f"user {number % 11}"
        self.values["exports", consumer] += Decimal(number)
        self.seats.setdefault(consumer, set()).add(user)
        event = {
            "specversion": "1.0",
            "type": "report.exported",
            "source": "reports",
            "id": f"e{number}",
            "subject": consumer,
            "time": "2026-02-03T10:30:00Z",
            "data": {"rows": number, "user": user},
        }
        return json.dumps(event).encode()

    def totals(self) -> dict[tuple[str, str], Decimal]:
        """What the report has to show, by (meter, consumer)."""
        seats = {("seats", consumer): Decimal(len(users)) for consumer, users in self.seats.items()}
        return {**self.values, **seats}
