"""The ends of the log: known while the brokers answer, and not mistaken for messages where there are none."""

import pytest

from gatemeter.clock import ManualClock
from gatemeter.monitoring.lag import waiting_messages
from gatemeter.monitoring.log_ends import LogEnds
from gatemeter.monitoring.partition_state import Flow
from gatemeter.monitoring.worker_state import WorkerState
from tests.support.fake_brokers import START_S, FakeBrokers, manual_clock, process


class Scene:
    """A worker with partition 0, which it has read up to offset 5."""

    def __init__(self, end: int) -> None:
        self.clock: ManualClock = manual_clock()
        self.brokers = FakeBrokers(p0=end)
        self.state = WorkerState(self.clock)
        self.state.assigned({0: 5}, {})
        self.state.enter(Flow.FLOWING)
        self.ends = LogEnds(self.brokers, self.clock)

    def ask(self) -> int | None:
        """How many messages wait, five seconds later; None if that is not known."""
        self.clock.advance(5)
        self.ends.ask(self.state.snapshot())
        end = self.ends.known.get(0)
        return None if end is None else waiting_messages(self.state.snapshot().partitions[0], end)


def test_it_remembers_when_nothing_waited() -> None:
    scene = Scene(end=5)
    assert (scene.ask(), scene.ask()) == (0, 0)
    assert scene.brokers.ends is not None
    scene.brokers.ends[0] = 7
    assert scene.ask() == 2
    assert (scene.ends.known[0].since_s, scene.ends.known[0].caught_up_s) == (START_S + 5, START_S + 10)


def test_an_outage_leaves_nothing_known() -> None:
    scene = Scene(end=9)
    assert scene.ask() == 4
    scene.brokers.ends = None
    assert scene.ask() is None
    assert (scene.ends.is_answering, scene.ends.answered_s) == (False, START_S + 5)
    scene.brokers.ends = {0: 9}
    assert scene.ask() == 4
    assert scene.ends.is_answering


def test_a_partition_that_does_not_answer_is_left_out() -> None:
    scene = Scene(end=9)
    scene.brokers.ends = {}
    assert scene.ask() is None
    assert scene.ends.is_answering


def test_markers_at_the_end_of_a_log_do_not_wait() -> None:
    scene = Scene(end=6)
    scene.brokers.has_messages = False
    assert [scene.ask() for _ in range(4)] == [1, 0, 0, 0]
    assert scene.brokers.looked_into == [(0, 5)]
    assert scene.brokers.ends is not None
    scene.brokers.ends[0] = 8
    assert scene.ask() == 3


@pytest.mark.parametrize("has_messages", [True, None])
def test_a_message_there_waits_on(has_messages: bool | None) -> None:
    scene = Scene(end=6)
    scene.brokers.has_messages = has_messages
    assert [scene.ask() for _ in range(4)] == [1, 1, 1, 1]


def test_a_log_that_is_being_read_is_not_looked_into() -> None:
    scene = Scene(end=100)
    for offset in range(5, 10):
        scene.ask()
        process(scene.state, 0, offset, offset + 1, counted=offset)
    assert scene.brokers.looked_into == []


def test_a_log_that_waits_for_the_sink_is_not_looked_into() -> None:
    scene = Scene(end=100)
    with scene.state.held():
        assert [scene.ask() for _ in range(3)] == [95, 95, 95]
    assert scene.brokers.looked_into == []
