"""A broker that stops for most of every half second, while workers join and leave: no row differs."""

import pytest

from tests.crash.conftest import CountedLog, NewRun
from tests.support.crash.crash_cluster import CrashCluster
from tests.support.crash.fault_plan import Act, Fault, FaultPlan

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.clickhouse,
    pytest.mark.slow,
    pytest.mark.long(reason="everything takes three times as long with a broker that stands still so often"),
]

_PAUSE = Fault("perform_seek.after", Act.DELAY, 0, 0.5)
_FEWEST_HALTS = 5


def test_a_slow_broker_changes_no_number(cluster: CrashCluster, counted_log: CountedLog, new_run: NewRun) -> None:
    run = new_run(counted_log.topic)
    with cluster.broker.slowed() as halts_s:
        leaver = run.start(FaultPlan([_PAUSE], lose_fetch=True))
        run.start(FaultPlan([_PAUSE]))
        run.wait_until_drained()
        leaver.end()
        run.start()
        run.finish()
    assert len(halts_s) > _FEWEST_HALTS
    assert run.differences(counted_log.undisturbed, counted_log.oracle) == []
