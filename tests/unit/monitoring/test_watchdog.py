"""Every way to stand still is found, and no good reason to wait is taken for one."""

from collections.abc import Callable

import pytest

from gatemeter.clock import ManualClock
from gatemeter.monitoring.lag import LogEnd
from gatemeter.monitoring.partition_state import Flow
from gatemeter.monitoring.watchdog import ONE_PARTITION, Stall, Watchdog
from gatemeter.monitoring.worker_state import WorkerState
from tests.support.fake_brokers import manual_clock, process

TIMEOUT_S = 60


class Scene:
    """A worker that has partition 0, of which messages wait; it beats and is looked at every second."""

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

    def ends_after(
        self, seconds: int = 10 * TIMEOUT_S, each: Callable[[int], None] = lambda second: None
    ) -> int | None:
        """After how many seconds the watchdog has had enough; None if it has not."""
        for second in range(seconds):
            each(second)
            if self.watchdog.is_over(self.look()):
                return second
            self.clock.advance(1)
        return None


def what(scene: Scene) -> str:
    stall = scene.look()
    return "" if stall is None else stall.what


def test_a_loop_that_does_not_answer_is_found() -> None:
    scene = Scene()
    scene.is_alive, scene.ends = False, {}
    assert scene.ends_after() == TIMEOUT_S
    assert what(scene) == "the event loop does not answer"
    assert scene.watchdog.loop_silent_s == TIMEOUT_S


@pytest.mark.parametrize("flow", [Flow.JOINING, Flow.REBALANCING, Flow.SEEKING, Flow.SOUGHT, Flow.STOPPING])
def test_a_phase_that_does_not_end_is_found(flow: Flow) -> None:
    scene = Scene(flow)
    assert scene.ends_after() == TIMEOUT_S
    assert what(scene) == f"the worker is {flow.value}"


def test_messages_that_wait_while_none_is_processed_are_found() -> None:
    scene = Scene()
    assert scene.ends_after() == TIMEOUT_S
    assert what(scene) == "messages flow and none is processed, though some wait: [0]@5 of 100"


def test_a_worker_in_doubt_is_told_at_half_the_time() -> None:
    scene = Scene()
    doubts = []
    scene.ends_after(TIMEOUT_S, each=lambda _second: doubts.append(scene.watchdog.is_doubtful(scene.look())))
    assert doubts.index(True) == TIMEOUT_S / 2


def test_the_time_begins_again_with_every_step() -> None:
    scene = Scene()

    def step_at(second: int) -> None:
        if second == TIMEOUT_S - 1:
            process(scene.state, 0, 5, 6, counted=1)

    assert scene.ends_after(each=step_at) == 2 * TIMEOUT_S - 1


def test_a_worker_that_processes_something_now_and_then_goes_on() -> None:
    scene = Scene()

    def step(second: int) -> None:
        if second % (TIMEOUT_S - 1) == 0:
            offset = scene.state.snapshot().partitions[0].next_offset
            process(scene.state, 0, offset, offset + 1, counted=offset)

    assert scene.ends_after(each=step) is None


def test_waiting_for_the_sink_is_legitimate() -> None:
    scene = Scene()
    with scene.state.held():
        assert scene.ends_after() is None
    assert scene.ends_after() == TIMEOUT_S


def test_waiting_for_messages_is_legitimate() -> None:
    scene = Scene()
    scene.ends = {0: LogEnd(5, since_s=0)}
    assert scene.ends_after() is None


def test_offsets_without_a_message_are_not_waited_for() -> None:
    scene = Scene()
    scene.ends = {0: LogEnd(6, since_s=0, empty=range(5, 6))}
    assert scene.ends_after() is None


@pytest.mark.parametrize("flow", [Flow.FLOWING, Flow.JOINING, Flow.REBALANCING])
def test_waiting_for_the_brokers_is_legitimate(flow: Flow) -> None:
    scene = Scene(flow)
    scene.brokers_answer, scene.ends = False, {}
    assert scene.ends_after() is None


def test_after_an_outage_the_time_begins_anew() -> None:
    scene = Scene()
    ends = scene.ends

    def outage(second: int) -> None:
        away = 10 <= second < 500
        scene.brokers_answer, scene.ends = not away, {} if away else ends

    assert scene.ends_after(each=outage) == 500 + TIMEOUT_S


def test_a_worker_without_partitions_is_legitimate() -> None:
    scene = Scene()
    scene.state.assigned({}, {})
    scene.ends = {}
    assert scene.ends_after() is None


def test_rebalances_one_after_the_other_are_legitimate() -> None:
    scene = Scene()

    def rebalance(second: int) -> None:
        if second % 50 == 0:
            for flow in (Flow.REBALANCING, Flow.SEEKING, Flow.FLOWING):
                scene.state.enter(flow)

    assert scene.ends_after(each=rebalance) is None


def test_a_process_that_was_frozen_has_not_stood_still() -> None:
    scene = Scene()
    scene.look()
    scene.clock.advance(3600)
    assert scene.ends_after(seconds=TIMEOUT_S - 11) is None
    assert scene.ends_after() is not None


def test_one_partition_that_stands_still_while_another_moves_is_found_later() -> None:
    scene = Scene()
    scene.state.assigned({0: 5, 1: 5}, {})
    scene.ends = {0: LogEnd(100_000, since_s=0), 1: LogEnd(100, since_s=0)}

    def count_one(second: int) -> None:
        process(scene.state, 0, 5 + second, 6 + second, counted=second + 1)

    assert scene.ends_after(each=count_one) == ONE_PARTITION * TIMEOUT_S
    assert what(scene) == "one partition is not processed: [1]@5 of 100"


def test_a_seek_has_a_limit_of_its_own() -> None:
    scene = Scene(Flow.SEEKING)
    scene.watchdog = Watchdog(scene.clock, stall_timeout_s=TIMEOUT_S, seek_timeout_s=3 * TIMEOUT_S)
    assert scene.ends_after() == 3 * TIMEOUT_S + 10
