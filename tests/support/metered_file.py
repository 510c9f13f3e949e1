"""A file to be metered: again, grown, and by another ruleset version."""

from collections.abc import Sequence
from pathlib import Path

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.ruleset import Metering
from gatemeter.schema import EPOCH_LEDGER
from gatemeter.sources.file_meter import meter_file
from tests.support.kong_events import request_line
from tests.support.logs import METERING

LINES = [request_line(f"e{number}", consumer=f"c{number % 3}") for number in range(1_200)]
TORN = request_line("torn", consumer="late")


def text_of(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def meter(path: Path, sink: MemorySink, metering: Metering = METERING) -> EventCounts:
    return meter_file(path, sink, metering, log_format="kong-log")


def ledger_totals(sink: MemorySink) -> EventCounts:
    total = EventCounts()
    for row in sink.rows(EPOCH_LEDGER):
        total.add(EventCounts.of(row))
    return total
