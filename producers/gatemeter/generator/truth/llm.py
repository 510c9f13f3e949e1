"""Calls to language models: tokens, reported costs and latencies per consumer, model and outcome."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact
from typing import Any

from gatemeter.generator.ai.facts import LlmCallFacts
from gatemeter.generator.request_facts import RequestFacts, consumer_id
from gatemeter.generator.truth.latency import Counts, distribution_or_nulls
from gatemeter.generator.truth.usage import day_number, month_of

_KEY = ("period", "consumer_id", "provider", "request_model", "response_model", "outcome")
_FIRST_FAILING_STATUS = 400
_PROVIDER = "provider"

# Sums of printed decimals: where digits would be lost it stops rather than rounds.
_EXACT = Context(prec=60, traps=[Inexact])


@dataclass(slots=True)
class _Calls:
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost: Decimal = Decimal(0)
    without_cost: int = 0
    latencies: Counts = field(default_factory=Counter)


class LlmTruth:
    """Takes note of the calls of each request."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, ...], _Calls] = {}

    def count(self, facts: RequestFacts, call: LlmCallFacts) -> None:
        """One of the calls of a request."""
        period, outcome = month_of(day_number(facts.started_at_ms)), _outcome(facts, call)
        key = (period, consumer_id(facts), call.provider, call.request_model, call.response_model, outcome)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = _Calls()
        row.calls += 1
        row.prompt_tokens += call.prompt_tokens
        row.completion_tokens += call.completion_tokens
        row.cached_tokens += call.cached_tokens
        if outcome == _PROVIDER:
            _add_cost(row, call)
        if call.latency_ms is not None:
            row.latencies[call.latency_ms] += 1

    def rows(self) -> list[dict[str, Any]]:
        """By key; see `_row`."""
        return [_row(key, calls) for key, calls in sorted(self._rows.items())]


def _outcome(facts: RequestFacts, call: LlmCallFacts) -> str:
    if facts.status >= _FIRST_FAILING_STATUS:
        return "failed"
    return "cache_hit" if call.cache_status.lower() == "hit" else _PROVIDER


def _add_cost(row: _Calls, call: LlmCallFacts) -> None:
    """A call that used tokens and is logged to cost nothing costs nobody knows what."""
    cost = Decimal(call.cost_text or "0")
    if cost == 0:
        row.without_cost += 1
    row.cost = _EXACT.add(row.cost, cost)


def _row(key: tuple[str, ...], row: _Calls) -> dict[str, Any]:
    """`cost_reported` is text; None where the provider was paid and no call says how much."""
    unknown = row.without_cost == row.calls
    return {
        **dict(zip(_KEY, key, strict=True)),
        "calls": row.calls,
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
        "total_tokens": row.prompt_tokens + row.completion_tokens,
        "cached_tokens": row.cached_tokens,
        "cost_reported": None if unknown else format(row.cost.normalize(_EXACT), "f"),
        "calls_without_reported_cost": row.without_cost,
        **distribution_or_nulls(row.latencies),
    }
