"""The calls to tools and agents in an event of the crash input, read plainly by the rules of docs/events.md."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import xxhash

from tests.support.crash.latency_oracle import latency_measures

AGENT_KEY = ("kind", "method", "tool", "task_state", "error")
AGENT_COUNTS = ("calls", "errors", "response_bytes")

_CLASS_OF_ERROR = {
    "": "",
    "Invalid params": "invalid_params",
    "Invalid Request": "invalid_request",
    "Method not found": "method_not_found",
    "Internal error": "internal",
    "InternalError": "internal",
    "TaskNotFoundError": "not_found",
    "UnsupportedOperationError": "invalid_request",
    "TaskRejectedError": "error",
}
"""Every error that the generator writes; its text is never stored."""

_FAILED_STATES = frozenset({"failed", "rejected"})
_FIRST_FAILING_STATUS = 400


@dataclass(frozen=True, slots=True)
class AgentCall:
    """The values of `AGENT_KEY`, what the call adds to the measures, and the hash of its session, if it has one."""

    key: tuple[str, ...]
    measures: dict[str, int]
    session_hash: int | None


def agent_calls(document: dict[str, Any]) -> Iterator[AgentCall]:
    """Every entry of `rpc` in an event's `ai` member."""
    has_failed = document["response"]["status"] >= _FIRST_FAILING_STATUS
    for kind in ("mcp", "a2a"):
        member = document.get("ai", {}).get(kind, {})
        session_id = member.get("mcp_session_id")
        for rpc in member.get("rpc") or ():  # Lua writes an empty list as {}
            error = _CLASS_OF_ERROR[rpc.get("error", "")]
            key = (kind, rpc["method"], rpc.get("tool_name", ""), rpc.get("task_state", ""), error)
            is_error = has_failed or "error" in rpc or rpc.get("task_state") in _FAILED_STATES
            measures = {
                "calls": 1,
                "errors": int(is_error),
                "response_bytes": rpc.get("response_body_size", 0),
                **latency_measures("call", rpc.get("latency", -1)),
            }
            yield AgentCall(key, measures, session_id and xxhash.xxh3_64_intdigest(session_id.encode()))
