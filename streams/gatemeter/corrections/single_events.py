"""Cuts a batch of events into batches of one event each."""

from collections.abc import Iterator

from gatemeter.events.batch import EventBatch, IdentifiedEvents


def single_events(batch: EventBatch) -> Iterator[EventBatch]:
    """Each request, then each other event of `batch`, by itself; its rejections are left away.

    The batch does not say which event a field was ignored in: the first one carries the number of all.
    """
    ignored_fields = batch.ignored_fields
    for index in range(len(batch.requests.event_ids)):
        single = EventBatch(ignored_fields=ignored_fields)
        _copy_event(batch.requests, index, single.requests)
        yield single
        ignored_fields = 0
    for index in range(len(batch.others.event_ids)):
        single = EventBatch(ignored_fields=ignored_fields)
        _copy_event(batch.others, index, single.others)
        yield single
        ignored_fields = 0


def _copy_event(events: IdentifiedEvents, index: int, single: IdentifiedEvents) -> None:
    kept = bytearray(len(events.event_ids))
    kept[index] = 1
    single.event_ids.append(events.event_ids[index])
    single.event_refs += events.event_refs[index : index + 1]
    for rows in events.usage.values():
        # The event is event 0 of its own batch.
        single.rows(rows.rollup).extend(rows.of_events(kept), first_event_index=-index)
