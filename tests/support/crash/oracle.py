"""Counts a log once, plainly and without any code of the pipeline: what every table must hold.

It reads each line with the standard library and follows the documented rules: a copy of an event within an epoch or
the next one of its partition is a duplicate; what cannot be read as an event is a dead letter, also an empty message;
a TCP session does not count as a request.
"""

import bisect
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

UsageKey = tuple[int, str, str, str, str, str, str, str, int, str]
"""Hour (Unix s), consumer id, username, custom id, service, route, workspace, method, status, source."""

_EARLIEST_MS, _LATEST_MS = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1000 for year in (2010, 2100))
_HOUR_MS = 3_600_000
_NS_PER_MS = 1_000_000
_LATENCIES = {"request": "request", "upstream": "proxy", "gateway": "kong"}
"""The name of each latency in the tables, and in the log."""


class Kind(StrEnum):
    """How a line counts."""

    REQUEST = "request"
    SESSION = "session"
    DEAD_LETTER = "dead_letter"


@dataclass(frozen=True, slots=True)
class Event:
    """A line as it was read; `document` is empty for a dead letter."""

    kind: Kind
    identity: str = ""
    consumer: str = ""
    document: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class EpochAccount:
    """How many events of an epoch counted as what."""

    consumed: int = 0
    counted: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    other_kind: int = 0


def read_event(line: bytes) -> Event:
    """Read one line of a message."""
    try:
        document = json.loads(line.decode("utf-8"))
    except ValueError:
        return Event(Kind.DEAD_LETTER)
    if not isinstance(document, dict) or not _has_time(document):
        return Event(Kind.DEAD_LETTER)
    if "session" in document:
        return Event(Kind.SESSION, line.decode(), document=document)
    if "request" not in document or not isinstance(document["response"].get("status"), int):
        return Event(Kind.DEAD_LETTER)
    return Event(Kind.REQUEST, document["request"]["id"], document.get("consumer", {}).get("id", ""), document)


def _has_time(document: dict[str, Any]) -> bool:
    started_at = document.get("started_at")
    return isinstance(started_at, int) and _EARLIEST_MS <= started_at < _LATEST_MS


class Oracle:
    """Counts the messages of a topic; each partition's come in the order of their offsets."""

    def __init__(self, epoch_size: int) -> None:
        self.epochs: dict[tuple[int, int], EpochAccount] = defaultdict(EpochAccount)
        """By partition and first offset."""
        self.usage: dict[UsageKey, Counter[str]] = defaultdict(Counter)
        """Requests, bytes, and per latency its count, sum in ns, and count in each bucket of the sketch."""
        self.sessions: Counter[str] = Counter()
        self._epoch_size = epoch_size
        self._seen: dict[tuple[int, int], set[str]] = defaultdict(set)

    def totals(self) -> EpochAccount:
        """All epochs together."""
        names = EpochAccount.__slots__
        return EpochAccount(*(sum(getattr(each, name) for each in self.epochs.values()) for name in names))

    def add(self, partition: int, offset: int, value: bytes | None, log_format: str | None) -> None:
        """Count one message."""
        epoch = offset // self._epoch_size
        account = self.epochs[partition, epoch * self._epoch_size]
        lines = [line for line in (value or b"").split(b"\n") if line.strip()] or [b""]
        if log_format is not None:
            lines, log_format = [b""], None
        for line in lines:
            account.consumed += 1
            self._add_event(read_event(line), account, partition, epoch)

    def _add_event(self, event: Event, account: EpochAccount, partition: int, epoch: int) -> None:
        if event.kind is Kind.DEAD_LETTER:
            account.dead_letters += 1
            return
        known = any(event.identity in self._seen.get((partition, each), ()) for each in (epoch - 1, epoch))
        self._seen[partition, epoch].add(event.identity)
        self._seen.pop((partition, epoch - 2), None)
        if known:
            account.duplicates += 1
        elif event.kind is Kind.SESSION:
            account.other_kind += 1
            self._count_session(event.document["session"])
        else:
            account.counted += 1
            self._count_request(event.document)

    def _count_session(self, session: dict[str, Any]) -> None:
        self.sessions += Counter(sessions=1, received_bytes=session["received"], sent_bytes=session["sent"])

    def _count_request(self, document: dict[str, Any]) -> None:
        usage = self.usage[_key(document)]
        usage["requests"] += 1
        usage["request_bytes"] += document["request"]["size"]
        usage["response_bytes"] += document["response"]["size"]
        for name, logged in _LATENCIES.items():
            latency_ms = document["latencies"].get(logged, -1)
            if latency_ms >= 0:
                usage[f"{name}_count"] += 1
                usage[f"{name}_sum_ns"] += latency_ms * _NS_PER_MS
                usage[f"{name}_bucket_{_bucket(latency_ms)}"] += 1


def _key(document: dict[str, Any]) -> UsageKey:
    consumer = document.get("consumer", {})
    return (
        document["started_at"] // _HOUR_MS * (_HOUR_MS // 1000),
        consumer.get("id", ""),
        consumer.get("username", ""),
        consumer.get("custom_id", ""),
        document.get("service", {}).get("name", ""),
        document.get("route", {}).get("name", ""),
        document["workspace"],
        document["request"]["method"],
        document["response"]["status"],
        document["source"],
    )


@lru_cache(maxsize=65_536)
def _bucket(latency_ms: int) -> int:
    """The sketch's bucket: 0 for 0, else the first whose upper bound, (1.01/0.99)^(bucket - 1) ns, is not below."""
    return bisect.bisect_left(_UPPER_BOUNDS_NS, latency_ms * _NS_PER_MS) + 1 if latency_ms else 0


_UPPER_BOUNDS_NS = [(1.01 / 0.99) ** power for power in range(2_000)]
