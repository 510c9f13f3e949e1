"""Cuts delivered Kafka records into log chunks: of a bounded size, each of one format, cut by the same rules."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from gatemeter.metering.log import LogChunk
from gatemeter.sources.contiguity import Delivery, Record
from gatemeter.wire.frames import DEFAULT_FORMAT, FORMAT_HEADER, header_value
from gatemeter.wire.slimmed import slimmed_by
from gatemeter.wire.source_positions import POSITIONS_HEADER

BYTES_PER_CHUNK = 4 * 1024 * 1024
"""More than full frames fill. It bounds what is decoded at a time when messages are long, or hold many short events."""

_LEAST_LINE_BYTES = 400
_LEAST_ELEMENT_BYTES = 100
"""A part between two commas of an array. An event takes time however short it is."""


def chunks_of(delivery: Delivery, records_per_chunk: int, bytes_per_chunk: int = BYTES_PER_CHUNK) -> Iterator[LogChunk]:
    """Chunks that together cover the delivery's offsets without a gap.

    Each holds one record, or as many as fit into both limits.
    """
    first_offset = delivery.first_offset
    for (log_format, slimmed), group in groupby(delivery.records, key=_told_of):
        for records in portions(group, records_per_chunk, bytes_per_chunk):
            next_offset = records[-1].offset + 1
            yield LogChunk(
                first_offset=first_offset,
                next_offset=next_offset,
                offsets=[record.offset for record in records],
                values=[record.value or b"" for record in records],
                times_ms=[record.timestamp for record in records],
                log_format=log_format,
                unkeyed_offsets=unkeyed_offsets(records),
                source_positions=_source_positions(records),
                slimmed=slimmed,
            )
            first_offset = next_offset


def unkeyed_offsets(records: Sequence[Record]) -> list[int]:
    """The offsets of the records without a key."""
    return [record.offset for record in records if not record.key]


def lost_chunk(delivery: Delivery) -> list[LogChunk]:
    """The chunk of the offsets that were lost just before the delivery; empty if none were."""
    if not delivery.lost:
        return []
    return [
        LogChunk(delivery.lost.start, delivery.lost.stop, [], [], None, DEFAULT_FORMAT, is_lost=True),
    ]


def portions(records: Iterable[Record], record_limit: int, byte_limit: int) -> Iterator[list[Record]]:
    """The records in order; each portion holds one, or as many as fit into both limits."""
    portion: list[Record] = []
    size_bytes = 0
    for record in records:
        value_bytes = _weight(record.value or b"")
        if portion and (len(portion) == record_limit or size_bytes + value_bytes > byte_limit):
            yield portion
            portion, size_bytes = [], 0
        portion.append(record)
        size_bytes += value_bytes
    if portion:
        yield portion


def _weight(value: bytes) -> int:
    """The bytes of a message, or more if its events are shorter than events are."""
    elements = value.count(b",") if value[:1] == b"[" else 0
    return max(len(value), value.count(b"\n") * _LEAST_LINE_BYTES, elements * _LEAST_ELEMENT_BYTES)


def _source_positions(records: Sequence[Record]) -> Sequence[str | None]:
    headers = [header_value(record.headers, POSITIONS_HEADER) for record in records]
    return headers if any(headers) else ()


def _told_of(record: Record) -> tuple[str, str]:
    """The format of a message, and by which rules it was cut."""
    return header_value(record.headers, FORMAT_HEADER) or DEFAULT_FORMAT, slimmed_by(record.headers)
