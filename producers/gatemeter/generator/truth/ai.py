"""Calls to language models, tools and agents: how many, how large, how fast, how many failed, what was reported."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact
from typing import Any

from gatemeter.generator.facts import FIRST_FAILING_STATUS, AgentCallFacts, LlmCallFacts, RequestFacts, consumer_id
from gatemeter.generator.truth.latency import Counts, distribution_or_nulls
from gatemeter.generator.truth.usage import day_number, month_of

_LLM_KEY = ("period", "consumer_id", "provider", "request_model", "response_model", "outcome")
_POSSIBLE_SPEND = ("provider", "blocked", "unknown")
_GATEWAY_TIMEOUT = 504
_BILLED_ERRORS = {"azure": (400, 408)}
"""Errors that a provider may bill, since it read the prompt."""

# Adds printed decimals: raises where digits would be lost, and never rounds.
_EXACT = Context(prec=60, traps=[Inexact])


@dataclass(slots=True)
class _LlmCalls:
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost: Decimal = Decimal(0)
    without_cost: int = 0
    latencies: Counts = field(default_factory=Counter)


class LlmTruth:
    """Sums up calls by period, caller and what was called."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, ...], _LlmCalls] = {}

    def count(self, facts: RequestFacts, call: LlmCallFacts) -> None:
        """Count one call of a request."""
        period, outcome = month_of(day_number(facts.started_at_ms)), _outcome(facts, call)
        key = (period, consumer_id(facts), call.provider, call.request_model, call.response_model, outcome)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = _LlmCalls()
        row.calls += 1
        row.prompt_tokens += call.prompt_tokens
        row.completion_tokens += call.completion_tokens
        row.cached_tokens += call.cached_tokens
        if outcome in _POSSIBLE_SPEND:
            _add_cost(row, call)
        if call.latency_ms is not None:
            row.latencies[call.latency_ms] += 1

    def rows(self) -> list[dict[str, Any]]:
        """Rows of `llm` in the truth, sorted by their key."""
        return [_llm_row(key, calls) for key, calls in sorted(self._rows.items())]


def _outcome(facts: RequestFacts, call: LlmCallFacts) -> str:
    is_hit = call.cache_status.lower() == "hit"
    if facts.status < FIRST_FAILING_STATUS:
        return "cache_hit" if is_hit else "provider"
    if is_hit:
        return "failed"
    if call.completion_tokens:
        return "blocked"
    may_be_billed = facts.status in (_GATEWAY_TIMEOUT, *_BILLED_ERRORS.get(call.provider, ()))
    return "unknown" if may_be_billed else "failed"


def _add_cost(row: _LlmCalls, call: LlmCallFacts) -> None:
    """A logged cost of 0 is not a cost: the call used tokens, so its real cost is not known."""
    cost = Decimal(call.cost_text or "0")
    if cost == 0:
        row.without_cost += 1
    row.cost = _EXACT.add(row.cost, cost)


def _llm_row(key: tuple[str, ...], row: _LlmCalls) -> dict[str, Any]:
    """`cost_reported` is text; None where the provider was paid and none of the calls has a logged cost."""
    unknown = row.without_cost == row.calls
    return {
        **dict(zip(_LLM_KEY, key, strict=True)),
        "calls": row.calls,
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
        "total_tokens": row.prompt_tokens + row.completion_tokens,
        "cached_tokens": row.cached_tokens,
        "cost_reported": None if unknown else format(row.cost.normalize(_EXACT), "f"),
        "calls_without_reported_cost": row.without_cost,
        **distribution_or_nulls(row.latencies),
    }


_TOOLS_KEY = ("period", "kind", "method", "tool", "task_state")
_FAILED_STATES = frozenset(("failed", "rejected"))


@dataclass(slots=True)
class _AgentCalls:
    calls: int = 0
    errors: int = 0
    response_bytes: int = 0
    latencies: Counts = field(default_factory=Counter)


class ToolsTruth:
    """Sums up calls by period, caller and what was called."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, ...], _AgentCalls] = {}

    def count(self, facts: RequestFacts, call: AgentCallFacts) -> None:
        """Count one call of a request. A failed task is an error, whatever the status of the request."""
        key = (month_of(day_number(facts.started_at_ms)), call.kind, call.method, call.tool, call.task_state)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = _AgentCalls()
        row.calls += 1
        row.errors += bool(call.error) or call.task_state in _FAILED_STATES
        row.response_bytes += call.response_bytes
        if call.latency_ms is not None:
            row.latencies[call.latency_ms] += 1

    def rows(self) -> list[dict[str, Any]]:
        """Rows of `tools` in the truth, sorted by their key."""
        return [
            {
                **dict(zip(_TOOLS_KEY, key, strict=True)),
                "calls": row.calls,
                "errors": row.errors,
                "response_bytes": row.response_bytes,
                **distribution_or_nulls(row.latencies),
            }
            for key, row in sorted(self._rows.items())
        ]
