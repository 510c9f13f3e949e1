"""Every order in which two workers, their crashes, their zombies and the log's retention can get into each other's way.

The decisions are the product's own (`protocol_model.tiny_log`); group, store and faults are modelled.
"""

from functools import partial
from itertools import combinations

import pytest

from gatemeter.metering.partition import StartPosition
from tests.support.protocol_model.defects import (
    CommitsBeforeAcknowledge,
    ForgetsFailedWrites,
    Increments,
    LedgerFirst,
    NoVersion,
    NoWarmUp,
)
from tests.support.protocol_model.exploration import Exploration, explore
from tests.support.protocol_model.judgement import (
    is_drained,
    the_table_at_the_end,
    times_counted,
    whatever_happened,
    where_the_log_is_deleted,
)
from tests.support.protocol_model.protocol import Protocol, State
from tests.support.protocol_model.table_store import EMPTY, ledger_in, written
from tests.support.protocol_model.tiny_log import END, Memory, assigned, column, counted, flush_of


def explored(protocol: Protocol) -> Exploration:
    end = protocol.end
    found = explore(protocol, partial(whatever_happened, end=end), partial(is_drained, end=end))
    print(protocol, found, sep="\n")
    return found


@pytest.mark.parametrize(
    ("protocol", "at_least"),
    [
        pytest.param(Protocol(moves=0, crashes=0, failures=0), 100, id="undisturbed"),
        pytest.param(Protocol(moves=1, crashes=0, failures=0), 10_000, id="a zombie"),
        pytest.param(Protocol(moves=1, crashes=1, failures=0, end=6), 50_000, id="a zombie and a crash"),
        pytest.param(Protocol(moves=2, crashes=0, failures=0, end=5), 20_000, id="two zombies"),
        pytest.param(Protocol(workers=1, moves=1, crashes=1, failures=1, end=5), 10_000, id="crash and lost answer"),
        pytest.param(Protocol(workers=1, moves=0, crashes=3, failures=0), 10_000, id="three crashes"),
    ],
)
def test_every_order_of_events_ends_in_the_same_table(protocol: Protocol, at_least: int) -> None:
    found = explored(protocol)
    assert not found.wrong, str(found)
    assert found.drained > 1
    assert found.states >= at_least


DEFECTS = [
    pytest.param(CommitsBeforeAcknowledge, "this database holds nothing of it", id="commit before acknowledge"),
    pytest.param(NoWarmUp, "is replaced by", id="no warm-up"),
    pytest.param(Increments, "an undisturbed run stores", id="increments instead of whole values"),
    pytest.param(NoVersion, "an undisturbed run stores", id="no version"),
    pytest.param(ForgetsFailedWrites, "stuck before everything was counted", id="a failed write is not repeated"),
]


@pytest.mark.parametrize(("defect", "wrong"), DEFECTS)
def test_a_protocol_without_one_of_its_guards_goes_wrong(defect: type[Protocol], wrong: str) -> None:
    """Judged by the end alone; what is found is printed with its shortest trace."""
    failures = 1 if defect in (ForgetsFailedWrites, Increments) else 0
    found = explore(defect(moves=1 - failures, crashes=1, failures=failures), the_table_at_the_end, is_drained)
    print(found)
    assert wrong in found.wrong, str(found)


@pytest.mark.parametrize("defect", [param.values[0] for param in DEFECTS])
def test_a_protocol_without_one_of_its_guards_needs_a_fault_to_go_wrong(defect: type[Protocol]) -> None:
    found = explore(defect(moves=0, crashes=0, failures=0), the_table_at_the_end, is_drained)
    assert not found.wrong, str(found)
    assert found.drained > 1


def test_a_ledger_written_first_tells_of_what_is_not_there() -> None:
    found = explored(LedgerFirst(moves=0, crashes=0, failures=0))
    assert "the ledger tells of" in found.wrong


def test_a_commit_before_the_acknowledgement_is_seen_before_anything_is_lost() -> None:
    found = explored(CommitsBeforeAcknowledge(moves=0, crashes=1, failures=0))
    assert "is committed, but" in found.wrong


def test_what_retention_deletes_is_named_and_nothing_stored_is_overwritten() -> None:
    protocol = Protocol(workers=1, moves=0, crashes=2, failures=0, deletions=1, end=6)
    found = explore(protocol, partial(where_the_log_is_deleted, end=6), partial(is_drained, end=6))
    print(found)
    assert not found.wrong, str(found)
    assert found.states >= 10_000


def counted_twice(state: State) -> str:
    times = times_counted(state.store)
    return f"counted more than once: {times}" if max(times) > 1 else ""


@pytest.mark.parametrize(
    "protocol",
    [
        pytest.param(Protocol(workers=1, moves=0, crashes=1, failures=0, deletions=1), id="a torn flush"),
        pytest.param(
            Protocol(moves=1, crashes=0, failures=0, deletions=1, deletes_under_workers=True), id="a late flush"
        ),
    ],
)
def test_what_the_protocol_does_not_cover(protocol: Protocol) -> None:
    """The residual cases: what is in the tables but not in the ledger, and then loses the beginning of its epoch."""
    found = explore(protocol, counted_twice, is_drained)
    print(found)
    assert "counted more than once" in found.wrong


def test_the_undisturbed_run_counts_each_event_once() -> None:
    """By hand: two events of epoch 0, one and a poisoned line of epoch 1, a copy and one of epoch 2, one of epoch 3."""
    store = EMPTY
    for rows in flush_of(Memory(StartPosition(0, 0), END, 0, 0)):
        store = written(store, rows)
    accounts = [[column(row, each) for each in ("counted", "duplicates", "dead_letters")] for row in ledger_in(store)]
    assert accounts == [[2, 0, 0], [1, 0, 1], [1, 1, 0], [1, 0, 0]]
    assert times_counted(store) == [1, 1, 1, 0, 0, 1, 1]


FROM_THE_START = StartPosition(0, 0)


@pytest.mark.parametrize(("earlier", "last"), list(combinations(range(END), 2)))
def test_what_a_flush_holds_depends_on_no_flush_but_the_last(earlier: int, last: int) -> None:
    """It is what makes the model's memory of a worker complete."""
    for now in range(last, END + 1):
        whole = Memory(FROM_THE_START, now, last, 0)
        assert (
            flush_of(whole)
            == flush_of(whole._replace(acknowledged=earlier))
            == flush_of(whole._replace(acknowledged=last))
        )


def test_a_message_sent_off_before_an_assignment_is_not_counted() -> None:
    """It is why the model has no messages under way."""
    fresh = assigned(None, FROM_THE_START)
    for next_offset in range(END):
        memory = fresh._replace(next_offset=next_offset)
        assert counted(memory, is_current=False) == memory
        assert counted(memory).next_offset == next_offset + 1
