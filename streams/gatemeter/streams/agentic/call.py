"""One call of an agent: an entry of `ai.mcp.rpc` or of `ai.a2a.rpc`."""

from dataclasses import dataclass
from enum import StrEnum


class AgentProtocol(StrEnum):
    """Stored as `kind`."""

    MCP = "mcp"
    A2A = "a2a"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCall:
    """Texts are '' and numbers None where the event gives no value.

    `error` is the error's text. `failed` also holds for every call of a request
    that failed, and for an A2A task that ended badly behind HTTP 200. `session_id` is
    hashed before it is stored.
    """

    protocol: AgentProtocol
    method: str = ""
    tool: str = ""
    task_state: str = ""
    error: str = ""
    failed: bool = False
    latency_ms: float | None = None
    response_bytes: int | None = None
    session_id: str = ""
