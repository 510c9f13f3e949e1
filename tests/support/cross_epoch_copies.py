"""Logs that hold copies of each other's events, counted with the event ledger on, and the means to retract them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from gatemeter.clickhouse.memory_sink import MemorySink, Row
from gatemeter.clock import ManualClock
from gatemeter.corrections.retract import Retraction
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.recompute.event_lookup import EventReader
from gatemeter.schema import EVENT_LEDGER
from gatemeter.schema.stored_event import CrossEpochDuplicate
from gatemeter.sources.log_reader import LogReader
from gatemeter.wire.event_location import EventLocation
from tests.support.kong_events import event_text, request_line
from tests.support.logs import FROM_THE_START, METERING

WITH_LEDGER = replace(METERING, event_ledger=True)
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

CALL = event_text(
    event_id='"call"',
    extra='"consumer":{"id":"c"},"ai":{"proxy":{"meta":{"provider_name":"openai","request_model":"m"},'
    '"usage":{"prompt_tokens":7,"completion_tokens":3,"cost":0.0123}},'
    '"mcp":{"mcp_session_id":"s","rpc":[{"method":"tools/call","tool_name":"t","latency":3,"error":"no"}]}}',
)
SESSION = b'{"session":{"received":4,"sent":5},"started_at":1770112861007}'
FIRST = [request_line("a"), CALL, b"[" + request_line("x") + b"," + request_line("y") + b"]", SESSION]
SECOND = [request_line("b"), FIRST[2], CALL + b"\n" + request_line("z") + b"\n" + SESSION + b"\n"]
"""Of its six events four are copies: x, y, the call and the session."""


class StoredLog(LogReader):
    """Messages in memory; those before `start` are gone."""

    def __init__(self, identity: str, values: Sequence[bytes], *, start: int = 0) -> None:
        self._log = Log(identity, f"topic of {identity}", LogKind.KAFKA, 100)
        self._values = values
        self._start = start

    @property
    def log(self) -> Log:
        return self._log

    def ranges(self) -> Mapping[int, range]:
        return {0: range(self._start, len(self._values))}

    def chunks(self, partition: int, offsets: range) -> Iterator[LogChunk]:
        assert partition == 0
        for offset in offsets:
            yield LogChunk(offset, offset + 1, [offset], [self._values[offset]], None, "kong-log")


ONE, TWO = StoredLog("one", FIRST), StoredLog("two", SECOND)


def count(sink: MemorySink, log: StoredLog, metering: Metering = WITH_LEDGER) -> None:
    counter = PartitionCounter(log.log, 0, FROM_THE_START, metering)
    for chunk in log.chunks(0, log.ranges()[0]):
        counter.add(chunk)
    sink.write(counter.take_flush().rows)


def duplicates_in(sink: MemorySink) -> list[CrossEpochDuplicate]:
    """The events that the event ledger shows to be counted once too often."""
    standing = sorted(
        (row for row in sink.rows(EVENT_LEDGER) if row["outcome"] in ("counted", "other_kind")),
        key=lambda row: (row["time"], EventLocation.of(row)),
    )
    first: dict[int, Row] = {}
    return [
        _duplicate(row, first[row["id_hash"]]) for row in standing if first.setdefault(row["id_hash"], row) is not row
    ]


def retraction(
    sink: MemorySink,
    *logs: StoredLog,
    metering: Metering = METERING,
    reason: str = "twice",
    at: datetime = NOW,
    dry_run: bool = False,
) -> Retraction:
    events = EventReader(logs, metering.decoders())
    return Retraction(sink, events, metering, ManualClock(at), reason=reason, dry_run=dry_run)


def _duplicate(row: Row, canonical: Row) -> CrossEpochDuplicate:
    names = ("id_hash", "outcome", "topic", "consumer_id", "epoch_first_offset")
    known = {name: row[name] for name in names}
    return CrossEpochDuplicate(
        EventLocation.of(row),
        EventLocation.of(canonical),
        time_ms=row["time"],
        canonical_topic=canonical["topic"],
        **known,
    )
