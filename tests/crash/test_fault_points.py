"""A worker is killed between any two steps; the next one finishes, and no row differs from an undisturbed count.

`make test` kills at a point of each kind, one after the other in one run; `make test-all` at each in a run of its own.
"""

import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.crash.conftest import CountedLog
from tests.support.crash.crash_cluster import CrashCluster
from tests.support.crash.crash_worker import WorkerPool
from tests.support.crash.fault_plan import FAULT_POINTS, PASSED_ONCE, STEPS_OF_A_REBALANCE, STEPS_OF_A_STOP, kill_at
from tests.support.crash.metering_run import MeteringRun

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

_AT_A_TIME = 4
"""A case is mostly waiting for sessions to expire."""

SMOKE = (
    "write.api_usage_hourly.after",
    "write.epoch_ledger.before",
    "commit.before",
    "seek.before",
    "revoke.before",
    "stop.before",
)
"""One point of each kind for `make test`: insert, ledger, commit, seek, revoke, stop."""

_MANY_FLUSHES = ("--flush-rows", "100")
"""So that the log lasts for several workers which are killed at their second flush."""

_LONG = pytest.mark.long(reason="all 56 points together take minutes; `make test` has one of each kind")

Outcomes = Mapping[str, Future[list[str]]]


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, cluster: CrashCluster, pool: WorkerPool, counted_log: CountedLog
) -> Iterator[Outcomes]:
    """The differences found after a kill at each selected point; several runs are at work at a time.

    Points of `SMOKE` alone share a run: making and counting a database for each takes longer than the kills.
    """
    names = {f"{test_killed_at_a_fault_point.__name__}[{point}]": point for point in FAULT_POINTS}
    selected = [names[item.name] for item in request.session.items if item.name in names]

    def outcome(points: Sequence[str]) -> list[str]:
        run = MeteringRun(cluster, pool, counted_log.topic, points[0])
        try:
            return killed_at(points, run, counted_log)
        finally:
            run.end()
            run.drop()

    with ThreadPoolExecutor(_AT_A_TIME) as executor:
        if set(selected) <= set(SMOKE):
            in_one_run = [point for point in SMOKE if point in selected]
            yield dict.fromkeys(selected, executor.submit(outcome, in_one_run)) if selected else {}
        else:
            yield {point: executor.submit(outcome, [point]) for point in selected}


def killed_at(points: Sequence[str], run: MeteringRun, log: CountedLog) -> list[str]:
    """The differences after a worker was killed at each of `points` and another one has finished."""
    for point in points:
        for worker in run.workers:  # which joined the one before
            worker.end()
        die_at(point, run, flags=_MANY_FLUSHES if point != points[-1] else ())
    if all(worker.exit_code is not None for worker in run.workers):
        run.start()
    run.finish()
    return run.differences(log.undisturbed, log.oracle)


def die_at(point: str, run: MeteringRun, flags: Sequence[str]) -> None:
    """Start a worker that is killed at `point`, and for a rebalance another one; `flags` are for steps of a flush."""
    step = FAULT_POINTS[point].step
    is_of_a_flush = step not in STEPS_OF_A_REBALANCE | STEPS_OF_A_STOP
    victim = run.start(kill_at(point, 1 if step in PASSED_ONCE else 2), flags=flags if is_of_a_flush else ())
    if step in STEPS_OF_A_REBALANCE | STEPS_OF_A_STOP:
        run.wait_until(victim.assignments, "it has partitions")
    if step in STEPS_OF_A_STOP:
        victim.send(signal.SIGTERM)
    if step in STEPS_OF_A_REBALANCE:
        run.start()
    assert run.wait_for_end(victim) == -signal.SIGKILL


def test_the_undisturbed_count_is_right(counted_log: CountedLog) -> None:
    assert counted_log.undisturbed.differences(counted_log.undisturbed, counted_log.oracle) == []


@pytest.mark.parametrize(
    "point", [pytest.param(point, marks=() if point in SMOKE else _LONG) for point in FAULT_POINTS]
)
def test_killed_at_a_fault_point(point: str, outcomes: Outcomes) -> None:
    assert outcomes[point].result() == []
