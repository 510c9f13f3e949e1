"""From Kong events to the columns of an `EventBatch`: who called, when, how it went."""

from collections.abc import Sequence
from dataclasses import dataclass

import xxhash

from gatemeter.contracts.errors import RejectedEvent
from gatemeter.contracts.kong_event import Consumer, Entity, KongEvent, Latencies, Request, Response
from gatemeter.streams.event_batch import NOT_MEASURED, EventBatch
from gatemeter.streams.tables import STATUS_UNKNOWN

_MS_PER_HOUR = 3_600_000
_S_PER_HOUR = 3_600
_NO_REQUEST = Request()
_NO_RESPONSE = Response()
_NO_LATENCIES = Latencies()
_NO_CONSUMER = Consumer()
_NO_ENTITY = Entity()


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Which event times (Unix ms, half open) are believed; an hour column can hold 1970 to 2106."""

    from_ms: int = 1_262_304_000_000  # 2010-01-01
    to_ms: int = 4_102_444_800_000  # 2100-01-01

    def check(self, started_at_ms: int | None) -> None:
        """Raises RejectedEvent: started_at_missing, started_at_out_of_range."""
        if started_at_ms is None:
            raise RejectedEvent("started_at_missing")
        if not self.from_ms <= started_at_ms < self.to_ms:
            raise RejectedEvent("started_at_out_of_range", "not within the range of believed times")


def append_events(
    batch: EventBatch, events: Sequence[KongEvent], times: TimeRange, lines: Sequence[bytes] | None = None
) -> bool:
    """Append `events` to the columns; False, with nothing appended, if one of them needs a closer look.

    That is an event without a believable time, one that is neither a request nor a stream session, or, when `lines`
    (the raw text of each event) is not given, one without a request id.
    This is the hot loop of the worker, and long because it is one pass without calls for an event of the common shape:
    each call would cost a tenth of all that an event costs here.
    """
    from_ms, to_ms = times.from_ms, times.to_ms
    part = EventBatch()
    event_ids, keys, request_bytes, response_bytes = part.event_ids, part.keys, part.request_bytes, part.response_bytes
    request_ms, upstream_ms, gateway_ms = part.request_ms, part.upstream_ms, part.gateway_ms
    for index, event in enumerate(events):
        request, response = event.request, event.response
        if request is None or response is None:
            if request is None and response is None:
                if event.session is None:
                    return False
                part.other_kind += 1
                continue
            request, response = request or _NO_REQUEST, response or _NO_RESPONSE
        started_at = event.started_at
        event_id = request.id or (None if lines is None else line_identity(lines[index]))
        if not event_id or started_at is None or not from_ms <= started_at < to_ms:
            return False
        latencies = event.latencies or _NO_LATENCIES
        consumer = event.consumer or _NO_CONSUMER
        service, route = event.service or _NO_ENTITY, event.route or _NO_ENTITY
        event_ids.append(event_id)
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
                event.workspace or "",
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
    batch.extend(part, first_value_index=0)
    return True


def line_identity(line: bytes) -> str:
    """The identity of an event that carries none: a 128-bit hash of its text without the white space around it."""
    return f"line:{xxhash.xxh3_128_hexdigest(line.strip())}"


def _subject_without_id(event: KongEvent) -> str:
    """Whom to count for when `consumer.id` is missing: the credential's consumer, else a name, else '' (nobody)."""
    if event.authenticated_entity is not None and event.authenticated_entity.consumer_id:
        return event.authenticated_entity.consumer_id
    if event.consumer is not None:
        return event.consumer.custom_id or event.consumer.username or ""
    return ""
