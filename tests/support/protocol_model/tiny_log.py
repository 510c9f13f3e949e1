"""A log of seven messages in epochs of two, and the product's own code run over it, as functions of plain values.

Four values describe a worker's memory, which is rebuilt from the log when it is needed. `test_protocol_model` holds
that they describe it completely.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from gatemeter.metering.commit import Commit
from gatemeter.metering.counts import COUNT_COLUMNS, EventCounts
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.sink import StoredEpoch
from gatemeter.metering.start_position import StartDecision, StartPosition, decide_start
from gatemeter.schema import API_USAGE, DEAD_LETTERS, EPOCH_LEDGER, TABLES, TableRows
from gatemeter.worker.assignment import Assignment, PartitionChunk
from gatemeter.worker.flusher import merged
from tests.support.kong_events import event_text
from tests.support.logs import METERING

PARTITION = 0
EPOCH_SIZE = 2
LOG = Log("topic-id-1", "access", LogKind.KAFKA, EPOCH_SIZE)


def _request(event_id: str, consumer: str, offset: int) -> bytes:
    consumer_field = f'"consumer":{{"id":"{consumer}"}}'
    return event_text(event_id=f'"{event_id}"', request_size=str(10**offset), extra=consumer_field)


MESSAGES = (
    _request("e0", "a", 0),
    _request("e1", "a", 1),
    _request("e2", "b", 2),
    b"poison",
    _request("e2", "b", 4),
    _request("e5", "c", 5),
    _request("e6", "c", 6),
)
"""Offset 4 repeats the event of offset 2, which lies in the epoch before; offset 3 is unreadable. The request at offset
n has 10 to the n bytes, so the digits of a sum of bytes show how often each was counted."""

END = len(MESSAGES)


_TABLES = {table.name: table for table in TABLES}


class Memory(NamedTuple):
    """What a worker holds of the partition: its start, and how far it counted, flushed, and saw the flush stored.

    When it began to read, the log no longer held the messages at `gone`.
    """

    start: StartPosition
    next_offset: int
    taken: int
    acknowledged: int
    gone: frozenset[int] = frozenset()


class Row(NamedTuple):
    """A stored row; `key` is what a newer version of it shares, `values` its other columns."""

    key: tuple[Any, ...]
    version: int
    values: tuple[Any, ...]


def column(row: Row, name: str) -> Any:
    """The value of one column; the table is the first part of the key."""
    return row.values[_value_names(row.key[0]).index(name)]


@cache
def _value_names(table: str) -> list[str]:
    return [each for each in _TABLES[table].column_names if each != "version"]


@cache
def additive_places(table: str) -> list[int]:
    """Where in a row's `values` its counts and sums are."""
    names = [each.name for each in _TABLES[table].measures if table not in (DEAD_LETTERS.name, EPOCH_LEDGER.name)]
    is_extreme_or_sketch = re.compile("_(min|max)_|_buckets|_bucket_counts")
    return [_value_names(table).index(each) for each in names if not is_extreme_or_sketch.search(each)]


def chunk_at(first: int, end: int, gone: frozenset[int] = frozenset()) -> LogChunk:
    offsets = [offset for offset in range(first, end) if offset not in gone]
    values = [MESSAGES[offset] for offset in offsets]
    return LogChunk(first, end, offsets, values, [1_000 + offset for offset in offsets], "kong-log")


@cache
def start_of(commit: Commit | None, log_start: int, ledger: tuple[Row, ...]) -> StartDecision:
    """The answer of `decide_start`, which nothing else calls."""
    stored = [_stored_epoch(row) for row in ledger]
    return decide_start(LOG, PARTITION, METERING.ruleset_version, commit=commit, log_start=log_start, stored=stored)


def _stored_epoch(row: Row) -> StoredEpoch:
    names = ("epoch_first_offset", "epoch_size", "content_hash", "unterminated_line", "rules", *COUNT_COLUMNS)
    first, size, content_hash, line, rules, *counts = (column(row, name) for name in names)
    return StoredEpoch(PARTITION, first, row.version, size, content_hash, line, rules, EventCounts(*counts))


def rebuilt(memory: Memory | None) -> Assignment:
    """An assignment with the counter that `memory` describes."""
    assignment = Assignment(LOG, METERING)
    if memory is None:
        return assignment
    assignment.assign({PARTITION: memory.start})
    count_until(assignment, memory.acknowledged, memory.gone)
    for counter, flush in assignment.take_flushes():
        counter.flushed(flush)
    count_until(assignment, memory.taken, memory.gone)
    assignment.take_flushes()
    count_until(assignment, memory.next_offset, memory.gone)
    return assignment


def count_until(assignment: Assignment, end: int, gone: frozenset[int]) -> None:
    first = next_offset(assignment)
    if first < end:
        assignment.count(PartitionChunk(PARTITION, assignment.serial(PARTITION), chunk_at(first, end, gone)))


def next_offset(assignment: Assignment) -> int:
    counter = assignment.counter(PARTITION)
    return 0 if counter is None else counter.next_offset


@cache
def assigned(memory: Memory | None, start: StartPosition, gone: frozenset[int] = frozenset()) -> Memory:
    """The memory after the partition was assigned, to be counted from `start`; the log lacks the messages at `gone`."""
    assignment = rebuilt(memory)
    before = assignment.counter(PARTITION)
    assignment.assign({PARTITION: start})
    if memory is not None and assignment.counter(PARTITION) is before:
        return memory
    return Memory(start, start.read_from, start.read_from, start.read_from, gone)


@cache
def counted(memory: Memory, *, is_current: bool = True) -> Memory:
    """The memory after its next message arrived, sent off after the last assignment or before it."""
    assignment = rebuilt(memory)
    serial = assignment.serial(PARTITION)
    if not is_current:
        assignment.invalidate(PARTITION)
    chunk = chunk_at(memory.next_offset, memory.next_offset + 1, memory.gone)
    assignment.count(PartitionChunk(PARTITION, serial, chunk))
    return memory._replace(next_offset=next_offset(assignment))


@cache
def flush_of(memory: Memory) -> tuple[tuple[Row, ...], ...]:
    """The rows of a flush taken now, table by table in the order in which they are written."""
    return tuple(rows_of(rows) for rows in merged(rebuilt(memory).take_flushes()))


@cache
def commit_offset(memory: Memory) -> int | None:
    """The offset that may be committed."""
    return rebuilt(memory).commit_offset(PARTITION)


def rows_of(rows: TableRows) -> tuple[Row, ...]:
    names = rows.table.column_names
    no_key = {"version", "is_deleted", *(() if rows.table.name != "dead_letters" else ("epoch_first_offset",))}
    key_names = [each.name for each in rows.table.dimensions + rows.table.lineage if each.name not in no_key]
    return tuple(_row(rows.table.name, dict(zip(names, values, strict=True)), key_names) for values in _lines(rows))


def _lines(rows: TableRows) -> Sequence[tuple[Any, ...]]:
    return list(zip(*rows.columns, strict=True))


def _row(table: str, values: dict[str, Any], key_names: Sequence[str]) -> Row:
    frozen: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    key = (table, *(frozen[name] for name in key_names))
    version = frozen.pop("version")
    return Row(key, version, tuple(frozen.values()))


def is_ledger(row: Row) -> bool:
    return bool(row.key[0] == EPOCH_LEDGER.name)


def is_usage(row: Row) -> bool:
    return bool(row.key[0] == API_USAGE.name)
