"""From an access event to the columns of a batch. The reader of every format ends here."""

from collections.abc import Iterable

import xxhash

from gatemeter.events.access_event import AccessEvent, AgentCall, EventKind, StreamSession
from gatemeter.events.batch import EventBatch, EventRef, IdentifiedEvents
from gatemeter.events.rejected_text import EventPosition
from gatemeter.events.size_kind import SizeKind, stored_size
from gatemeter.events.usage_keys import (
    Caller,
    Key,
    agentic_usage_key,
    api_usage_key,
    llm_usage_key,
    stored_status,
    stream_sessions_key,
)
from gatemeter.events.usage_rows import UsageRows, measured
from gatemeter.llm.call import POSSIBLE_SPEND, LlmCall, Outcome
from gatemeter.schema.rollups import AGENTIC_USAGE_ROLLUP, LLM_USAGE_ROLLUP, STREAM_SESSIONS_ROLLUP
from gatemeter.schema.units import UNIT_NAMES

_ZEROS = (0,) * len(UNIT_NAMES)


def append(event: AccessEvent, batch: EventBatch, position: EventPosition | None = None) -> None:
    """Append `event` and all that it used to `batch`, with an event ref if `position` is given.

    The time of the event is taken as it is: whether it is believed is for the caller to check.
    """
    events = batch.requests if event.kind is EventKind.HTTP else batch.others
    caller = event.caller
    events.event_ids.append(event.event_id)
    batch.identity_kinds.add(event.identity)
    if event.kind is EventKind.HTTP:
        _append_request(batch.requests.api_usage, event, caller)
    elif event.kind is EventKind.STREAM:
        _append_session(events.rows(STREAM_SESSIONS_ROLLUP), len(events.event_ids) - 1, event, caller)
    append_calls(events, caller, event.llm_calls, event.agent_calls)
    if position is not None:
        events.event_refs.append(EventRef(*position, event.started_at_ms, caller.consumer_id))


def _append_request(rows: UsageRows, event: AccessEvent, caller: Caller) -> None:
    request_bytes, request_kind = stored_size(event.request_bytes, event.request_bytes_kind)
    response_bytes, response_kind = stored_size(event.response_bytes, event.response_bytes_kind)
    status = stored_status(event.status)
    rows.append(
        len(rows.keys),
        api_usage_key(*caller, event.method, status, event.source, request_kind, response_kind),
        sums=[request_bytes, response_bytes],
        latencies_ms=[
            measured(event.latency_request_ms),
            measured(event.latency_upstream_ms),
            measured(event.latency_gateway_ms),
        ],
        times_ms=[event.started_at_ms],
    )


def _append_session(rows: UsageRows, event_index: int, event: AccessEvent, caller: Caller) -> None:
    session = event.session or StreamSession()
    rows.append(
        event_index,
        stream_sessions_key(caller, stored_status(event.status)),
        sums=[
            event.request_bytes or 0,
            event.response_bytes or 0,
            session.upstream_received_bytes or 0,
            session.upstream_sent_bytes or 0,
        ],
        latencies_ms=[measured(session.duration_ms), measured(event.latency_gateway_ms)],
    )


def append_calls(
    events: IdentifiedEvents, caller: Key, llm_calls: Iterable[LlmCall], agent_calls: Iterable[AgentCall]
) -> None:
    """Append the calls of the last event of `events`, which has the values of `Caller` in `caller`."""
    event_index = len(events.event_ids) - 1
    for llm_call in llm_calls:
        append_llm_call(events.rows(LLM_USAGE_ROLLUP), event_index, caller, llm_call)
    for agent_call in agent_calls:
        append_agent_call(events.rows(AGENTIC_USAGE_ROLLUP), event_index, caller, agent_call)


def append_llm_call(rows: UsageRows, event_index: int, caller: Key, call: LlmCall) -> None:
    """Append `call` of event `event_index` to rows of `LLM_USAGE_ROLLUP`.

    A reported cost is kept as logged. It was not spent where a cache answered: it is what the cache saved. Nor was it
    where the call failed. Where nobody knows how the call ended, it counts as spent.
    """
    cost = call.cost_reported_yoctos or 0
    rows.append(
        event_index,
        llm_usage_key(caller, call),
        sums=_llm_sums(call),
        latencies_ms=[
            measured(call.llm_latency_ms),
            measured(call.time_per_token_ms),
            measured(call.time_to_first_token_ms),
            measured(call.embeddings_latency_ms),
            measured(call.fetch_latency_ms),
        ],
        amounts=[
            cost,
            cost if call.outcome in POSSIBLE_SPEND else 0,
            cost if call.outcome is Outcome.CACHE_HIT else 0,
        ],
    )


def append_agent_call(rows: UsageRows, event_index: int, caller: Key, call: AgentCall) -> None:
    """Append `call` of event `event_index` to rows of `AGENTIC_USAGE_ROLLUP`; of its session only a hash is kept."""
    session = xxhash.xxh3_64_intdigest(call.session_id.encode("utf-8", "surrogatepass")) if call.session_id else None
    is_unanswered = call.response_bytes is None and call.is_notification
    response_bytes, kind = stored_size(0 if is_unanswered else call.response_bytes, SizeKind.BODY)
    rows.append(
        event_index,
        agentic_usage_key(caller, call.protocol.value, call.method, call.tool, call.task_state, call.error, kind),
        sums=[int(call.failed), response_bytes],
        latencies_ms=[measured(call.latency_ms)],
        members=[session],
    )


def _llm_sums(call: LlmCall) -> list[int]:
    """The values of `schema.usage.LLM_SUMS` in order."""
    is_unreported = call.outcome in POSSIBLE_SPEND and call.cost_reported_yoctos is None
    return [
        call.calls,
        1 - call.calls,
        call.prompt_tokens or 0,
        call.completion_tokens or 0,
        call.total_tokens or 0,
        *map(call.units.get, UNIT_NAMES, _ZEROS),
        call.embeddings_tokens or 0,
        call.calls if is_unreported else 0,
    ]
