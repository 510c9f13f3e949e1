"""Reads the dead letters of replayed events again, from the log that holds their messages.

The store deletes a dead letter that was replayed. What a replay must have counted is known from the log all the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from gatemeter.events.identity import MessagePositions
from gatemeter.formats.decoders import Decoders
from gatemeter.metering.dead_letters import told_positions
from gatemeter.recompute.event_lookup import GONE, LogMessage, Unreadable, messages_at
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.sources.log_reader import LogReader
from gatemeter.wire.event_location import EventLocation


def read_dead_letters(
    reader: LogReader, locations: Iterable[EventLocation], decoders: Decoders
) -> Mapping[EventLocation, DeadLetter | Unreadable]:
    """The dead letter that `decoders` make of the event at each of `locations`, which are all in the reader's log.

    Its `raw` is the event itself, where the event is not too long to be replayed.

    Raises as `LogReader.chunks` does.
    """
    held = reader.ranges()
    found: dict[EventLocation, DeadLetter | Unreadable] = {}
    by_partition: dict[int, dict[int, list[EventLocation]]] = defaultdict(lambda: defaultdict(list))
    for location in locations:
        found[location] = Unreadable(GONE)
        if location.offset in held.get(location.partition, range(0)):
            by_partition[location.partition][location.offset].append(location)
    for partition, at_offset in by_partition.items():
        for message in messages_at(reader, partition, at_offset):
            rejected = {each.location: each for each in _rejected(reader, partition, message, decoders)}
            for location in at_offset[message.offset]:
                found[location] = rejected.get(location) or Unreadable("the event that it holds there can be counted")
    return found


def _rejected(reader: LogReader, partition: int, message: LogMessage, decoders: Decoders) -> Iterator[DeadLetter]:
    positions = MessagePositions(
        reader.log.identity, partition, [message.offset], [message.source_positions], times_ms=[message.time_ms]
    )
    for each in decoders.decode(message.log_format, [message.value], positions).rejections:
        yield DeadLetter(
            location=reader.log.event_location(partition, message.offset, each.line, each.event_index),
            topic=reader.log.name,
            log_format=message.log_format,
            reason=each.reason,
            raw=each.original or each.raw,
            raw_size_bytes=each.raw_size_bytes,
            message_time=None if message.time_ms is None else _utc_text(message.time_ms),
            detail=each.detail,
            is_masked=each.is_masked and not each.original,
            source_positions=told_positions(each, positions),
        )


def _utc_text(unix_ms: int) -> str:
    """As the store shows the time of a message."""
    seconds, ms = divmod(unix_ms, 1_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03}Z"
