"""A request to another agent over A2A, and its `ai` member."""

from typing import Any

import msgspec

from gatemeter.generator.ai.dialect import json_number
from gatemeter.generator.facts import FIRST_FAILING_STATUS, AgentCallFacts, AiFacts
from gatemeter.generator.rng import AiRng, RequestDraw, Weighted

_CARD_ONLY_SHARE = 0.04
_TWO_CALLS_SHARE = 0.1
_ERROR_SHARE = 0.04
_PAYLOAD_SHARE = 0.1
_REST_SHARE = 0.3
_CONTEXTS = 50

_STREAMING = frozenset(("message/stream", "tasks/resubscribe"))
_METHODS = Weighted(
    (
        ("message/send", 40),
        ("message/stream", 25),
        ("tasks/get", 15),
        ("tasks/cancel", 5),
        ("tasks/resubscribe", 4),
        ("agent/getCard", 7),
        ("unknown", 4),
    )
)
_STATES = Weighted(
    (
        ("completed", 58),
        ("working", 12),
        ("failed", 10),
        ("input-required", 7),
        ("rejected", 4),
        ("submitted", 4),
        ("auth-required", 3),
        ("unknown", 2),
    )
)
_STATE_BY_METHOD = {"tasks/cancel": "canceled", "agent/getCard": "", "unknown": ""}
_ERRORS = ("InternalError", "TaskNotFoundError", "UnsupportedOperationError")
_PAYLOAD = msgspec.Raw(rb'{"request":"{\"parts\":[{\"text\":\"Book for Erika M.\"}]}","response":"{}"}')


def draw_a2a(draw: RequestDraw, rng: AiRng, status: int, upstream_ms: int) -> AiFacts:
    """What happens in a request with these random numbers that ends with `status` after `upstream_ms` upstream."""
    if rng.happens(_CARD_ONLY_SHARE):
        return AiFacts(b'{"a2a":{}}')
    failed = status >= FIRST_FAILING_STATUS
    calls = tuple(
        _call(draw, rng, upstream_ms, failed=failed) for _ in range(2 if rng.happens(_TWO_CALLS_SHARE) else 1)
    )
    rpc = [_rpc(call, number, draw, rng) for number, call in enumerate(calls)]
    return AiFacts(msgspec.json.encode({"a2a": {"rpc": rpc}}), agent_calls=calls)


def _call(draw: RequestDraw, rng: AiRng, upstream_ms: int, *, failed: bool) -> AgentCallFacts:
    method = rng.one_of(_METHODS)
    errs = failed or rng.happens(_ERROR_SHARE)
    state = _STATE_BY_METHOD.get(method)
    if errs:
        state = ""
    elif state is None:
        state = rng.one_of(_STATES)
    error = _ERRORS[rng.below(len(_ERRORS))] if errs else "TaskRejectedError" if state == "rejected" else ""
    return AgentCallFacts(
        "a2a",
        method,
        task_state=state,
        error=error,
        response_bytes=90 + int(6_000 * draw.size_factor * rng.share()),
        # Quarters of a millisecond: the gateway logs fractions, and these add up exactly.
        latency_ms=int(upstream_ms * (4 - rng.share())) / 4,
    )


def _rpc(call: AgentCallFacts, number: int, draw: RequestDraw, rng: AiRng) -> dict[str, Any]:
    latency_ms = call.latency_ms or 0
    rest = rng.happens(_REST_SHARE)
    rpc: dict[str, Any] = {
        "method": call.method,
        "binding": "rest" if rest else "jsonrpc",
        "id": f"t-{draw.resource}" if rest else str(number + 1),
        "latency": json_number(latency_ms),
        "response_body_size": call.response_bytes,
        "streaming": call.method in _STREAMING,
    }
    if call.task_state:
        rpc |= {"task_id": f"t-{draw.resource}", "context_id": f"c-{rng.below(_CONTEXTS)}"}
        rpc["task_state"] = call.task_state
    if call.error:
        rpc["error"] = call.error
    if call.method in _STREAMING:
        rpc |= {"ttfb_latency": json_number(latency_ms / 4), "sse_events_count": 1 + rng.below(40)}
    if rng.happens(_PAYLOAD_SHARE):
        rpc["payload"] = _PAYLOAD
    return rpc
