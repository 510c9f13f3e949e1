"""The decoder as it was while events held only API requests: the reference for what reading more costs.

It reads only frames whose events are all plain requests.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Struct

from gatemeter.formats.kong.log_event import Consumer, Credential, Entity, Request, Response

_MS_PER_HOUR = 3_600_000
_S_PER_HOUR = 3_600
_FROM_MS, _TO_MS = 1_262_304_000_000, 4_102_444_800_000
_NEWLINE, _CLOSING, _OPENING = b"\n}{"


class Latencies(Struct, gc=False):
    """`latencies` of requests."""

    request: float | None = None
    proxy: float | None = None
    kong: float | None = None


class RequestEvent(Struct, gc=False):
    """An event without a member for models, tools or sessions."""

    started_at: int | None = None
    request: Request | None = None
    response: Response | None = None
    latencies: Latencies | None = None
    consumer: Consumer | None = None
    authenticated_entity: Credential | None = None
    service: Entity | None = None
    route: Entity | None = None
    workspace: str | None = None
    source: str | None = None


_decode_frame = msgspec.json.Decoder(RequestEvent).decode_lines
_COLUMNS = 7
_NO_LATENCIES, _NO_CONSUMER, _NO_ENTITY = Latencies(), Consumer(), Entity()


def decode_frames(frames: Sequence[bytes]) -> int:
    """Decode frames of plain events into columns, as one batch, and give the number of events.

    Raises ValueError for a frame with any other line.
    """
    whole: list[list[object]] = [[] for _ in range(_COLUMNS)]
    for frame in frames:
        events = _decode_frame(frame)
        if not frame.isascii():
            frame.decode("utf-8")
        if len(events) != _line_count(frame):
            raise ValueError("not an event a line")
        for column, values in zip(whole, _columns(events), strict=True):
            column += values
    return len(whole[0])


def _columns(events: list[RequestEvent]) -> tuple[list[object], ...]:
    ids: list[object] = []
    keys: list[object] = []
    sizes: tuple[list[object], list[object]] = ([], [])
    request_ms: list[object] = []
    upstream_ms: list[object] = []
    gateway_ms: list[object] = []
    request_bytes, response_bytes = sizes
    for event in events:
        request, response, started_at = event.request, event.response, event.started_at
        if request is None or response is None or not request.id:
            raise ValueError("not a plain event")
        if started_at is None or not _FROM_MS <= started_at < _TO_MS:
            raise ValueError("not a plain event")
        latencies = event.latencies or _NO_LATENCIES
        consumer = event.consumer or _NO_CONSUMER
        service, route = event.service or _NO_ENTITY, event.route or _NO_ENTITY
        ids.append(request.id)
        keys.append(
            (
                started_at // _MS_PER_HOUR * _S_PER_HOUR,
                consumer.id or _without_id(event),
                consumer.username or "",
                consumer.custom_id or "",
                service.id or "",
                service.name or "",
                route.id or "",
                route.name or "",
                event.workspace or "",
                request.method or "",
                -1 if response.status is None else response.status,
                event.source or "",
            )
        )
        request_bytes.append(request.size or 0)
        response_bytes.append(response.size or 0)
        request_ms.append(-1.0 if latencies.request is None else latencies.request)
        upstream_ms.append(-1.0 if latencies.proxy is None else latencies.proxy)
        gateway_ms.append(-1.0 if latencies.kong is None else latencies.kong)
    return ids, keys, request_bytes, response_bytes, request_ms, upstream_ms, gateway_ms


def _without_id(event: RequestEvent) -> str:
    if event.authenticated_entity is not None and event.authenticated_entity.consumer_id:
        return event.authenticated_entity.consumer_id
    return (event.consumer.custom_id or event.consumer.username or "") if event.consumer is not None else ""


def _line_count(frame: bytes) -> int:
    text = np.frombuffer(frame, np.uint8)
    newlines = np.flatnonzero(text == _NEWLINE)
    ends_well = bool((text[newlines - 1] == _CLOSING).all() and (text[newlines + 1] == _OPENING).all())
    return len(newlines) + 1 if ends_well else -1
