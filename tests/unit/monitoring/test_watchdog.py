"""A stuck worker is found in every way to be stuck; a worker that waits for a good reason is left alone."""

from collections.abc import Callable

import pytest

from gatemeter.clock import ManualClock
from gatemeter.monitoring.lag import LogEnd
from gatemeter.monitoring.snapshot import Flow
from gatemeter.monitoring.watchdog import ONE_PARTITION_FACTOR, Stall, Watchdog
from gatemeter.monitoring.worker_state import WorkerState
from tests.support.fake_brokers import manual_clock, process

TIMEOUT_S = 60


class WatchedWorker:
    """A worker whose partition 0 has waiting messages; it beats and is looked at every second."""

    def __init__(self, flow: Flow = Flow.FLOWING) -> None:
        self.clock: ManualClock = manual_clock()
        self.state = WorkerState(self.clock)
        self.state.assigned({0: 5}, {})
        self.state.enter(flow)
        self.watchdog = Watchdog(self.clock, stall_timeout_s=TIMEOUT_S)
        self.ends = {0: LogEnd(100, since_s=0)}
        self.brokers_answer = True
        self.is_alive = True

    def look(self) -> Stall | None:
        if self.is_alive:
            self.state.beat()
        return self.watchdog.look(self.state.snapshot(), self.ends, brokers_answer=self.brokers_answer)

    def over_after_s(
        self, seconds: int = 10 * TIMEOUT_S, each: Callable[[int], None] = lambda second: None
    ) -> int | None:
        """The seconds until a stall is over its limit; None if that does not happen."""
        for second in range(seconds):
            each(second)
            stall = self.look()
            if stall is not None and stall.is_over:
                return second
            self.clock.advance(1)
        return None


def what(worker: WatchedWorker) -> str:
    stall = worker.look()
    return "" if stall is None else stall.what


def test_an_event_loop_that_hangs_is_found() -> None:
    worker = WatchedWorker()
    worker.is_alive, worker.ends = False, {}
    assert worker.over_after_s() == TIMEOUT_S
    assert what(worker) == "the event loop does not answer"
    assert worker.watchdog.loop_silent_s == TIMEOUT_S


@pytest.mark.parametrize("flow", [Flow.JOINING, Flow.REBALANCING, Flow.SEEKING, Flow.SOUGHT, Flow.STOPPING])
def test_a_phase_that_does_not_end_is_found(flow: Flow) -> None:
    worker = WatchedWorker(flow)
    assert worker.over_after_s() == TIMEOUT_S
    assert what(worker) == f"the worker is {flow.value}"


def test_waiting_messages_without_progress_are_found() -> None:
    worker = WatchedWorker()
    assert worker.over_after_s() == TIMEOUT_S
    assert what(worker) == "messages flow and none is processed, though some wait: [0]@5 of 100"


def test_a_stall_is_suspected_at_half_of_its_limit() -> None:
    worker = WatchedWorker()
    suspected = []

    def look(_second: int) -> None:
        stall = worker.look()
        suspected.append(stall is not None and stall.is_suspected)

    worker.over_after_s(TIMEOUT_S, each=look)
    assert suspected.index(True) == TIMEOUT_S / 2


def test_the_limit_starts_again_with_every_chunk() -> None:
    worker = WatchedWorker()

    def step_at(second: int) -> None:
        if second == TIMEOUT_S - 1:
            process(worker.state, 0, 5, 6, counted=1)

    assert worker.over_after_s(each=step_at) == 2 * TIMEOUT_S - 1


def test_a_slow_worker_that_progresses_is_left_alone() -> None:
    worker = WatchedWorker()

    def step(second: int) -> None:
        if second % (TIMEOUT_S - 1) == 0:
            offset = worker.state.snapshot().partitions[0].next_offset
            process(worker.state, 0, offset, offset + 1, counted=offset)

    assert worker.over_after_s(each=step) is None


def test_waiting_for_the_sink_is_not_a_stall() -> None:
    worker = WatchedWorker()
    with worker.state.held():
        assert worker.over_after_s() is None
    assert worker.over_after_s() == TIMEOUT_S


def test_waiting_for_messages_is_not_a_stall() -> None:
    worker = WatchedWorker()
    worker.ends = {0: LogEnd(5, since_s=0)}
    assert worker.over_after_s() is None


def test_offsets_without_a_message_are_not_a_stall() -> None:
    worker = WatchedWorker()
    worker.ends = {0: LogEnd(6, since_s=0, empty=range(5, 6))}
    assert worker.over_after_s() is None


@pytest.mark.parametrize("flow", [Flow.FLOWING, Flow.JOINING, Flow.REBALANCING])
def test_waiting_for_the_brokers_is_not_a_stall(flow: Flow) -> None:
    worker = WatchedWorker(flow)
    worker.brokers_answer, worker.ends = False, {}
    assert worker.over_after_s() is None


def test_the_limit_starts_again_after_an_outage() -> None:
    worker = WatchedWorker()
    ends = worker.ends

    def outage(second: int) -> None:
        away = 10 <= second < 500
        worker.brokers_answer, worker.ends = not away, {} if away else ends

    assert worker.over_after_s(each=outage) == 500 + TIMEOUT_S


def test_a_worker_without_partitions_is_not_stalled() -> None:
    worker = WatchedWorker()
    worker.state.assigned({}, {})
    worker.ends = {}
    assert worker.over_after_s() is None


def test_repeated_rebalances_are_not_a_stall() -> None:
    worker = WatchedWorker()

    def rebalance(second: int) -> None:
        if second % 50 == 0:
            for flow in (Flow.REBALANCING, Flow.SEEKING, Flow.FLOWING):
                worker.state.enter(flow)

    assert worker.over_after_s(each=rebalance) is None


def test_a_frozen_process_is_not_stalled_when_it_wakes() -> None:
    worker = WatchedWorker()
    worker.look()
    worker.clock.advance(3600)
    assert worker.over_after_s(seconds=TIMEOUT_S - 11) is None
    assert worker.over_after_s() is not None


def test_one_stuck_partition_of_two_is_found_later() -> None:
    worker = WatchedWorker()
    worker.state.assigned({0: 5, 1: 5}, {})
    worker.ends = {0: LogEnd(100_000, since_s=0), 1: LogEnd(100, since_s=0)}

    def count_one(second: int) -> None:
        process(worker.state, 0, 5 + second, 6 + second, counted=second + 1)

    assert worker.over_after_s(each=count_one) == ONE_PARTITION_FACTOR * TIMEOUT_S
    assert what(worker) == "one partition is not processed: [1]@5 of 100"


def test_a_seek_may_take_its_timeout_and_a_margin() -> None:
    worker = WatchedWorker(Flow.SEEKING)
    worker.watchdog = Watchdog(worker.clock, stall_timeout_s=TIMEOUT_S, seek_timeout_s=3 * TIMEOUT_S)
    assert worker.over_after_s() == 3 * TIMEOUT_S + 10
