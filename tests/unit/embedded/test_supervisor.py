"""Dead children are started again, and given up after too many deaths in a row."""

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from gatemeter.clock import ManualClock
from gatemeter.embedded.child_process import ChildSpec, last_lines
from gatemeter.embedded.supervisor import HEALTH_INTERVAL_S, START_TIMEOUT_S, RestartPolicy, Supervisor
from gatemeter.errors import KafkaUnavailable
from tests.support.processes import children_of, is_running
from tests.support.waiting import wait_for

SLEEP = "import time; print('up', flush=True); time.sleep(600)"
FAIL = "import sys; print('first line'); print('port is taken'); sys.exit(9)"
PRINT_END = """
import signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("{} is up", flush=True)
signal.sigwait([signal.SIGTERM])
print(time.monotonic())
"""


def spec(folder: Path, code: str, name: str = "child", hopeless: frozenset[int] = frozenset()) -> ChildSpec:
    command = [sys.executable, "-c", code]
    return ChildSpec(name, command, folder / f"{name}.log", KafkaUnavailable, hopeless_codes=hopeless)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 2, 1, tzinfo=UTC))


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def supervisor(clock: ManualClock, notes: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(notes.append, clock)
    yield supervisor
    supervisor.stop()


def await_end(guard_pid: int) -> None:
    wait_for(lambda: not is_running(guard_pid), "the child's end")


def watch_deaths(supervisor: Supervisor, clock: ManualClock, most: int) -> None:
    """Let a failing child die and be started again up to `most` times."""
    for _ in range(most):
        (guard,) = supervisor.guard_pids("child")
        await_end(guard)
        supervisor.look()
        clock.advance(8)
        supervisor.look()


def test_delays_grow_with_deaths_in_a_row_up_to_a_limit() -> None:
    policy = RestartPolicy(most_deaths=4, first_delay_s=1, longest_delay_s=3)
    assert [policy.delay_after_death_s(0.1) for _ in range(5)] == [1, 2, 3, 3, None]


def test_a_healthy_life_ends_the_row_of_deaths() -> None:
    policy = RestartPolicy(most_deaths=1, healthy_after_s=10, first_delay_s=1)
    assert [policy.delay_after_death_s(10) for _ in range(3)] == [1, 1, 1]


def test_a_dead_child_is_started_again_after_the_delay(
    tmp_path: Path, clock: ManualClock, notes: list[str], supervisor: Supervisor
) -> None:
    first = supervisor.start(spec(tmp_path, SLEEP))
    wait_for(lambda: children_of(first.guard_pid), "the child's start")
    os.kill(children_of(first.guard_pid)[0], signal.SIGKILL)
    await_end(first.guard_pid)
    supervisor.look()
    supervisor.look()
    assert supervisor.guard_pids("child") == [first.guard_pid]
    clock.advance(0.5)
    supervisor.look()
    (second,) = supervisor.guard_pids("child")
    assert second != first.guard_pid
    assert len(notes) == 1
    assert "child: was killed by SIGKILL" in notes[0]
    assert "starting it again in 0.5 s" in notes[0]


def test_a_child_that_dies_too_often_is_given_up(tmp_path: Path, clock: ManualClock, supervisor: Supervisor) -> None:
    supervisor.start(spec(tmp_path, FAIL))
    with pytest.raises(KafkaUnavailable, match=r"exit code 9: .*first line \| port is taken; read .*child\.log"):
        watch_deaths(supervisor, clock, most=20)


def test_a_child_with_a_hopeless_code_is_given_up_at_once(tmp_path: Path, supervisor: Supervisor) -> None:
    process = supervisor.start(spec(tmp_path, FAIL, hopeless=frozenset({9})))
    await_end(process.guard_pid)
    with pytest.raises(KafkaUnavailable, match="exit code 9"):
        supervisor.look()


def test_a_child_that_no_longer_answers_is_started_again(
    tmp_path: Path, clock: ManualClock, notes: list[str], supervisor: Supervisor
) -> None:
    answers = [True, True, False]
    asked = replace(spec(tmp_path, SLEEP), is_healthy=lambda: answers.pop(0) if answers else False)
    first = supervisor.start(asked)
    for _ in range(7):  # the last answer comes after 5 s, and 30 s later it is not yet given up
        supervisor.look()
        clock.advance(5)
    assert (is_running(first.guard_pid), notes) == (True, [])
    clock.advance(1)
    supervisor.look()
    assert not is_running(first.guard_pid)
    assert "child: runs, but no longer answers" in notes[0]
    clock.advance(1)
    supervisor.look()
    assert supervisor.guard_pids("child") != [first.guard_pid]


def test_a_child_that_starts_slowly_gets_more_time(tmp_path: Path, clock: ManualClock, supervisor: Supervisor) -> None:
    first = supervisor.start(replace(spec(tmp_path, SLEEP), is_healthy=lambda: False))
    clock.advance(START_TIMEOUT_S)
    supervisor.look()
    assert is_running(first.guard_pid)
    clock.advance(HEALTH_INTERVAL_S)
    supervisor.look()
    assert not is_running(first.guard_pid)


def test_the_failure_of_a_child_is_raised_by_wait(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.start(spec(tmp_path, FAIL, hopeless=frozenset({9})))
    supervisor.watch()
    with pytest.raises(KafkaUnavailable, match="port is taken"):
        supervisor.wait(20)


def test_stopping_ends_children_last_started_first(tmp_path: Path, supervisor: Supervisor) -> None:
    guards = []
    for name in ("store", "broker", "worker"):
        guards.append(supervisor.start(spec(tmp_path, PRINT_END.format(name), name)).guard_pid)
        wait_for(partial(last_lines, tmp_path / f"{name}.log"), "the child's start")
    supervisor.stop()
    ends = {name: float(last_lines(tmp_path / f"{name}.log")[-1]) for name in ("worker", "broker", "store")}
    assert sorted(ends, key=lambda name: ends[name]) == ["worker", "broker", "store"]
    assert not any(is_running(guard) for guard in guards)
