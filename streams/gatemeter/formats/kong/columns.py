"""Stream (TCP, TLS, UDP) sessions: no API requests, metered apart from them.

From Kong events to the columns of an `EventBatch`: who called, when, how it went.
"""

from collections.abc import Sequence

import msgspec
import xxhash

from gatemeter.events.access_event import Consumer, Entity, KongEvent, Latencies, Request, Response, Session, Upstream
from gatemeter.events.batch import NOT_MEASURED, EventBatch, EventRef, IdentifiedEvents, Key, Place
from gatemeter.events.time_range import TimeRange
from gatemeter.formats.kong.ai_member import append_ai_usage
from gatemeter.schema.rollups import STREAM_SESSIONS_ROLLUP
from gatemeter.schema.usage import STATUS_UNKNOWN

_NO_SESSION = Session()
_NO_UPSTREAM = Upstream()
_NO_SESSION_LATENCIES = Latencies()


def append_session(events: IdentifiedEvents, event: KongEvent, caller: Key, event_id: str) -> None:
    """Append a stream event (kong-log: `session`, `upstream`, `latencies.session`) to `events`."""
    session, upstream = event.session or _NO_SESSION, event.upstream or _NO_UPSTREAM
    latencies = event.latencies or _NO_SESSION_LATENCIES
    events.event_ids.append(event_id)
    events.rows(STREAM_SESSIONS_ROLLUP).append(
        len(events.event_ids) - 1,
        (*caller, STATUS_UNKNOWN if session.status is None else session.status),
        sums=[session.received or 0, session.sent or 0, upstream.received or 0, upstream.sent or 0],
        latencies_ms=[NOT_MEASURED if value is None else value for value in (latencies.session, latencies.kong)],
    )


_MS_PER_HOUR = 3_600_000
_S_PER_HOUR = 3_600
_NO_REQUEST = Request()
_NO_RESPONSE = Response()
_NO_LATENCIES = Latencies()
_NO_CONSUMER = Consumer()
_NO_ENTITY = Entity()


def append_events(
    batch: EventBatch,
    events: Sequence[KongEvent],
    times: TimeRange,
    lines: Sequence[bytes],
    places: Sequence[Place] | None = None,
) -> bool:
    """Append `events` to the columns; False, with nothing appended, if one of them needs a closer look.

    That is an event without a believable time, or one that is neither a request nor a stream session. `lines` holds
    the raw text of each event, `places` where each stood if the events are to be marked.
    This is the hot loop of the worker, and long because it is one pass without calls for an event of the common shape:
    each call would cost a tenth of all that an event costs here.
    """
    from_ms, to_ms = times.from_ms, times.to_ms
    part = EventBatch()
    event_ids, usage = part.requests.event_ids, part.requests.api_usage
    keys, (request_bytes, response_bytes) = usage.keys, usage.sums
    request_ms, upstream_ms, gateway_ms = usage.latencies_ms
    for index, event in enumerate(events):
        started_at = event.started_at
        if started_at is None or not from_ms <= started_at < to_ms:
            return False
        request, response = event.request, event.response
        if request is None or response is None:
            if request is None and response is None:
                if event.session is None:
                    return False
                append_session(part.others, event, caller_key(event), line_identity(lines[index]))
                continue
            request, response = request or _NO_REQUEST, response or _NO_RESPONSE
        latencies = event.latencies or _NO_LATENCIES
        consumer = event.consumer or _NO_CONSUMER
        service, route = event.service or _NO_ENTITY, event.route or _NO_ENTITY
        event_ids.append(request.id or line_identity(lines[index]))
        keys.append(
            (
                started_at // _MS_PER_HOUR * _S_PER_HOUR,
                consumer.id or _subject_without_id(event),
                consumer.username or "",
                consumer.custom_id or "",
                service.id or "",
                service.name or "",
                route.id or "",
                route.name or "",
                event.workspace or _first_workspace(event),
                request.method or "",
                STATUS_UNKNOWN if response.status is None else response.status,
                event.source or "",
            )
        )
        request_bytes.append(request.size or 0)
        response_bytes.append(response.size or 0)
        request_ms.append(NOT_MEASURED if latencies.request is None else latencies.request)
        upstream_ms.append(NOT_MEASURED if latencies.proxy is None else latencies.proxy)
        gateway_ms.append(NOT_MEASURED if latencies.kong is None else latencies.kong)
        if event.ai:
            append_ai_usage(part, keys[-1], response.status, event.ai)
    if places is not None:
        _mark(part, events, places)
    batch.extend(part, first_value_index=0)
    return True


def _mark(part: EventBatch, events: Sequence[KongEvent], places: Sequence[Place]) -> None:
    """A pass of its own: whoever wants no marks must not pay for them event by event."""
    for event, place in zip(events, places, strict=True):
        is_session = event.request is None and event.response is None
        marked = part.others if is_session else part.requests
        marked.event_refs.append(EventRef(*place, event.started_at or 0, consumer_of(event)))


def caller_key(event: KongEvent) -> Key:
    """Hour, consumer, service, route and workspace of an event with a time: `tables.schema.CALLER` in order."""
    consumer = event.consumer or _NO_CONSUMER
    service, route = event.service or _NO_ENTITY, event.route or _NO_ENTITY
    return (
        (event.started_at or 0) // _MS_PER_HOUR * _S_PER_HOUR,
        consumer.id or _subject_without_id(event),
        consumer.username or "",
        consumer.custom_id or "",
        service.id or "",
        service.name or "",
        route.id or "",
        route.name or "",
        event.workspace or _first_workspace(event),
    )


def consumer_of(event: KongEvent) -> str:
    """Whom the event is counted for: the `consumer_id` of its rows."""
    return (event.consumer or _NO_CONSUMER).id or _subject_without_id(event)


def line_identity(line: bytes) -> str:
    """The identity of an event that carries none: a 128-bit hash of its text without white space between its parts.

    So one event in a line, in an array, or written over several lines is the same event.
    """
    try:
        text = msgspec.json.format(line, indent=-1)
    except msgspec.MsgspecError:
        text = line.strip()
    return f"line:{xxhash.xxh3_128_hexdigest(text)}"


def _first_workspace(event: KongEvent) -> str:
    """`workspaces[0]` of Enterprise before 3.7."""
    if not event.workspaces:
        return ""
    return event.workspaces[0].id or event.workspaces[0].name or ""


def _subject_without_id(event: KongEvent) -> str:
    """Whom to count for when `consumer.id` is missing: the credential's consumer, else a name, else '' (nobody)."""
    if event.authenticated_entity is not None and event.authenticated_entity.consumer_id:
        return event.authenticated_entity.consumer_id
    if event.consumer is not None:
        return event.consumer.custom_id or event.consumer.username or ""
    return ""
