"""Messages are lost where the engine loses them, again and again; the worker notices, and nothing differs."""

import pytest

from tests.crash.conftest import CountedLog, NewRun
from tests.support.crash.faults import Act, Fault, FaultPlan
from tests.support.processes import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

LOST_FETCH = FaultPlan(lose_fetch=True)
LOST_CHUNKS = FaultPlan(drop_first_chunks=2)
_PAUSE = Fault("perform_seek.after", Act.DELAY, 0, 1.0)
_LOSSES_AT_FIRST = {
    "a fetch between assignment and seek": LOST_FETCH,
    "a fetch, and a pause between seek and resumption": FaultPlan([_PAUSE], lose_fetch=True),
    "the first chunks between driver and agent": LOST_CHUNKS,
}
_PATIENCE_S = 120.0
_STALL_S = 3


@pytest.mark.parametrize("loss", _LOSSES_AT_FIRST)
def test_what_was_lost_is_read_again(loss: str, counted_log: CountedLog, new_run: NewRun) -> None:
    run = new_run(counted_log.topic)
    run.start(_LOSSES_AT_FIRST[loss])
    run.finish(_PATIENCE_S)
    assert run.differences(counted_log.undisturbed, counted_log.oracle) == []


def test_what_is_lost_again_and_again_is_read_again(counted_log: CountedLog, new_run: NewRun) -> None:
    run = new_run(counted_log.topic)
    lossy = run.start(FaultPlan(drop_chunks=0.33, seed=4))
    wait_until(lambda: lossy.said().count("reading again") > 1, f"losses; see {lossy.log}", _PATIENCE_S)
    run.start()
    lossy.end()  # the last of a partition may be among what it lost, and nothing follows by which it could tell
    run.finish(_PATIENCE_S)
    assert run.differences(counted_log.undisturbed, counted_log.oracle) == []


def test_a_worker_that_gets_nothing_any_more_ends_itself(counted_log: CountedLog, new_run: NewRun) -> None:
    run = new_run(counted_log.topic)
    stalled = run.start(FaultPlan(drop_chunks=1.0), flags=["--stall-timeout-s", str(_STALL_S)])
    assert stalled.wait(_PATIENCE_S) > 0
    run.start()
    run.finish(_PATIENCE_S)
    assert run.differences(counted_log.undisturbed, counted_log.oracle) == []
