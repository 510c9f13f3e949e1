"""What is explored: the protocol under bounded numbers of faults, and variants that leave one of its guards out."""

from dataclasses import dataclass, replace
from typing import Any

from gatemeter.metering.start_position import StartPosition
from tests.support.protocol_model.protocol import Batch, Protocol, Worker, Writing
from tests.support.protocol_model.table_store import Merge, highest_version, last_written
from tests.support.protocol_model.tiny_log import Memory, Row, additive_places, flush_of, is_ledger

SCENARIOS = {
    "undisturbed": Protocol(moves=0, crashes=0, failures=0),
    "a zombie": Protocol(moves=1, crashes=0, failures=0, end=5),
    "a zombie and the last message": Protocol(moves=1, crashes=0, failures=0),
    "a zombie and a crash": Protocol(moves=1, crashes=1, failures=0, end=6),
    "two zombies": Protocol(moves=2, crashes=0, failures=0, end=5),
    "crash and lost answer": Protocol(workers=1, moves=1, crashes=1, failures=1, end=5),
    "three crashes": Protocol(workers=1, moves=0, crashes=3, failures=0),
}
"""Faults of a log that keeps everything: each must always end in the same table."""

RETENTION = {
    "one crash": Protocol(workers=1, moves=0, crashes=1, failures=0, deletions=1, end=6),
    "two crashes": Protocol(workers=1, moves=0, crashes=2, failures=0, deletions=1, end=6),
}
"""Faults of a log whose beginning is deleted."""

COMPACTION = {
    "one crash": Protocol(workers=1, moves=0, crashes=1, failures=0, compactions=1, end=5),
    "two crashes": Protocol(workers=1, moves=0, crashes=2, failures=0, compactions=2, end=6),
}
"""Faults of a log that loses messages in its middle."""


@dataclass(frozen=True)
class CommitsBeforeAcknowledge(Protocol):
    """Commits what was counted, whether it is stored or not."""

    def takes(self, worker: Worker, memory: Memory) -> Worker:
        return super().takes(worker, memory._replace(acknowledged=memory.next_offset))


@dataclass(frozen=True)
class LedgerFirst(Protocol):
    """Writes the ledger before the other tables of a flush."""

    def batch(self, memory: Memory) -> Batch:
        return super().batch(memory)[::-1]


@dataclass(frozen=True)
class NoWarmUp(Protocol):
    """Does not read the epoch before the first one that it counts."""

    def start(self, position: StartPosition) -> StartPosition:
        return replace(position, read_from=position.count_from)


@dataclass(frozen=True)
class ExpectsNothing(Protocol):
    """Does not compare what it counts again with what is stored."""

    def start(self, position: StartPosition) -> StartPosition:
        return replace(position, recounted=())


@dataclass(frozen=True)
class NoVersion(Protocol):
    """Stores into tables that keep the row written last."""

    merge: Merge = last_written


@dataclass(frozen=True)
class ForgetsFailedWrites(Protocol):
    """Does not repeat a flush that failed."""

    def retries(self, worker: Worker, writing: Writing) -> Worker:
        return worker._replace(writing=None)


def _added_up(stored: Row, arriving: Row) -> Row:
    return highest_version(stored, arriving) if is_ledger(stored) else _combined(arriving, stored, 1)


@dataclass(frozen=True)
class Increments(Protocol):
    """Stores what was added since the last flush, into tables that add it up."""

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


UNGUARDED: dict[str, type[Protocol]] = {variant.__name__: variant for variant in Protocol.__subclasses__()}
"""Every variant that leaves out a guard, by its name."""
