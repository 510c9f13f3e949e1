"""From delivered Kafka records to log chunks: cut to a size, and where the event format changes."""

from collections.abc import Iterator
from itertools import groupby

from gatemeter.contracts.frames import FORMAT_HEADER, LogFormat, header_value
from gatemeter.streams.delivery_guard import Delivery, Record
from gatemeter.streams.log_chunk import LogChunk


def chunks_of(delivery: Delivery, records_per_chunk: int) -> Iterator[LogChunk]:
    """Chunks that together cover the delivery's offsets without a gap."""
    first_offset = delivery.first_offset
    pieces = [
        (log_format, records[start : start + records_per_chunk])
        for log_format, group in groupby(delivery.records, key=_format_of)
        for records in [list(group)]
        for start in range(0, len(records), records_per_chunk)
    ]
    for log_format, records in pieces:
        next_offset = records[-1].offset + 1
        yield LogChunk(
            first_offset=first_offset,
            next_offset=next_offset,
            offsets=[record.offset for record in records],
            values=[record.value or b"" for record in records],
            times_ms=[record.timestamp for record in records],
            log_format=log_format,
        )
        first_offset = next_offset


def _format_of(record: Record) -> str:
    return header_value(record.headers, FORMAT_HEADER) or LogFormat.KONG_LOG
