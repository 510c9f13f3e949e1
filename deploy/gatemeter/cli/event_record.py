"""A decoded event as a record for output: normalised fields, null where the event gives no value."""

from datetime import UTC, datetime
from typing import Any

from gatemeter.events.access_event import AccessEvent, AgentCall, AgentProtocol
from gatemeter.events.usage_keys import Caller
from gatemeter.formats.explain import DecodeExplanation
from gatemeter.llm.call import EmbeddingsEvidence, LlmCall, Outcome
from gatemeter.meters.aggregation import scaled_text
from gatemeter.meters.meter import MeterReading
from gatemeter.output.placeholders import subject_of_id
from gatemeter.pricing.cost import CostEvidence, price_usage
from gatemeter.pricing.cost_derivation import amount_text, derivation_lines
from gatemeter.pricing.gap import gaps_text
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.priced_usage import usage_of_call

Record = dict[str, Any]

_NO_EVENT: Record = {
    "consumer": {"id": None, "username": None, "custom_id": None},
    "subject": None,
    "service": {"id": None, "name": None},
    "route": None,
    "route_id": None,
    "workspace": None,
    "team": None,
    "organisation": None,
    "method": None,
    "status": None,
    "upstream_status": None,
    "request_bytes": None,
    "response_bytes": None,
    "request_bytes_kind": None,
    "response_bytes_kind": None,
    "latency_request_ms": None,
    "latency_upstream_ms": None,
    "latency_gateway_ms": None,
    "started_at": None,
    "month": None,
    "source": None,
    "llm": [],
    "mcp": [],
    "a2a": [],
    "meters": [],
}
"""The fields that only a readable event has, in their order."""


def event_record(explanation: DecodeExplanation, line: int, prices: PriceTable) -> Record:
    """All fields of one event under the names that `decode --json` promises."""
    event = explanation.event
    return {
        "line": line,
        "kind": explanation.kind,
        "format": explanation.log_format or None,
        "envelopes": list(explanation.envelopes),
        "event_id": None if event is None else event.event_id or None,
        "identity": None if event is None else event.identity.value,
        "reason": explanation.reason or None,
        "detail": explanation.detail or None,
        **(_NO_EVENT if event is None else _event(event, prices)),
        "meters": [_meter(reading) for reading in explanation.meters],
        "left_out": explanation.ignored_fields,
    }


def time_text(unix_ms: int | None) -> str | None:
    """RFC 3339 in UTC, with milliseconds."""
    if unix_ms is None:
        return None
    seconds, ms = divmod(unix_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03}Z"


def _event(event: AccessEvent, prices: PriceTable) -> Record:
    caller, consumer, service, route = event.caller, event.consumer, event.service, event.route
    duration_ms = event.latency_request_ms if event.session is None else event.session.duration_ms
    return {
        "consumer": {
            "id": consumer.id or None,
            "username": consumer.username or None,
            "custom_id": consumer.custom_id or None,
        },
        "subject": subject_of_id(caller.consumer_id),
        "service": {"id": service.id or None, "name": service.name or None},
        "route": route.name or route.id or None,
        "route_id": route.id or None,
        "workspace": event.workspace or None,
        "team": event.team or None,
        "organisation": event.organisation or None,
        "method": event.method or None,
        "status": event.status,
        "upstream_status": event.upstream_status,
        "request_bytes": event.request_bytes,
        "response_bytes": event.response_bytes,
        "request_bytes_kind": None if event.request_bytes is None else event.request_bytes_kind.value or None,
        "response_bytes_kind": None if event.response_bytes is None else event.response_bytes_kind.value or None,
        "latency_request_ms": _latency(duration_ms),
        "latency_upstream_ms": _latency(event.latency_upstream_ms),
        "latency_gateway_ms": _latency(event.latency_gateway_ms),
        "started_at": time_text(event.started_at_ms),
        "month": f"{datetime.fromtimestamp(caller.hour, UTC):%Y-%m}",
        "source": event.source or None,
        "llm": [_llm(call, caller, prices) for call in event.llm_calls],
        "mcp": [_mcp(call) for call in event.agent_calls if call.protocol is AgentProtocol.MCP],
        "a2a": [_a2a(call) for call in event.agent_calls if call.protocol is AgentProtocol.A2A],
    }


def _meter(reading: MeterReading) -> Record:
    """`value` is what the event adds, null where that is nothing, and `reason` why."""
    declaration = reading.meter.declaration
    adds = reading.fault is None and reading.member is None
    return {
        "name": declaration.name,
        "declaration": declaration.identity,
        "unit": declaration.unit,
        "aggregation": declaration.aggregation.value,
        "value": scaled_text(reading.amount, declaration.decimals) if adds else None,
        "value_hash": f"{reading.member:016x}" if reading.member is not None else None,
        "reason": None if reading.fault is None else reading.fault.value,
        "groups": {name: text or None for name, text in zip(reading.meter.group_names, reading.groups, strict=False)},
    }


def _latency(latency_ms: float | None) -> float | None:
    """Whole milliseconds without a fraction of 0."""
    return int(latency_ms) if latency_ms is not None and latency_ms == int(latency_ms) else latency_ms


def _llm(call: LlmCall, caller: Caller, prices: PriceTable) -> Record:
    consumers = (caller.consumer_id, caller.consumer_username, caller.consumer_custom_id)
    cost = price_usage(usage_of_call(call, caller.hour, consumers), prices)
    # An answer out of a cache and a failed call are no spend, whatever is not known of their embedding.
    is_known = cost.evidence is not CostEvidence.UNPRICED or call.outcome in (Outcome.CACHE_HIT, Outcome.FAILED)
    is_embedding_known = call.embeddings_evidence is EmbeddingsEvidence.NONE or cost.embeddings_price is not None
    is_saving_known = call.outcome is not Outcome.CACHE_HIT or cost.price is not None
    return {
        "plugin": call.plugin_name or None,
        "plugin_id": call.plugin_id or None,
        "provider": call.provider or None,
        "request_model": call.request_model or None,
        "response_model": call.response_model or None,
        "outcome": call.outcome.value,
        "prompt_tokens": call.prompt_tokens,
        "completion_tokens": call.completion_tokens,
        "total_tokens": call.total_tokens,
        "cached_tokens": call.units.get("cached_tokens"),
        "reasoning_tokens": call.units.get("reasoning_tokens"),
        "units": {name: count for name, count in call.units.items() if count},
        "unknown_units": call.unknown_units or None,
        "service_tier": call.service_tier or None,
        "modifiers": call.modifiers or None,
        "tokens_evidence": call.tokens_evidence.value,
        "counting_rule": call.counting_rule or None,
        "client_status": call.client_status,
        "provider_status": call.provider_status,
        "cost_reported": None if call.cost_reported_yoctos is None else amount_text(call.cost_reported_yoctos),
        "cost_reported_currency": call.cost_reported_currency or None,
        "cost_computed": amount_text(cost.cost_computed_yoctos) if is_known else None,
        "cost_currency": cost.currency,
        "cost_evidence": cost.evidence.value or None,
        "cost_gaps": gaps_text(cost.gaps) or None,
        "cost_savings": amount_text(cost.cost_savings_yoctos) if is_saving_known else None,
        "price_version": cost.price_version or None,
        "derivation": derivation_lines(cost),
        "llm_latency_ms": _latency(call.llm_latency_ms),
        "time_per_token_ms": _latency(call.time_per_token_ms),
        "time_to_first_token_ms": _latency(call.time_to_first_token_ms),
        "cache_status": call.cache_status or None,
        "embeddings_provider": call.embeddings_provider or None,
        "embeddings_model": call.embeddings_model or None,
        "embeddings_tokens": call.embeddings_tokens,
        "embeddings_cost": amount_text(cost.embeddings_cost_yoctos) if is_embedding_known else None,
    }


def _mcp(call: AgentCall) -> Record:
    return {"method": call.method or None, "tool": call.tool or None, **_agent_answer(call)}


def _a2a(call: AgentCall) -> Record:
    return {"method": call.method or None, "task_state": call.task_state or None, **_agent_answer(call)}


def _agent_answer(call: AgentCall) -> Record:
    return {
        "latency_ms": _latency(call.latency_ms),
        "response_bytes": call.response_bytes,
        "error": call.error or None,
        "failed": call.failed,
    }
