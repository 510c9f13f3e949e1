"""A batch of events cut into batches of one event each."""

from collections.abc import Iterator

from gatemeter.streams.event_batch import EventBatch, IdentifiedEvents


def single_events(batch: EventBatch) -> Iterator[EventBatch]:
    """Each request and each other event of `batch` by itself; its rejections are left away.

    Which event left a field out is not known here: the first one carries `fields_left_out` of all.
    """
    left_out = batch.fields_left_out
    for index in range(len(batch.requests.event_ids)):
        single = EventBatch(fields_left_out=left_out)
        _take(batch.requests, index, single.requests)
        yield single
        left_out = 0
    for index in range(len(batch.others.event_ids)):
        single = EventBatch(fields_left_out=left_out)
        _take(batch.others, index, single.others)
        yield single
        left_out = 0


def _take(events: IdentifiedEvents, index: int, single: IdentifiedEvents) -> None:
    kept = bytearray(len(events.event_ids))
    kept[index] = 1
    single.event_ids.append(events.event_ids[index])
    single.marks += events.marks[index : index + 1]
    for rows in events.usage.values():
        # Of this one event, which is event 0 of its own batch.
        single.rows(rows.rollup).extend(rows.of_events(kept), first_event_index=-index)
