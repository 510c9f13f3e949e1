"""Calls of agents in the `ai` member: to tools (`ai.mcp.rpc[]`, 3.12+) and to other agents (`ai.a2a.rpc[]`, 3.14+)."""

from collections.abc import Mapping
from typing import Any

from gatemeter.events.access_event import AgentCall, AgentProtocol
from gatemeter.formats.kong.agent_errors import error_class
from gatemeter.lenient.fields import Fields
from gatemeter.llm.outcome import is_error

_TASK_STATE_PREFIXES = ("ai-a2a-task-state-", "task-state-")
_FAILED_TASK_STATES = frozenset({"failed", "rejected"})


def read_agent_calls(ai: Mapping[str, Any], status: int | None, ignored_fields: list[str]) -> list[AgentCall]:
    """One call for each JSON-RPC entry, calls to tools first, in the order of the log; `status` is the client's.

    All calls of a failed request have failed (a denied call is a 403 without an `error`, since 3.14).

    Never raises. The dotted paths of fields that could not be used are appended to `ignored_fields`.
    """
    fields = Fields(ai, "ai", ignored_fields)
    mcp, a2a = fields.object("mcp"), fields.object("a2a")
    session_id = mcp.text("mcp_session_id")
    has_failed = is_error(status)
    return [
        *(_read_mcp_call(entry, session_id, has_failed) for entry in mcp.objects("rpc")),
        *(_read_a2a_call(entry, has_failed) for entry in a2a.objects("rpc")),
    ]


def _read_mcp_call(entry: Fields, session_id: str, has_failed: bool) -> AgentCall:
    error = error_class(entry.values.get("error"))
    return AgentCall(
        protocol=AgentProtocol.MCP,
        method=entry.label("method"),
        tool=entry.label("tool_name"),
        error=error,
        failed=has_failed or bool(error),
        latency_ms=entry.latency_ms("latency"),
        response_bytes=entry.count("response_body_size"),
        session_id=session_id,
    )


def _read_a2a_call(entry: Fields, has_failed: bool) -> AgentCall:
    error = error_class(entry.values.get("error"))
    task_state = _task_state(entry.label("task_state"))
    return AgentCall(
        protocol=AgentProtocol.A2A,
        method=entry.label("method"),
        task_state=task_state,
        error=error,
        failed=has_failed or bool(error) or task_state in _FAILED_TASK_STATES,
        latency_ms=entry.latency_ms("latency"),
        response_bytes=entry.count("response_body_size"),
    )


def _task_state(logged: str) -> str:
    """`AI_A2A_TASK_STATE_INPUT_REQUIRED` (Konnect) and `input-required` (the gateway) are one state."""
    state = logged.strip().lower().replace("_", "-")
    for prefix in _TASK_STATE_PREFIXES:
        state = state.removeprefix(prefix)
    return state
