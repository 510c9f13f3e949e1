"""What a JSON document is an event of, told by its shape: a CloudEvent, or an event of Kong's log serializer."""

from typing import Any

from gatemeter.events.batch import EventBatch, EventRef, Place
from gatemeter.events.time_range import TimeRange
from gatemeter.formats.cloudevents.event import CloudEventReading, is_cloud_event, read_cloud_event
from gatemeter.formats.kong.columns import append_events, caller_key, consumer_of
from gatemeter.formats.kong.lenient_event import read_event
from gatemeter.llm.rows import append_llm_call
from gatemeter.schema.rollups import LLM_USAGE_ROLLUP


def append_document(
    document: Any, text: bytes, times: TimeRange, batch: EventBatch, place: Place | None = None
) -> None:
    """Append the event that `document`, read from `text`, is, marked with its `place` unless that is None.

    Raises RejectedEvent, and appends nothing then.
    """
    left_out: list[str] = []
    if is_cloud_event(document):
        reading = read_cloud_event(document, left_out)
        times.check(reading.event.started_at)
        _append_cloud_event(batch, reading, times, text, place)
    else:
        event = read_event(document, text, left_out)
        times.check(event.started_at)
        append_events(batch, [event], times, [text], _only(place))
    batch.fields_left_out += len(left_out)


def _append_cloud_event(
    batch: EventBatch, reading: CloudEventReading, times: TimeRange, text: bytes, place: Place | None
) -> None:
    if reading.is_request and reading.event.request is not None:
        reading.event.request.id = reading.event_id
        append_events(batch, [reading.event], times, [text], _only(place))
        return
    others = batch.others
    others.event_ids.append(reading.event_id)
    if place is not None:
        others.event_refs.append(EventRef(*place, reading.event.started_at or 0, consumer_of(reading.event)))
    if reading.llm_call is not None:
        rows = others.rows(LLM_USAGE_ROLLUP)
        append_llm_call(rows, len(others.event_ids) - 1, caller_key(reading.event), reading.llm_call)


def _only(place: Place | None) -> list[Place] | None:
    return None if place is None else [place]
