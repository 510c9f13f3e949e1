"""Calls of tools and agents: how many, how many went wrong, how much and how fast they answered."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from gatemeter.generator.ai.facts import AgentCallFacts
from gatemeter.generator.request_facts import RequestFacts
from gatemeter.generator.truth.latency import Counts, distribution_or_nulls
from gatemeter.generator.truth.usage import day_number, month_of

_KEY = ("period", "kind", "method", "tool", "task_state")
_FAILED_STATES = frozenset(("failed", "rejected"))


@dataclass(slots=True)
class _Calls:
    calls: int = 0
    errors: int = 0
    response_bytes: int = 0
    latencies: Counts = field(default_factory=Counter)


class ToolsTruth:
    """Takes note of the calls of each request."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, ...], _Calls] = {}

    def count(self, facts: RequestFacts, call: AgentCallFacts) -> None:
        """One of the calls of a request. A task that ended badly is an error, whatever the status of the request."""
        key = (month_of(day_number(facts.started_at_ms)), call.kind, call.method, call.tool, call.task_state)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = _Calls()
        row.calls += 1
        row.errors += bool(call.error) or call.task_state in _FAILED_STATES
        row.response_bytes += call.response_bytes
        if call.latency_ms is not None:
            row.latencies[call.latency_ms] += 1

    def rows(self) -> list[dict[str, Any]]:
        """By key."""
        return [
            {
                **dict(zip(_KEY, key, strict=True)),
                "calls": row.calls,
                "errors": row.errors,
                "response_bytes": row.response_bytes,
                **distribution_or_nulls(row.latencies),
            }
            for key, row in sorted(self._rows.items())
        ]
