"""A worker freezes in the middle of a flush, loses its partitions, and writes on when it wakes up: nothing differs."""

import signal

import pytest

from tests.crash.conftest import NewRun
from tests.support.crash.crash_cluster import CrashCluster
from tests.support.crash.fault_proxy import FaultProxy, ProxyMode
from tests.support.crash.log_input import InputPlan
from tests.support.crash.log_topic import LogTopic
from tests.support.processes import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

_PLAN = InputPlan(events=900, seed=23)
_PORTION = 30
_PATIENCE_S = 120.0


def test_what_a_zombie_writes_changes_nothing(cluster: CrashCluster, proxy: FaultProxy, new_run: NewRun) -> None:
    topic = LogTopic(cluster.kafka, "zombie", _PLAN)
    run = new_run(topic)
    topic.write(_PORTION)
    zombie = run.start(port=proxy.port)
    run.wait_until_drained(_PATIENCE_S)
    proxy.be(ProxyMode.HOLD, inserts=2)
    topic.write(_PORTION)
    wait_until(lambda: proxy.met, "its flush is stored by half, the next insert is on its way", _PATIENCE_S)
    zombie.send(signal.SIGSTOP)
    before = proxy.passed.total()
    topic.write()
    heir = run.start()
    run.wait_until_drained(_PATIENCE_S)
    assert heir.assignments()
    proxy.be(ProxyMode.PASS)
    wait_until(lambda: proxy.passed.total() > before, "what was on its way arrives after the take-over", _PATIENCE_S)
    zombie.send(signal.SIGCONT)
    wait_until(lambda: proxy.passed.total() > before + 1, "the zombie writes the other half", _PATIENCE_S)
    wait_until(lambda: zombie.assignments() > 1 or zombie.exit_code is not None, "it finds out", _PATIENCE_S)
    run.finish(_PATIENCE_S)
    undisturbed = new_run(topic)
    undisturbed.start()
    undisturbed.finish(_PATIENCE_S)
    assert run.differences(undisturbed, topic.oracle()) == []
