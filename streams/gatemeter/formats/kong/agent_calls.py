"""Calls of agents in the `ai` member: to tools (`ai.mcp.rpc[]`, 3.12+) and to other agents (`ai.a2a.rpc[]`, 3.14+)."""

from collections.abc import Mapping
from typing import Any

from gatemeter.events.access_event import AgentCall, AgentProtocol
from gatemeter.lenient.fields import Fields, storable_text
from gatemeter.lenient.numbers import exact_number
from gatemeter.llm.call import Outcome, outcome_of

_LONGEST_ERROR = 200
_ERROR_WITHOUT_TEXT = "error"
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
    has_failed = outcome_of(status, "") is Outcome.FAILED
    return [
        *(_read_mcp_call(entry, session_id, has_failed) for entry in mcp.objects("rpc")),
        *(_read_a2a_call(entry, has_failed) for entry in a2a.objects("rpc")),
    ]


def _read_mcp_call(entry: Fields, session_id: str, has_failed: bool) -> AgentCall:
    error = _error_text(entry.values.get("error"))
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
    error = _error_text(entry.values.get("error"))
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


def _error_text(error: object) -> str:
    """The text of an error, of an object its message, code or type; '' if it is absent, false, 0 or empty."""
    if not error:
        return ""
    if isinstance(error, dict):
        texts = (_plain_text(error.get(name)) for name in ("message", "code", "type"))
        return next((text for text in texts if text), _ERROR_WITHOUT_TEXT)
    return _plain_text(error) or ("" if isinstance(error, str) else _ERROR_WITHOUT_TEXT)


def _plain_text(value: object) -> str:
    text = storable_text(value)
    if text is None:
        number = exact_number(value)
        text = "" if number is None else str(number)
    return text.strip()[:_LONGEST_ERROR]
