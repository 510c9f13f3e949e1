"""Every order in which two workers, their crashes, their zombies and the log's retention can interleave.

The decisions are the product's own (`protocol_model.tiny_log`); group, store and faults are modelled.
"""

from functools import partial
from itertools import combinations
from typing import Any

import pytest

from gatemeter.metering.start_position import StartPosition
from tests.support.protocol_model.exploration import Exploration, explore
from tests.support.protocol_model.invariants import (
    is_drained,
    the_table_at_the_end,
    times_counted,
    whatever_happened,
    where_the_log_is_compacted,
    where_the_log_is_deleted,
)
from tests.support.protocol_model.protocol import Protocol, State
from tests.support.protocol_model.table_store import EMPTY, ledger_in, written
from tests.support.protocol_model.tiny_log import END, Memory, assigned, column, counted, flush_of
from tests.support.protocol_model.variants import (
    COMPACTION,
    RETENTION,
    SCENARIOS,
    UNGUARDED,
    CommitsBeforeAcknowledge,
    ExpectsNothing,
    ForgetsFailedWrites,
    Increments,
    LedgerFirst,
    NoVersion,
    NoWarmUp,
)

_LONG = pytest.mark.long(
    reason="visits very many states; fewer faults, or as many on fewer messages, are explored in `make test`"
)
_TOO_MANY_STATES = (
    "a zombie and the last message",
    "a zombie and a crash",
    "two zombies",
    "two crashes",
    "crash and lost answer",
    "NoWarmUp",
    "NoVersion",
)


def params(names: Any) -> list[Any]:
    """One parameter a name; what takes longer than ten seconds is long."""
    return [pytest.param(name, marks=_LONG if name in _TOO_MANY_STATES else ()) for name in names]


FEWEST_STATES = {
    "undisturbed": 100,
    "a zombie": 10_000,
    "a zombie and the last message": 50_000,
    "a zombie and a crash": 50_000,
    "two zombies": 20_000,
    "crash and lost answer": 10_000,
    "three crashes": 10_000,
}
"""What an exploration must have visited at least: one that has become trivial proves nothing."""


def explored(protocol: Protocol) -> Exploration:
    end = protocol.end
    found = explore(protocol, partial(whatever_happened, end=end), partial(is_drained, end=end))
    print(protocol, found, sep="\n")
    return found


@pytest.mark.parametrize("scenario", params(SCENARIOS))
def test_every_order_of_events_ends_in_the_same_table(scenario: str) -> None:
    found = explored(SCENARIOS[scenario])
    assert not found.wrong, str(found)
    assert found.drained > 1
    assert found.states >= FEWEST_STATES[scenario]


SYMPTOMS: dict[str, str] = {
    CommitsBeforeAcknowledge.__name__: "this database holds nothing of it",
    NoWarmUp.__name__: "an undisturbed run stores",
    Increments.__name__: "an undisturbed run stores",
    NoVersion.__name__: "an undisturbed run stores",
    ForgetsFailedWrites.__name__: "stuck before everything was counted",
}
"""What each variant without a guard is found to do wrong."""


@pytest.mark.parametrize("variant", params(SYMPTOMS))
def test_a_protocol_without_one_of_its_guards_goes_wrong(variant: str) -> None:
    """The table at the end alone is judged; what is found is printed with its shortest trace."""
    unguarded = UNGUARDED[variant]
    failures = 1 if unguarded in (ForgetsFailedWrites, Increments) else 0
    found = explore(unguarded(moves=1 - failures, crashes=1, failures=failures), the_table_at_the_end, is_drained)
    print(found)
    assert SYMPTOMS[variant] in found.wrong, str(found)


@pytest.mark.parametrize("variant", SYMPTOMS)
def test_a_protocol_without_a_guard_goes_wrong_only_by_a_fault(variant: str) -> None:
    found = explore(UNGUARDED[variant](moves=0, crashes=0, failures=0), the_table_at_the_end, is_drained)
    assert not found.wrong, str(found)
    assert found.drained > 1


@pytest.mark.parametrize("variant", [LedgerFirst.__name__])
def test_a_ledger_written_first_names_rows_not_yet_stored(variant: str) -> None:
    found = explored(UNGUARDED[variant](moves=0, crashes=0, failures=0))
    assert "the ledger names offsets" in found.wrong


def test_a_commit_before_the_acknowledgement_is_seen_before_anything_is_lost() -> None:
    found = explored(CommitsBeforeAcknowledge(moves=0, crashes=1, failures=0))
    assert "is committed, but" in found.wrong


FEWEST_STATES_WITH_RETENTION = {"one crash": 1_000, "two crashes": 10_000}
FEWEST_STATES_WITH_COMPACTION = {"one crash": 1_000, "two crashes": 10_000}


@pytest.mark.long(reason="visits all states of a log that is cut; a zombie is in `make test`")
@pytest.mark.parametrize("scenario", RETENTION)
def test_deleted_messages_are_named_and_no_stored_row_is_lost(scenario: str) -> None:
    protocol = RETENTION[scenario]
    invariant = partial(where_the_log_is_deleted, end=protocol.end)
    found = explore(protocol, invariant, partial(is_drained, end=protocol.end))
    print(found)
    assert not found.wrong, str(found)
    assert found.states >= FEWEST_STATES_WITH_RETENTION[scenario]


@pytest.mark.long(reason="visits all states of a log that is compacted; a zombie is in `make test`")
@pytest.mark.parametrize("scenario", COMPACTION)
def test_messages_that_compaction_takes_away_stay_counted(scenario: str) -> None:
    protocol = COMPACTION[scenario]
    invariant = partial(where_the_log_is_compacted, end=protocol.end)
    found = explore(protocol, invariant, partial(is_drained, end=protocol.end))
    print(found)
    assert not found.wrong, str(found)
    assert found.states >= FEWEST_STATES_WITH_COMPACTION[scenario]


@pytest.mark.long(
    reason="visits many states; what the comparison does is in tests/unit/metering/test_recounted_segments.py"
)
@pytest.mark.parametrize("variant", [ExpectsNothing.__name__])
def test_a_recount_that_compares_nothing_takes_counts_back(variant: str) -> None:
    protocol = UNGUARDED[variant](workers=1, moves=0, crashes=1, failures=0, compactions=1, end=6)
    found = explore(protocol, partial(where_the_log_is_compacted, end=6), partial(is_drained, end=6))
    print(found)
    assert "is replaced by" in found.wrong, str(found)


def counted_twice(state: State) -> str:
    times = times_counted(state.store)
    return f"counted more than once: {times}" if max(times) > 1 else ""


@pytest.mark.parametrize(
    "protocol",
    [
        pytest.param(Protocol(workers=1, moves=0, crashes=1, failures=0, deletions=1), id="a torn flush"),
        pytest.param(
            Protocol(moves=1, crashes=0, failures=0, deletions=1, deletes_under_workers=True),
            marks=pytest.mark.long(reason="visits many states; a torn flush is in `make test`"),
            id="a late flush",
        ),
    ],
)
def test_a_torn_epoch_that_retention_cuts_can_count_twice(protocol: Protocol) -> None:
    """Rows that are stored without their ledger row count twice if retention then deletes the start of their epoch."""
    found = explore(protocol, counted_twice, is_drained)
    print(found)
    assert "counted more than once" in found.wrong


def test_the_undisturbed_run_counts_each_event_once() -> None:
    """Counted by hand: 2 events; 1 and an unreadable message; 1 and a copy; 1."""
    store = EMPTY
    for rows in flush_of(Memory(StartPosition(0, 0), END, 0, 0)):
        store = written(store, rows)
    accounts = [[column(row, each) for each in ("counted", "duplicates", "dead_letters")] for row in ledger_in(store)]
    assert accounts == [[2, 0, 0], [1, 0, 1], [1, 1, 0], [1, 0, 0]]
    assert times_counted(store) == [1, 1, 1, 0, 0, 1, 1]


FROM_THE_START = StartPosition(0, 0)


@pytest.mark.parametrize(("earlier", "last"), list(combinations(range(END), 2)))
def test_a_flush_depends_on_no_earlier_flush_but_the_last(earlier: int, last: int) -> None:
    """So the model's four values describe a worker's memory completely."""
    for now in range(last, END + 1):
        whole = Memory(FROM_THE_START, now, last, 0)
        assert (
            flush_of(whole)
            == flush_of(whole._replace(acknowledged=earlier))
            == flush_of(whole._replace(acknowledged=last))
        )


def test_a_message_from_before_an_assignment_does_not_count() -> None:
    """So the model needs no messages under way."""
    fresh = assigned(None, FROM_THE_START)
    for next_offset in range(END):
        memory = fresh._replace(next_offset=next_offset)
        assert counted(memory, is_current=False) == memory
        assert counted(memory).next_offset == next_offset + 1
