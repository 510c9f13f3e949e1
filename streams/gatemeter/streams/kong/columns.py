"""From Kong events to the columns of an `EventBatch`: who called, when, how it went."""

from collections.abc import Sequence

import msgspec
import xxhash

from gatemeter.contracts.kong_event import Consumer, Entity, KongEvent, Latencies, Request, Response
from gatemeter.streams.event_batch import NOT_MEASURED, EventBatch, EventMark, Key, Place
from gatemeter.streams.kong.ai_usage import append_ai_usage
from gatemeter.streams.kong.sessions import append_session
from gatemeter.streams.tables.api_usage import STATUS_UNKNOWN
from gatemeter.streams.time_range import TimeRange

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
        marked.marks.append(EventMark(*place, event.started_at or 0, consumer_of(event)))


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
