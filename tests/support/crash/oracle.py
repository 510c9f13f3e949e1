"""Counts a log once, plainly and without any code of the pipeline: what every table must hold.

It reads each line with the standard library and follows the documented rules: a copy of an event within an epoch or
the next one of its partition is a duplicate; what cannot be read as an event is a dead letter, also an empty message;
a TCP session does not count as a request. What calls of models and agents add is in `llm_oracle` and `agent_oracle`.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from tests.support.crash.agent_oracle import agent_calls
from tests.support.crash.cost_oracle import CostOracle
from tests.support.crash.latency_oracle import latency_measures, size_measures
from tests.support.crash.llm_oracle import llm_rows

CALLER = (
    *("toUnixTimestamp(hour)", "consumer_id", "consumer_username", "consumer_custom_id"),
    *("service_id", "service_name", "route_id", "route_name", "workspace"),
)
"""The columns that every key of usage begins with; the hour as the Unix second at which it begins."""
USAGE_KEY = (*CALLER, "method", "status", "source")
MINUTE_KEY = ("toUnixTimestamp(minute)", *CALLER[4:], "status", "source")
UsageKey = tuple[Any, ...]
Sums = dict[UsageKey, dict[str, int | Fraction]]
"""What is added up per key, by name. What is 0 may be left out."""

_EARLIEST_MS, _LATEST_MS = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1000 for year in (2010, 2100))
_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000
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
        document = json.loads(line.decode("utf-8"), parse_float=Decimal)
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
        self.usage: Sums = defaultdict(dict)
        """By `USAGE_KEY`: requests, bytes, and per latency and size its count, sum, and count in each bucket."""
        self.minutes: Sums = defaultdict(dict)
        """By `MINUTE_KEY`: what `usage` has, without sizes of single requests."""
        self.monthly: Counter[tuple[date, str, str]] = Counter()
        """Requests by month, workspace and source."""
        self.llm: Sums = defaultdict(dict)
        """By `CALLER` and `llm_oracle.LLM_KEY`."""
        self.agentic: Sums = defaultdict(dict)
        """By `CALLER` and `agent_oracle.AGENT_KEY`."""
        self.agent_sessions: dict[UsageKey, set[int]] = defaultdict(set)
        self.sessions: Counter[str] = Counter()
        self._costs = CostOracle()
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
        caller = _caller(document)
        key = (*caller, document["request"]["method"], document["response"]["status"], document["source"])
        sizes = {"request_bytes": document["request"]["size"], "response_bytes": document["response"]["size"]}
        minute = document["started_at"] // _MINUTE_MS * (_MINUTE_MS // 1000)
        minute_key = (minute, *caller[4:], document["response"]["status"], document["source"])
        for sums in (self.usage[key], self.minutes[minute_key]):
            _add(sums, {"requests": 1, **sizes})
            for name, logged in _LATENCIES.items():
                _add(sums, latency_measures(name, document["latencies"].get(logged, -1)))
        for size in ("request", "response"):
            _add(self.usage[key], size_measures(f"{size}_size", document[size]["size"]))
        month = datetime.fromtimestamp(caller[0], UTC).date().replace(day=1)
        self.monthly[month, document["workspace"], document["source"]] += 1
        self._count_calls(document, caller)

    def _count_calls(self, document: dict[str, Any], caller: UsageKey) -> None:
        for names, measures in llm_rows(document, caller[0], self._costs):
            _add(self.llm[*caller, *names], measures)
        for call in agent_calls(document):
            key = (*caller, *call.key)
            _add(self.agentic[key], call.measures)
            if call.session_hash is not None:
                self.agent_sessions[key].add(call.session_hash)


def _add(sums: dict[str, int | Fraction], more: Mapping[str, int | Fraction]) -> None:
    for name, value in more.items():
        sums[name] = sums.get(name, 0) + value


def _caller(document: dict[str, Any]) -> UsageKey:
    consumer, service, route = (document.get(name, {}) for name in ("consumer", "service", "route"))
    return (
        document["started_at"] // _HOUR_MS * (_HOUR_MS // 1000),
        *(consumer.get(name, "") for name in ("id", "username", "custom_id")),
        *(service.get(name, "") for name in ("id", "name")),
        *(route.get(name, "") for name in ("id", "name")),
        document["workspace"],
    )
