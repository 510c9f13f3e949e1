"""The ends of a log: known while the brokers answer; offsets without a message do not wait."""

import pytest

from gatemeter.clock import ManualClock
from gatemeter.monitoring.lag import waiting_messages
from gatemeter.monitoring.log_ends import LogEnds
from gatemeter.monitoring.snapshot import Flow
from gatemeter.monitoring.worker_state import WorkerState
from tests.support.fake_brokers import START_S, FakeBrokers, manual_clock, process


class ReadPartition:
    """A worker that has read partition 0 up to offset 5."""

    def __init__(self, end: int) -> None:
        self.clock: ManualClock = manual_clock()
        self.brokers = FakeBrokers(p0=end)
        self.state = WorkerState(self.clock)
        self.state.assigned({0: 5}, {})
        self.state.enter(Flow.FLOWING)
        self.ends = LogEnds(self.brokers, self.clock)

    def ask(self) -> int | None:
        """The number of waiting messages five seconds later; None if it is unknown."""
        self.clock.advance(5)
        self.ends.ask(self.state.snapshot())
        end = self.ends.known.get(0)
        return None if end is None else waiting_messages(self.state.snapshot().partitions[0], end)


def test_the_last_time_without_waiting_messages_is_kept() -> None:
    reading = ReadPartition(end=5)
    assert (reading.ask(), reading.ask()) == (0, 0)
    assert reading.brokers.ends is not None
    reading.brokers.ends[0] = 7
    assert reading.ask() == 2
    assert (reading.ends.known[0].since_s, reading.ends.known[0].caught_up_s) == (START_S + 5, START_S + 10)


def test_no_end_is_known_during_an_outage() -> None:
    reading = ReadPartition(end=9)
    assert reading.ask() == 4
    reading.brokers.ends = None
    assert reading.ask() is None
    assert (reading.ends.is_answering, reading.ends.answered_s) == (False, START_S + 5)
    reading.brokers.ends = {0: 9}
    assert reading.ask() == 4
    assert reading.ends.is_answering


def test_a_partition_without_an_answer_is_left_out() -> None:
    reading = ReadPartition(end=9)
    reading.brokers.ends = {}
    assert reading.ask() is None
    assert reading.ends.is_answering


def test_transaction_markers_at_the_end_do_not_wait() -> None:
    reading = ReadPartition(end=6)
    reading.brokers.has_messages = False
    assert [reading.ask() for _ in range(4)] == [1, 0, 0, 0]
    assert reading.brokers.probes == [(0, 5)]
    assert reading.brokers.ends is not None
    reading.brokers.ends[0] = 8
    assert reading.ask() == 3


@pytest.mark.parametrize("has_messages", [True, None])
def test_a_message_at_the_end_keeps_waiting(has_messages: bool | None) -> None:
    reading = ReadPartition(end=6)
    reading.brokers.has_messages = has_messages
    assert [reading.ask() for _ in range(4)] == [1, 1, 1, 1]


def test_a_log_that_progresses_is_not_probed() -> None:
    reading = ReadPartition(end=100)
    for offset in range(5, 10):
        reading.ask()
        process(reading.state, 0, offset, offset + 1, counted=offset)
    assert reading.brokers.probes == []


def test_a_log_held_by_the_sink_is_not_probed() -> None:
    reading = ReadPartition(end=100)
    with reading.state.held():
        assert [reading.ask() for _ in range(3)] == [95, 95, 95]
    assert reading.brokers.probes == []
