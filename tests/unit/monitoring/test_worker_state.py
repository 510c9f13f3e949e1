"""The numbers are exact after repeated, ignored and reassigned chunks."""

from collections.abc import Iterable
from dataclasses import asdict

import pytest
from prometheus_client.metrics_core import Metric

from gatemeter.clock import ManualClock
from gatemeter.metering.counts import EventCounts
from gatemeter.monitoring.snapshot import Flow
from gatemeter.monitoring.worker_state import WorkerState
from gatemeter.schema import API_USAGE, EPOCH_LEDGER, TableRows
from tests.support.fake_brokers import START_S, chunk, manual_clock, process


@pytest.fixture
def clock() -> ManualClock:
    return manual_clock()


@pytest.fixture
def state(clock: ManualClock) -> WorkerState:
    state = WorkerState(clock)
    state.assigned({0: 0, 1: 100}, {})
    return state


def test_events_add_up_over_partitions_by_outcome(state: WorkerState) -> None:
    state.processed(0, 2, EventCounts(consumed=10, counted=6, duplicates=3, dead_letters=1), chunk(0, 2))
    state.processed(1, 101, EventCounts(consumed=2, other_kind=2, ignored_fields=1), chunk(100, 101))
    state.processed(0, 3, EventCounts(consumed=11, counted=6, duplicates=4, dead_letters=1), chunk(2, 3))
    wanted = EventCounts(13, counted=6, duplicates=4, dead_letters=1, other_kind=2, ignored_fields=1)
    assert state.snapshot().events == wanted


def test_a_chunk_that_was_not_taken_changes_nothing(state: WorkerState) -> None:
    process(state, 0, 0, 4, counted=4, time_ms=7)
    before = state.snapshot()
    process(state, 0, 2, 4, counted=4, time_ms=9)
    process(state, 7, 0, 4, counted=4)
    assert asdict(state.snapshot()) == asdict(before)


def test_a_counter_kept_over_an_assignment_counts_once(state: WorkerState) -> None:
    process(state, 0, 0, 4, counted=4)
    state.assigned({0: 4}, {0: EventCounts(consumed=4, counted=4)})
    process(state, 0, 4, 6, counted=6)
    assert state.snapshot().events.counted == 6


def test_a_new_counter_adds_its_events_from_zero(state: WorkerState) -> None:
    process(state, 0, 0, 4, counted=4)
    state.assigned({0: 2}, {0: EventCounts()})
    process(state, 0, 2, 4, counted=2)
    assert state.snapshot().events.counted == 6
    assert list(state.snapshot().partitions) == [0]


def test_a_kept_partition_keeps_its_time_and_commit(state: WorkerState) -> None:
    process(state, 0, 0, 4, counted=4, time_ms=7)
    state.committed({0: 3})
    state.assigned({0: 4, 2: 9}, {})
    known = {number: (each.last_time_ms, each.committed_offset) for number, each in state.snapshot().partitions.items()}
    assert known == {0: (7, 3), 2: (None, None)}


def test_the_totals_of_a_counter_are_copied(state: WorkerState) -> None:
    totals = EventCounts(consumed=1, counted=1)
    state.processed(0, 1, totals, chunk(0, 1))
    totals.add(EventCounts(consumed=1, counted=1))
    state.processed(0, 2, totals, chunk(1, 2))
    assert state.snapshot().events.counted == 2


def test_a_snapshot_is_independent_of_later_changes(state: WorkerState) -> None:
    before, flushes_before = state.snapshot(), list(state.flush_seconds.collect())
    process(state, 0, 0, 4, counted=4)
    state.flushed([TableRows(API_USAGE, [[1]])], 1.0)
    assert (before.events.counted, before.partitions[0].next_offset) == (0, 0)
    assert (before.flush.written_rows, flush_count(flushes_before)) == ({}, 0)
    assert flush_count(state.flush_seconds.collect()) == 1


def flush_count(families: Iterable[Metric]) -> float:
    """How many flushes the collected metrics show."""
    samples = (sample for family in families for sample in family.samples)
    (count,) = [sample.value for sample in samples if sample.name == "gatemeter_flush_seconds_count"]
    return count


def test_the_mean_of_one_event_a_message_is_exactly_one(state: WorkerState) -> None:
    for offset in range(100):
        process(state, 0, offset * 3, offset * 3 + 3, counted=offset * 3 + 3)
    assert state.snapshot().partitions[0].events_per_message == 1.0


def test_the_mean_follows_recent_messages(state: WorkerState) -> None:
    process(state, 0, 0, 1000, counted=1000)
    counted = 1000
    for offset in range(1000, 1200):
        counted += 500
        process(state, 0, offset, offset + 1, counted=counted)
    assert state.snapshot().partitions[0].events_per_message == pytest.approx(500, rel=0.05)


def test_warm_up_messages_do_not_change_the_mean(state: WorkerState) -> None:
    process(state, 0, 0, 50, counted=0)
    process(state, 0, 50, 51, counted=8)
    assert state.snapshot().partitions[0].events_per_message == 8


def test_a_flush_records_rows_time_and_duration(state: WorkerState, clock: ManualClock) -> None:
    rows = [TableRows(API_USAGE, [[1, 2, 3]]), TableRows(EPOCH_LEDGER, [[1]])]
    state.flush_failed(RuntimeError("away"))
    assert not state.snapshot().flush.sink_answers
    clock.advance(5)
    state.flushed(rows, 0.3)
    state.flushed(rows[:1], 900.0)
    flush = state.snapshot().flush
    assert flush.written_rows == {API_USAGE.name: 6, EPOCH_LEDGER.name: 1}
    assert (flush.failures, flush.sink_answers, flush.last_success_s, flush.last_rows) == (1, True, START_S + 5, 3)
    (family,) = state.flush_seconds.collect()
    buckets = {sample.labels["le"]: sample.value for sample in family.samples if "le" in sample.labels}
    assert [buckets[bound] for bound in ("0.25", "0.5", "300.0", "+Inf")] == [0, 1, 1, 2]


def test_back_pressure_is_measured_and_added_up(state: WorkerState, clock: ManualClock) -> None:
    with state.held():
        clock.advance(2)
        assert (state.snapshot().is_held, state.snapshot().held_s) == (True, 2)
    clock.advance(10)
    with state.held():
        clock.advance(1)
    assert (state.snapshot().is_held, state.snapshot().held_s) == (False, 3)


def test_back_pressure_ends_with_an_interrupted_wait(state: WorkerState) -> None:
    with pytest.raises(KeyboardInterrupt), state.held():
        raise KeyboardInterrupt
    assert not state.snapshot().is_held


def test_commits_are_recorded_for_assigned_partitions(state: WorkerState, clock: ManualClock) -> None:
    clock.advance(3)
    state.committed({0: 10, 9: 20})
    now = state.snapshot()
    assert {number: each.committed_offset for number, each in now.partitions.items()} == {0: 10, 1: None}
    assert now.last_commit_s == START_S + 3


def test_no_phase_follows_stopping_in_the_state(state: WorkerState) -> None:
    for flow in (Flow.SEEKING, Flow.SEEKING, Flow.FLOWING, Flow.STOPPING, Flow.REBALANCING):
        state.enter(flow)
    now = state.snapshot()
    assert (now.flow, now.flow_changes) == (Flow.STOPPING, 3)


def test_rewinds_and_lost_offsets_add_up(state: WorkerState) -> None:
    state.rewound()
    state.rewound(2)
    state.lost(5)
    state.lost(6)
    assert (state.snapshot().rewinds, state.snapshot().lost_offsets) == (3, 11)


def test_a_cancelled_flush_is_timed_from_its_first_start(state: WorkerState, clock: ManualClock) -> None:
    assert state.snapshot().flush.running_s == 0
    state.flush_begun()
    clock.advance(10)
    state.flush_begun()
    clock.advance(4)
    assert (state.snapshot().flush.running_s, state.snapshot().flush.sink_answers) == (14, True)
    clock.advance(1)
    assert (state.snapshot().flush.running_s, state.snapshot().flush.sink_answers) == (15, False)
    state.flush_ended()
    assert (state.snapshot().flush.running_s, state.snapshot().flush.sink_answers) == (0, True)
