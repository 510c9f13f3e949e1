"""Messages are lost where the engine loses them, again and again; the worker notices, and no row differs."""

import pytest

from tests.crash.conftest import CountedLog, NewRun
from tests.support.crash.fault_plan import Act, Fault, FaultPlan

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.clickhouse,
    pytest.mark.slow,
    pytest.mark.long(reason="waits for losses to be found; the control of `make test` injects one of them"),
]

LOST_FETCH = FaultPlan(lose_fetch=True)
LOST_CHUNKS = FaultPlan(drop_first_chunks=2)
_PAUSE = Fault("perform_seek.after", Act.DELAY, 0, 1.0)
_LOSSES_AT_FIRST = {
    "a fetch between assignment and seek": LOST_FETCH,
    "a fetch, and a pause between seek and resumption": FaultPlan([_PAUSE], lose_fetch=True),
    "the first chunks between driver and agent": LOST_CHUNKS,
}
_STALL_S = 3


@pytest.mark.parametrize("loss", _LOSSES_AT_FIRST)
def test_lost_messages_are_read_again(loss: str, counted_log: CountedLog, new_run: NewRun) -> None:
    run = new_run(counted_log.topic)
    run.start(_LOSSES_AT_FIRST[loss])
    run.finish()
    assert run.differences(counted_log.undisturbed, counted_log.oracle) == []


def test_messages_lost_again_and_again_are_read_again(counted_log: CountedLog, new_run: NewRun) -> None:
    run = new_run(counted_log.topic)
    lossy = run.start(FaultPlan(drop_chunks=0.33, seed=4))
    run.wait_until(lambda: lossy.log_text().count("reading again") > 1, "it finds losses")
    run.start()
    lossy.end()  # it may have lost the last chunk of a partition, and nothing follows by which it could notice
    run.finish()
    assert run.differences(counted_log.undisturbed, counted_log.oracle) == []


def test_a_worker_that_gets_nothing_any_more_ends_itself(counted_log: CountedLog, new_run: NewRun) -> None:
    run = new_run(counted_log.topic)
    stalled = run.start(FaultPlan(drop_chunks=1.0), flags=["--stall-timeout-s", str(_STALL_S)])
    assert run.wait_for_end(stalled) > 0
    run.start()
    run.finish()
    assert run.differences(counted_log.undisturbed, counted_log.oracle) == []
