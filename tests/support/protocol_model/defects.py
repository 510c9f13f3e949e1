"""The protocol with one of its guards left out; each must be found wrong."""

from dataclasses import dataclass, replace
from typing import Any

from gatemeter.metering.partition import StartPosition
from tests.support.protocol_model.protocol import Batch, Protocol, Worker, Writing
from tests.support.protocol_model.table_store import Merge, highest_version, last_written
from tests.support.protocol_model.tiny_log import Memory, Row, additive_places, flush_of, is_ledger


@dataclass(frozen=True)
class CommitsBeforeAcknowledge(Protocol):
    def takes(self, worker: Worker, memory: Memory) -> Worker:
        return super().takes(worker, memory._replace(acknowledged=memory.next_offset))


@dataclass(frozen=True)
class LedgerFirst(Protocol):
    def batch(self, memory: Memory) -> Batch:
        return super().batch(memory)[::-1]


@dataclass(frozen=True)
class NoWarmUp(Protocol):
    def start(self, position: StartPosition) -> StartPosition:
        return replace(position, read_from=position.count_from)


@dataclass(frozen=True)
class NoVersion(Protocol):
    merge: Merge = last_written


@dataclass(frozen=True)
class ForgetsFailedWrites(Protocol):
    def retries(self, worker: Worker, writing: Writing) -> Worker:
        return worker._replace(writing=None)


def _added_up(stored: Row, arriving: Row) -> Row:
    return highest_version(stored, arriving) if is_ledger(stored) else _combined(arriving, stored, 1)


@dataclass(frozen=True)
class Increments(Protocol):
    """Flushes hold what was added since the last one, and the tables add it up."""

    merge: Merge = _added_up

    def batch(self, memory: Memory) -> Batch:
        before = {row.key: row for rows in flush_of(_never_flushed(memory)) for row in rows}
        return tuple(tuple(_since(row, before) for row in rows) for rows in super().batch(memory))


def _never_flushed(memory: Memory) -> Memory:
    """The counter as it was at the last flush, with everything still to be written."""
    return Memory(memory.start, memory.taken, memory.start.read_from, memory.start.read_from)


def _since(row: Row, before: dict[tuple[Any, ...], Row]) -> Row:
    return row if row.key not in before or is_ledger(row) else _combined(row, before[row.key], -1)


def _combined(row: Row, other: Row, sign: int) -> Row:
    """`row` with the counts and sums of `other` added `sign` times."""
    values = list(row.values)
    for place in additive_places(row.key[0]):
        values[place] += sign * other.values[place]
    return row._replace(values=tuple(values), version=max(row.version, other.version))
