"""A call that an agent made through the gateway: to a tool (MCP) or to another agent (A2A)."""

from dataclasses import dataclass
from enum import StrEnum


class AgentProtocol(StrEnum):
    """How the agent called; stored in the column `kind`."""

    MCP = "mcp"
    A2A = "a2a"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCall:
    """One JSON-RPC call. Texts are '' and numbers None where the event gives no value.

    `error` is the text of the error. `failed` is true with an error, for every call of a request that failed, and for
    an A2A task that ended badly behind HTTP 200. `session_id` is hashed before it is stored.
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
