"""A decoded event as it is put out: normalised fields, null where the event gives no value."""

from datetime import UTC, datetime
from typing import Any

from gatemeter.events.access_event import KongEvent, Latencies, Request, Response, Session
from gatemeter.events.agent_call import AgentCall, AgentProtocol
from gatemeter.formats.explain import DecodeExplanation, EventKind
from gatemeter.llm.call import EmbeddingsEvidence, LlmCall, Outcome
from gatemeter.pricing.cost import CostEvidence, price_usage
from gatemeter.pricing.cost_derivation import amount_text, derivation_lines
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.priced_usage import usage_of_call

Record = dict[str, Any]

_HOUR, _CONSUMER_ID, _USERNAME, _CUSTOM_ID, _SERVICE_ID, _SERVICE_NAME, _ROUTE_ID, _ROUTE_NAME, _WORKSPACE = range(9)
_ANONYMOUS = "anonymous"


def event_record(explanation: DecodeExplanation, line: int, prices: PriceTable) -> Record:
    """All fields of one event under the names that `decode --json` promises."""
    event, caller = explanation.event, explanation.caller
    record: Record = {
        "line": line,
        "kind": explanation.kind.value,
        "event_id": explanation.event_id or None,
        "reason": explanation.reason or None,
        "detail": explanation.detail or None,
        "consumer": {"id": None, "username": None, "custom_id": None},
        "subject": None,
        "service": {"id": None, "name": None},
        "route": None,
        "route_id": None,
        "workspace": None,
        **_answer(event, explanation),
        "started_at": None if event is None else time_text(event.started_at),
        "month": None,
        "source": None if event is None else event.source or None,
        "llm": [_llm(call, caller, prices) for call in explanation.llm_calls],
        "mcp": [_mcp(call) for call in explanation.agent_calls if call.protocol is AgentProtocol.MCP],
        "a2a": [_a2a(call) for call in explanation.agent_calls if call.protocol is AgentProtocol.A2A],
        "left_out": explanation.left_out,
    }
    return record | (_caller(caller, event or KongEvent()) if caller else {})


def time_text(unix_ms: int | None) -> str | None:
    """RFC 3339 in UTC, with milliseconds."""
    if unix_ms is None:
        return None
    seconds, ms = divmod(unix_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03}Z"


def _caller(caller: tuple[Any, ...], event: KongEvent) -> Record:
    texts = [text or None for text in caller[1:]]
    subject, username, custom_id, service_id, service_name, route_id, route_name, workspace = texts
    logged_id = event.consumer.id if event.consumer else None
    credential_id = event.authenticated_entity.consumer_id if event.authenticated_entity else None
    return {
        "consumer": {"id": logged_id or credential_id or None, "username": username, "custom_id": custom_id},
        "subject": subject or _ANONYMOUS,
        "service": {"id": service_id, "name": service_name},
        "route": route_name or route_id,
        "route_id": route_id,
        "workspace": workspace,
        "month": f"{datetime.fromtimestamp(caller[_HOUR], UTC):%Y-%m}",
    }


def _answer(event: KongEvent | None, explanation: DecodeExplanation) -> Record:
    event = event or KongEvent()
    request, response = event.request or Request(), event.response or Response()
    session, latencies = event.session or Session(), event.latencies or Latencies()
    is_session = explanation.kind is EventKind.STREAM
    return {
        "method": request.method or None,
        "status": session.status if is_session else response.status,
        "upstream_status": explanation.upstream_status,
        "request_bytes": session.received if is_session else request.size,
        "response_bytes": session.sent if is_session else response.size,
        "latency_request_ms": _measured(latencies.session if is_session else latencies.request),
        "latency_upstream_ms": _measured(latencies.proxy),
        "latency_gateway_ms": _measured(latencies.kong),
    }


def _measured(latency_ms: float | None) -> float | None:
    """Kong writes -1 for what it did not measure."""
    if latency_ms is None or latency_ms < 0:
        return None
    return int(latency_ms) if latency_ms == int(latency_ms) else latency_ms


def _llm(call: LlmCall, caller: tuple[Any, ...], prices: PriceTable) -> Record:
    cost = price_usage(usage_of_call(call, caller[_HOUR], caller[_CONSUMER_ID : _CUSTOM_ID + 1]), prices)
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
        "cached_tokens": call.cached_tokens,
        "reasoning_tokens": call.reasoning_tokens,
        "tokens_evidence": call.tokens_evidence.value,
        "cost_reported": None if call.cost_reported_yoctos is None else amount_text(call.cost_reported_yoctos),
        "cost_computed": amount_text(cost.cost_computed_yoctos) if is_known else None,
        "cost_evidence": cost.evidence.value or None,
        "cost_savings": amount_text(cost.cost_savings_yoctos) if is_saving_known else None,
        "price_version": cost.price_version or None,
        "derivation": derivation_lines(cost),
        "llm_latency_ms": _measured(call.llm_latency_ms),
        "time_per_token_ms": _measured(call.time_per_token_ms),
        "time_to_first_token_ms": _measured(call.time_to_first_token_ms),
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
        "latency_ms": _measured(call.latency_ms),
        "response_bytes": call.response_bytes,
        "error": call.error or None,
        "failed": call.failed,
    }
