"""One call of an agent: an entry of `ai.mcp.rpc` or of `ai.a2a.rpc`.

From a call of an agent to a row of agentic usage.
"""

from dataclasses import dataclass
from enum import StrEnum

import xxhash

from gatemeter.events.batch import NOT_MEASURED, Key, UsageRows


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


def append_agent_call(rows: UsageRows, event_index: int, caller: Key, call: AgentCall) -> None:
    """Append `call` of event `event_index` to rows of `AGENTIC_USAGE_ROLLUP`; of its session only a hash is kept."""
    session = xxhash.xxh3_64_intdigest(call.session_id.encode("utf-8", "surrogatepass")) if call.session_id else None
    rows.append(
        event_index,
        (*caller, call.protocol.value, call.method, call.tool, call.task_state, call.error),
        sums=[int(call.failed), call.response_bytes or 0],
        latencies_ms=[NOT_MEASURED if call.latency_ms is None else call.latency_ms],
        members=[session],
    )
