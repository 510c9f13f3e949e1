"""A request to tools over MCP, and its `ai` member with one to three JSON-RPC calls, now and then none."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from gatemeter.generator.facts import FIRST_FAILING_STATUS, AgentCallFacts, AiFacts
from gatemeter.generator.rng import AiRng, RequestDraw, Weighted

_SESSION_SHARE = 0.8
_SESSIONS = 40
_ERROR_SHARE = 0.08
_AUDIT_SHARE = 0.25
_PAYLOAD_SHARE = 0.1

_CALLS_A_REQUEST = Weighted(((1, 70), (2, 18), (3, 12)))
_METHODS = Weighted(
    (("tools/call", 70), ("tools/list", 10), ("initialize", 8), ("notifications/initialized", 8), ("ping", 4))
)
_TOOLS = Weighted((("quote_price", 5), ("get_forecast", 4), ("search_flights", 3), ("book", 2)))
_ERRORS = ("Invalid params", "Invalid Request", "Method not found", "Internal error")
_PAYLOAD = msgspec.Raw(
    rb'{"request":"{\"jsonrpc\":\"2.0\",\"params\":{\"name\":\"Erika M.\"}}","response":"{\"jsonrpc\":\"2.0\"}"}'
)

# A stream that was only listened to: the list of calls is empty (Lua encodes an empty list as an object), or absent.
_WITHOUT_CALLS = Weighted((("", 96), ('"rpc":{}', 2), ('"rpc":[]', 1), ('"audit":{}', 1)))


@dataclass(slots=True)
class _McpRequest:
    draw: RequestDraw
    rng: AiRng
    failed: bool
    upstream_ms: int


def draw_mcp(draw: RequestDraw, rng: AiRng, status: int, upstream_ms: int) -> AiFacts:
    """What happens in a request with these random numbers that ends with `status` after `upstream_ms` upstream."""
    empty = rng.one_of(_WITHOUT_CALLS)
    if empty:
        return AiFacts(f'{{"mcp":{{{empty}}}}}'.encode())
    request = _McpRequest(draw, rng, status >= FIRST_FAILING_STATUS, upstream_ms)
    calls = tuple(_call(request) for _ in range(rng.one_of(_CALLS_A_REQUEST)))
    mcp: dict[str, Any] = {"rpc": [_rpc(call, number, request) for number, call in enumerate(calls)]}
    if rng.happens(_SESSION_SHARE):
        mcp["mcp_session_id"] = str(UUID(int=rng.below(_SESSIONS) << 64, version=4))
    if rng.happens(_AUDIT_SHARE):
        mcp["audit"] = [_audit(call) for call in calls if call.tool] or {}
    return AiFacts(msgspec.json.encode({"mcp": mcp}), agent_calls=calls)


def _call(request: _McpRequest) -> AgentCallFacts:
    rng = request.rng
    method = rng.one_of(_METHODS)
    notifies = method.startswith("notifications/")
    errs = request.failed or (not notifies and rng.happens(_ERROR_SHARE))
    return AgentCallFacts(
        "mcp",
        method,
        tool=rng.one_of(_TOOLS) if method == "tools/call" else "",
        error=_ERRORS[rng.below(len(_ERRORS))] if errs else "",
        # A notification has no answer.
        response_bytes=0 if notifies else 60 + int(900 * request.draw.size_factor * rng.share()),
        latency_ms=None if notifies else int(request.upstream_ms * rng.share()),
    )


def _rpc(call: AgentCallFacts, number: int, request: _McpRequest) -> dict[str, Any]:
    rpc: dict[str, Any] = {"method": call.method}
    if call.latency_ms is not None:
        rpc |= {
            "id": str(request.draw.resource % 100 + number),
            "latency": call.latency_ms,
            "response_body_size": call.response_bytes,
        }
    if call.tool:
        rpc["tool_name"] = call.tool
    if call.error:
        rpc["error"] = call.error
    if request.rng.happens(_PAYLOAD_SHARE):
        rpc["payload"] = _PAYLOAD
    return rpc


def _audit(call: AgentCallFacts) -> dict[str, Any]:
    return {
        "primitive": "tool",
        "primitive_name": call.tool,
        "action": "deny" if call.error else "allow",
        "scope": "primitive",
    }
