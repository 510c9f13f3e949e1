"""Straight from Kong's wire structs to the columns of an `EventBatch`: the hot loop of the worker.

It appends what `events.append` appends for the access event of the same log event, without making one.
"""

from collections.abc import Sequence

from gatemeter.events.access_event import TimeRange
from gatemeter.events.append import append, append_calls
from gatemeter.events.batch import EventBatch, EventRef
from gatemeter.events.identity import IdentityKind
from gatemeter.events.rejected_text import EventPosition
from gatemeter.events.size_kind import SizeKind
from gatemeter.events.usage_keys import CALLER_LENGTH, MS_PER_HOUR, S_PER_HOUR, Key
from gatemeter.events.usage_rows import NOT_MEASURED, UsageRows
from gatemeter.formats.kong.access_event import (
    access_event,
    consumer_id_of,
    consumer_id_without_consumer,
    first_workspace,
    read_ai,
)
from gatemeter.formats.kong.log_event import Consumer, Entity, Latencies, LogEvent, Request, Response
from gatemeter.lenient.event_text import text_identity
from gatemeter.lenient.http_values import LOWEST_STATUS
from gatemeter.meters.meters import FormatMeters
from gatemeter.schema.rollups import STREAM_SESSIONS_ROLLUP
from gatemeter.schema.usage import STATUS_UNKNOWN

_NO_REQUEST = Request()
_NO_RESPONSE = Response()
_NO_LATENCIES = Latencies()
_NO_CONSUMER = Consumer()
_NO_ENTITY = Entity()
_WIRE, _UNKNOWN = SizeKind.WIRE.value, SizeKind.UNKNOWN.value


def append_events(
    batch: EventBatch,
    events: Sequence[LogEvent],
    times: TimeRange,
    texts: Sequence[bytes],
    positions: Sequence[EventPosition] | None = None,
    meters: FormatMeters | None = None,
) -> bool:
    """Append `events` to the columns; False, with nothing appended, if one of them needs a closer look.

    That is an event without a believable time, or one that is neither a request nor a stream session. `texts` holds
    the raw text of each event, `positions` where each stood if event refs are kept.
    """
    decoded = EventBatch()
    if not _append_keys(decoded, events, times, texts):
        return False
    _append_measures(decoded.requests.api_usage, events)
    if positions is not None:
        _append_event_refs(decoded, events, positions)
    if meters is not None:
        _append_meters(decoded, events, texts, meters)
    batch.extend(decoded, first_value_index=0)
    return True


def _append_keys(batch: EventBatch, events: Sequence[LogEvent], times: TimeRange, texts: Sequence[bytes]) -> bool:
    """Append the ids and keys of requests, with their calls, and the sessions whole; False as `append_events`.

    One pass without a call for an event of the common shape: each would cost some percent of all that decoding costs.
    """
    from_ms, to_ms = times.from_ms, times.to_ms
    event_ids, keys, without_id = batch.requests.event_ids, batch.requests.api_usage.keys, 0
    for index, event in enumerate(events):
        started_at = event.started_at
        if started_at is None or not from_ms <= started_at < to_ms:
            return False
        request, response = event.request, event.response
        if request is None or response is None:
            if response is None and event.session is None:
                return False
            if request is None and response is None:
                append(access_event(event, texts[index], []), batch)
                continue
            request, response = request or _NO_REQUEST, response or _NO_RESPONSE
        consumer = event.consumer or _NO_CONSUMER
        service, route = event.service or _NO_ENTITY, event.route or _NO_ENTITY
        event_ids.append(request.id or text_identity(texts[index]))
        without_id += not request.id
        keys.append(
            (  # what `api_usage_key` returns; a call of it would cost 2 % of all that decoding an event costs
                started_at // MS_PER_HOUR * S_PER_HOUR,
                consumer.id or consumer_id_without_consumer(event),
                consumer.username or "",
                consumer.custom_id or "",
                service.id or "",
                service.name or "",
                route.id or "",
                route.name or "",
                event.workspace or first_workspace(event),
                "",
                "",
                request.method or "",
                STATUS_UNKNOWN if (status := response.status) is None or status < LOWEST_STATUS else status,
                event.source or "",
                _UNKNOWN if request.size is None else _WIRE,
                _UNKNOWN if response.size is None else _WIRE,
            )
        )
        if event.ai:
            _append_ai_usage(batch, keys[-1], event, response)
    _note_identities(batch, without_id)
    return True


def _note_identities(batch: EventBatch, without_id: int) -> None:
    if without_id:
        batch.identity_kinds.add(IdentityKind.CONTENT)
    if without_id < len(batch.requests.event_ids):
        batch.identity_kinds.add(IdentityKind.ID)


def _append_measures(usage: UsageRows, events: Sequence[LogEvent]) -> None:
    """Append sizes, latencies and times of the requests among `events`, a column at a time."""
    requests = [event for event in events if event.request is not None or event.response is not None]
    latencies = [event.latencies or _NO_LATENCIES for event in requests]
    request_bytes, response_bytes = usage.sums
    request_ms, upstream_ms, gateway_ms = usage.latencies_ms
    request_bytes += [(event.request or _NO_REQUEST).size or 0 for event in requests]
    response_bytes += [(event.response or _NO_RESPONSE).size or 0 for event in requests]
    request_ms += [NOT_MEASURED if each.request is None else each.request for each in latencies]
    upstream_ms += [NOT_MEASURED if each.proxy is None else each.proxy for each in latencies]
    gateway_ms += [NOT_MEASURED if each.kong is None else each.kong for each in latencies]
    usage.times_ms += [event.started_at or 0 for event in requests]


def _append_ai_usage(batch: EventBatch, key: Key, event: LogEvent, response: Response) -> None:
    """Append the calls in `event.ai` to the last request of `batch`, whose API usage has `key`."""
    ignored_fields: list[str] = []
    llm_calls, agent_calls = read_ai(event, response, ignored_fields)
    append_calls(batch.requests, key[:CALLER_LENGTH], llm_calls, agent_calls)
    batch.ignored_fields += len(ignored_fields)


def _append_event_refs(batch: EventBatch, events: Sequence[LogEvent], positions: Sequence[EventPosition]) -> None:
    """A second pass, so that decoding without event refs does not pay for them event by event."""
    for event, position in zip(events, positions, strict=True):
        is_session = event.request is None and event.response is None
        referenced = batch.others if is_session else batch.requests
        referenced.event_refs.append(EventRef(*position, event.started_at or 0, consumer_id_of(event)))


def _append_meters(batch: EventBatch, events: Sequence[LogEvent], texts: Sequence[bytes], meters: FormatMeters) -> None:
    """A second pass for the same reason; each request and each session has one row of usage, whose key names it."""
    requests, sessions = batch.requests.api_usage.keys, batch.others.rows(STREAM_SESSIONS_ROLLUP).keys
    request_index = session_index = 0
    for event, text in zip(events, texts, strict=False):  # a frame may end with a newline
        if event.request is None and event.response is None:
            meters.append_text(text, batch.others, session_index, sessions[session_index][:CALLER_LENGTH])
            session_index += 1
        else:
            meters.append_text(text, batch.requests, request_index, requests[request_index][:CALLER_LENGTH])
            request_index += 1
