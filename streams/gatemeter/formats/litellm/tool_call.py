"""Calls of MCP tools through LiteLLM."""

from gatemeter.events.access_event import AgentCall, AgentProtocol
from gatemeter.lenient.fields import Fields
from gatemeter.llm.outcome import is_error

_METHODS = {"call_mcp_tool": "tools/call", "list_mcp_tools": "tools/list"}


def read_tool_call(payload: Fields, metadata: Fields, client_status: int | None) -> AgentCall | None:
    """The call of a tool; None for any other payload, as that of a call to a model."""
    method = _METHODS.get(payload.text("call_type"))
    if method is None:
        return None
    return AgentCall(
        protocol=AgentProtocol.MCP,
        method=method,
        tool=metadata.object("mcp_tool_call_metadata").label("name"),
        failed=is_error(client_status),
        error=f"http:{client_status}" if is_error(client_status) else "",
    )
