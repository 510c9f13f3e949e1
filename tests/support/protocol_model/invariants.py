"""What must be true of every state, and of those in which everything was counted and stored."""

from functools import cache

from gatemeter.metering.counts import COUNT_COLUMNS, EventCounts
from gatemeter.metering.start_position import StartPosition
from tests.support.protocol_model.protocol import State
from tests.support.protocol_model.table_store import Store, ledger_in, rows_in
from tests.support.protocol_model.tiny_log import (
    END,
    EPOCH_SIZE,
    MESSAGES,
    Row,
    assigned,
    column,
    flush_of,
    is_ledger,
    is_usage,
)

POISON, COPY, COPIED = 3, 4, 2
"""Offsets of the unreadable message, of the repeated event, and of the event that it repeats."""


def is_drained(state: State, end: int = END) -> bool:
    """Whether the owner has counted everything, and the store has acknowledged it or keeps what it had of it."""
    if state.owner is None:
        return False
    memory, writing = state.workers[state.owner]
    if memory is None or writing is not None:
        return False
    is_stored = max((row.version for row in ledger_in(state.store)), default=0) >= end
    keeps_stored = is_stored and not flush_of(memory._replace(next_offset=end))
    return memory.acknowledged >= end or memory.start.count_from >= end or keeps_stored


def whatever_happened(state: State, end: int = END) -> str:
    """The rule for workers that crash and wake up again, over a log that keeps everything."""
    return _wrong_in(state.store) or _wrong_commit(state) or the_table_at_the_end(state, end)


def the_table_at_the_end(state: State, end: int = END) -> str:
    """The rule for the end alone: row for row what an undisturbed run stores, also the ledger's versions."""
    if not is_drained(state, end):
        return ""
    missing = _table(_undisturbed(end)) - _table(rows_in(state.store))
    surplus = _table(rows_in(state.store)) - _table(_undisturbed(end))
    return f"an undisturbed run stores {set(missing)}, not {set(surplus)}" if missing or surplus else ""


def where_the_log_is_deleted(state: State, end: int = END) -> str:
    """The rule for a log whose beginning is deleted while no worker runs. The store sees that rows never shrink."""
    if any(memory is not None and memory.next_offset < state.log_start for memory, _ in state.workers):
        return "a worker reads what was deleted"
    if state.torn:
        return ""
    times = times_counted(state.store)
    repeated = [offset for offset, count in enumerate(times) if count > 1]
    if repeated:
        return f"offsets {repeated} were counted more than once: {times}"
    return (_unexpected(state, times, end) or _wrong_ranges(state, end)) if is_drained(state, end) else ""


def where_the_log_is_compacted(state: State, end: int = END) -> str:
    """The rule for a log that loses messages that were counted, and others. The store sees that rows never shrink."""
    times = times_counted(state.store)
    for offset in range(end if is_drained(state, end) else 0):
        was_there = offset not in state.gone or offset in state.kept
        if offset == POISON:
            fine = was_there == _has_dead_letter(state.store)
        elif offset == COPY:
            fine = times[offset] == 0 or COPIED in state.gone
        else:
            fine = times[offset] == was_there
        if not fine:
            return f"gone are {set(state.gone)}, of which {set(state.kept)} were stored: {times}"
    return ""


# -- every state -------------------------------------------------------------------------------------------------------


@cache
def _wrong_in(store: Store) -> str:
    for row in rows_in(store):
        if _whole_values_at(row.version).get(row.key) != row:
            return f"no run that counted up to {row.version} would store {row}"
        if is_ledger(row) and not _balances(row):
            return f"the account does not add up: {row}"
    return next((wrong for row in ledger_in(store) if (wrong := _ahead(row, store))), "")


def _balances(row: Row) -> bool:
    counts = EventCounts(*(column(row, each) for each in COUNT_COLUMNS))
    return counts.holds and counts.consumed == row.version - column(row, "epoch_first_offset")


def _ahead(ledger_row: Row, store: Store) -> str:
    """The ledger names no offset whose rows are not yet stored."""
    version_of = {row.key: row.version for row in rows_in(store)}
    for row in _epoch_at(ledger_row).values():
        if version_of.get(row.key, -1) < row.version:
            return f"the ledger names offsets up to {ledger_row.version}, but {row} is not stored"
    return ""


@cache
def _epoch_at(ledger_row: Row) -> dict[tuple[object, ...], Row]:
    """The rows of the ledger row's epoch, each with its lowest right version: the one of its last change."""
    first = column(ledger_row, "epoch_first_offset")
    rows: dict[tuple[object, ...], Row] = {}
    for version in range(first + 1, ledger_row.version + 1):
        for key, row in _whole_values_at(version).items():
            if column(row, "epoch_first_offset") == first and (key not in rows or rows[key].values != row.values):
                rows[key] = row
    return rows


@cache
def _wrong_commit_of(offset: int, store: Store) -> str:
    complete = {row.key for row in rows_in(store) if is_ledger(row) and row in _undisturbed(END)}
    for row in _undisturbed(END):
        if is_ledger(row) and column(row, "epoch_first_offset") < offset + EPOCH_SIZE and row.key not in complete:
            return (
                f"{offset} is committed, but epoch {row.key[-1]} before the one after it is not complete in the store"
            )
    return ""


def _wrong_commit(state: State) -> str:
    if state.committed is None or state.committed.is_beginning:
        return ""
    return _wrong_commit_of(state.committed.offset, state.store)


# -- the end -----------------------------------------------------------------------------------------------------------


def _unexpected(state: State, times: list[int], end: int) -> str:
    for offset in range(end):
        if offset == COPY:
            fine = times[offset] == 0 or state.log_start > COPIED
        elif offset == POISON:
            fine = (offset in state.lost) == (not _has_dead_letter(state.store))
        else:
            fine = times[offset] == (offset not in state.lost)
        if not fine:
            return f"lost are {sorted(state.lost)}, but offset {offset} was counted {times[offset]} times"
    return ""


def _wrong_ranges(state: State, end: int) -> str:
    covered = [o for row in ledger_in(state.store) for o in range(column(row, "epoch_first_offset"), row.version)]
    if sorted(covered) != [offset for offset in range(end) if offset not in state.lost]:
        return f"lost are {sorted(state.lost)}, and the ledger names {sorted(covered)}"
    return ""


def _has_dead_letter(store: Store) -> bool:
    return any(row.key[0] == "dead_letters" for row in rows_in(store))


def times_counted(store: Store) -> list[int]:
    """How often the event at each offset was counted, from the digits of the sum of request sizes."""
    total = sum(column(row, "request_bytes") for row in rows_in(store) if is_usage(row))
    return [total // 10**offset % 10 for offset in range(len(MESSAGES))]


# -- an undisturbed run ------------------------------------------------------------------------------------------------


@cache
def _whole_values_at(version: int) -> dict[tuple[object, ...], Row]:
    """All rows of a worker that counted up to `version` and then stored for the first time."""
    fresh = assigned(None, StartPosition(0, 0))
    rows = [row for rows in flush_of(fresh._replace(next_offset=version)) for row in rows]
    return {row.key: row for row in rows}


@cache
def _undisturbed(end: int) -> frozenset[Row]:
    return frozenset(_whole_values_at(end).values())


@cache
def _table(rows: frozenset[Row]) -> frozenset[Row]:
    return frozenset(row if is_ledger(row) else row._replace(version=0) for row in rows)
