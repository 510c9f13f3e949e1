"""Lag in messages, events and seconds."""

import pytest

from gatemeter.monitoring.lag import Lag, LogEnd, lag_of, total_lag
from gatemeter.monitoring.snapshot import PartitionState

NOW_S = 1000.0


def partition(next_offset: int, last_time_s: float | None = None, per_message: float = 1) -> PartitionState:
    last_time_ms = None if last_time_s is None else int(last_time_s * 1000)
    return PartitionState(next_offset, last_time_ms, recent_events=per_message, recent_messages=1)


@pytest.mark.parametrize(
    ("next_offset", "end", "messages"),
    [(0, 0, 0), (3, 10, 7), (10, 10, 0), (12, 10, 0)],
    ids=["empty log", "behind", "at the end", "past the last known end"],
)
def test_lag_messages_are_the_offsets_before_the_end(next_offset: int, end: int, messages: int) -> None:
    assert lag_of(partition(next_offset, 400), LogEnd(end, since_s=0), NOW_S).messages == messages


def test_lag_events_are_messages_times_their_mean() -> None:
    assert lag_of(partition(0, 400, per_message=2.5), LogEnd(10, since_s=0), NOW_S).events == 25


@pytest.mark.parametrize(
    ("last_time_s", "caught_up_s", "seconds"),
    [(940, None, 60), (940, 990, 10), (990, 940, 10), (None, 990, 10), (None, None, 80), (2000, None, 0)],
    ids=["last message", "caught up later", "caught up before", "only caught up", "neither", "a clock that is ahead"],
)
def test_lag_seconds_are_the_age_of_the_oldest_message(
    last_time_s: int | None, caught_up_s: int | None, seconds: int
) -> None:
    end = LogEnd(10, since_s=920, caught_up_s=caught_up_s)
    assert lag_of(partition(3, last_time_s), end, NOW_S).seconds == seconds


def test_lag_is_zero_while_no_message_waits() -> None:
    assert lag_of(partition(10, 1), LogEnd(10, since_s=0), NOW_S) == Lag(0, 0, 0)


@pytest.mark.parametrize(
    ("next_offset", "end", "messages"),
    [(8, 10, 0), (9, 10, 0), (7, 10, 3), (8, 11, 3)],
    ids=["before it", "within it", "something before it", "something after it"],
)
def test_offsets_without_a_message_are_no_lag(next_offset: int, end: int, messages: int) -> None:
    log_end = LogEnd(end, since_s=0, empty=range(8, 10))
    assert lag_of(partition(next_offset, 400), log_end, NOW_S).messages == messages


def test_total_lag_sums_events_and_takes_the_longest_time() -> None:
    partitions = {0: partition(0, 900, per_message=3), 1: partition(5, 950), 2: partition(0, 1)}
    ends = {0: LogEnd(2, since_s=0), 1: LogEnd(6, since_s=0)}
    assert total_lag(partitions, ends, NOW_S) == Lag(3, 7, 100)
    assert total_lag({}, {}, NOW_S) == Lag(0, 0, 0)
