"""From Kong events to the columns of an `EventBatch`: who called, when, how it went."""

from collections.abc import Sequence
from dataclasses import dataclass

import xxhash

from gatemeter.contracts.errors import RejectedEvent
from gatemeter.contracts.kong_event import Consumer, Entity, KongEvent, Latencies, Response
from gatemeter.streams.event_batch import NOT_MEASURED, ApiUsageKey, EventBatch
from gatemeter.streams.tables import STATUS_UNKNOWN

_MS_PER_HOUR = 3_600_000
_S_PER_HOUR = 3_600
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
    This is the hot loop of the worker: one pass, and no calls for an event of the common shape.
    """
    from_ms, to_ms = times.from_ms, times.to_ms
    event_ids: list[str] = []
    keys: list[ApiUsageKey] = []
    request_bytes: list[int] = []
    response_bytes: list[int] = []
    request_ms: list[float] = []
    upstream_ms: list[float] = []
    gateway_ms: list[float] = []
    other_kind = 0
    for index, event in enumerate(events):
        request = event.request
        if request is None and event.response is None:
            if event.session is None:
                return False
            other_kind += 1
            continue
        started_at = event.started_at
        event_id = None if request is None else request.id
        if not event_id and lines is not None:
            event_id = line_identity(lines[index])
        if not event_id or started_at is None or not from_ms <= started_at < to_ms:
            return False
        response = event.response or _NO_RESPONSE
        latencies = event.latencies or _NO_LATENCIES
        consumer = event.consumer or _NO_CONSUMER
        service = event.service or _NO_ENTITY
        route = event.route or _NO_ENTITY
        status = response.status
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
                "" if request is None else request.method or "",
                STATUS_UNKNOWN if status is None else status,
                event.source or "",
            )
        )
        request_bytes.append(0 if request is None else request.size or 0)
        response_bytes.append(response.size or 0)
        request_ms.append(NOT_MEASURED if latencies.request is None else latencies.request)
        upstream_ms.append(NOT_MEASURED if latencies.proxy is None else latencies.proxy)
        gateway_ms.append(NOT_MEASURED if latencies.kong is None else latencies.kong)
    batch.event_ids += event_ids
    batch.keys += keys
    batch.request_bytes += request_bytes
    batch.response_bytes += response_bytes
    batch.request_ms += request_ms
    batch.upstream_ms += upstream_ms
    batch.gateway_ms += gateway_ms
    batch.other_kind += other_kind
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
