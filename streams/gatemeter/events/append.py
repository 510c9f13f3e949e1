"""From an access event to the columns of a batch. The reader of every format ends here."""

from gatemeter.events.access_event import AccessEvent, EventKind, StreamSession
from gatemeter.events.batch import EventBatch
from gatemeter.events.call_rows import append_calls
from gatemeter.events.event_ref import EventPosition, EventRef
from gatemeter.events.usage_keys import Caller, api_usage_key, stream_sessions_key
from gatemeter.events.usage_rows import UsageRows, measured
from gatemeter.schema.rollups import STREAM_SESSIONS_ROLLUP
from gatemeter.schema.usage import STATUS_UNKNOWN


def append(event: AccessEvent, batch: EventBatch, position: EventPosition | None = None) -> None:
    """Append `event` and all that it used to `batch`, with an event ref if `position` is given.

    The time of the event is taken as it is: whether it is believed is for the caller to check.
    """
    events = batch.requests if event.kind is EventKind.HTTP else batch.others
    caller = event.caller
    events.event_ids.append(event.event_id)
    if event.kind is EventKind.HTTP:
        _append_request(batch.requests.api_usage, event, caller)
    elif event.kind is EventKind.STREAM:
        _append_session(events.rows(STREAM_SESSIONS_ROLLUP), len(events.event_ids) - 1, event, caller)
    append_calls(events, caller, event.llm_calls, event.agent_calls)
    if position is not None:
        events.event_refs.append(EventRef(*position, event.started_at_ms, caller.consumer_id))


def _append_request(rows: UsageRows, event: AccessEvent, caller: Caller) -> None:
    rows.append(
        len(rows.keys),
        api_usage_key(*caller, event.method, _status(event), event.source),
        sums=[event.request_bytes or 0, event.response_bytes or 0],
        latencies_ms=[
            measured(event.latency_request_ms),
            measured(event.latency_upstream_ms),
            measured(event.latency_gateway_ms),
        ],
    )


def _append_session(rows: UsageRows, event_index: int, event: AccessEvent, caller: Caller) -> None:
    session = event.session or StreamSession()
    rows.append(
        event_index,
        stream_sessions_key(caller, _status(event)),
        sums=[
            event.request_bytes or 0,
            event.response_bytes or 0,
            session.upstream_received_bytes or 0,
            session.upstream_sent_bytes or 0,
        ],
        latencies_ms=[measured(session.duration_ms), measured(event.latency_gateway_ms)],
    )


def _status(event: AccessEvent) -> int:
    return STATUS_UNKNOWN if event.status is None else event.status
