"""A worker freezes in the middle of a flush, loses its partitions, and writes on when it wakes up: no row differs."""

import signal

import pytest

from tests.crash.conftest import NewRun
from tests.support.crash.crash_cluster import CrashCluster
from tests.support.crash.fault_proxy import FaultProxy, ProxyMode
from tests.support.crash.log_input import InputPlan
from tests.support.crash.log_topic import LogTopic

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

_PLAN = InputPlan(events=600, seed=23)
_PORTION = 30


def test_a_zombie_s_late_writes_change_nothing(cluster: CrashCluster, proxy: FaultProxy, new_run: NewRun) -> None:
    topic = LogTopic(cluster.kafka, "zombie", _PLAN)
    run = new_run(topic)
    topic.write(_PORTION)
    zombie = run.start(port=proxy.port)
    run.wait_until_drained()
    proxy.set_mode(ProxyMode.HOLD, inserts=2)
    topic.write(_PORTION)
    run.wait_until(lambda: proxy.affected, "half of its flush is stored, the next insert is under way")
    zombie.send(signal.SIGSTOP)
    before = proxy.passed.total()
    topic.write()
    successor = run.start()
    run.wait_until_drained()
    assert successor.assignments()
    proxy.set_mode(ProxyMode.PASS)
    run.wait_until(lambda: proxy.passed.total() > before, "the insert under way arrives after the take-over")
    zombie.send(signal.SIGCONT)
    run.wait_until(lambda: proxy.passed.total() > before + 1, "the zombie writes the other half")
    run.wait_until(lambda: zombie.assignments() > 1 or zombie.exit_code is not None, "it learns of the take-over")
    run.finish()
    undisturbed = new_run(topic)
    undisturbed.count()
    assert run.differences(undisturbed, topic.oracle()) == []
