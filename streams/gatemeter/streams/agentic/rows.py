"""From a call of an agent to a row of agentic usage."""

import xxhash

from gatemeter.streams.agentic.call import AgentCall
from gatemeter.streams.event_batch import NOT_MEASURED, Key, UsageRows


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
