"""With a guard switched off the same faults leave wrong numbers, and the same comparison finds them.

That is what makes the other tests of this folder worth something. Each control is certain to meet its fault.
"""

from contextlib import closing
from dataclasses import replace

import pytest
from confluent_kafka import Consumer, TopicPartition

from tests.crash.conftest import CountedLog, NewRun
from tests.crash.test_injected_losses import LOST_CHUNKS, LOST_FETCH
from tests.support.crash.crash_cluster import CrashCluster
from tests.support.crash.fault_plan import FaultPlan
from tests.support.crash.fault_proxy import FaultProxy, ProxyMode
from tests.support.crash.guards_off import COMMIT_AHEAD, INCREMENTS, NO_CONTIGUITY_CHECK, STOCK_SEEK
from tests.support.crash.log_input import InputPlan
from tests.support.crash.log_topic import LogTopic
from tests.support.crash.metering_run import MeteringRun

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

_LONG = pytest.mark.long(reason="one control shows in `make test` that the comparison finds losses")
_PLAN = InputPlan(events=900, seed=31)
_WITHIN_AN_EPOCH = 10
_SOME_EPOCHS = 60
_LOSSES = {STOCK_SEEK: LOST_FETCH, NO_CONTIGUITY_CHECK: LOST_CHUNKS}


@pytest.mark.parametrize("control", [pytest.param(STOCK_SEEK, marks=_LONG), NO_CONTIGUITY_CHECK])
def test_a_loss_is_seen(control: str, counted_log: CountedLog, new_run: NewRun) -> None:
    run = new_run(counted_log.topic)
    run.start(replace(_LOSSES[control], control=control))
    run.finish()
    found = run.differences(counted_log.undisturbed, counted_log.oracle)
    assert any(difference.startswith("epoch ") for difference in found)
    assert any(difference.startswith("usage ") for difference in found)
    assert any(difference.startswith("api_usage_hourly: missing") for difference in found)


@_LONG
@pytest.mark.parametrize("control", [INCREMENTS])
def test_increments_in_place_of_whole_values_are_seen(control: str, cluster: CrashCluster, new_run: NewRun) -> None:
    topic = LogTopic(cluster.kafka, "increments", _PLAN)
    run = new_run(topic)
    topic.write(_WITHIN_AN_EPOCH)
    run.start(FaultPlan(control=control))
    run.wait_until_drained()  # so that the epochs that are open now are flushed twice
    topic.write()
    run.finish()
    assert any(found.startswith("monthly_requests: missing") for found in differences(run, new_run))


@_LONG
@pytest.mark.parametrize("control", [COMMIT_AHEAD])
def test_a_commit_ahead_of_the_flush_is_seen(
    control: str, cluster: CrashCluster, proxy: FaultProxy, new_run: NewRun
) -> None:
    topic = LogTopic(cluster.kafka, "commit_ahead", _PLAN)
    run = new_run(topic)
    topic.write(_WITHIN_AN_EPOCH)
    # Back-pressure must not stop it before it is an epoch ahead.
    victim = run.start(FaultPlan(control=control), port=proxy.port, flags=["--flush-rows", "1000000"])
    run.wait_until_drained()
    proxy.set_mode(ProxyMode.HOLD)
    topic.write(_SOME_EPOCHS)
    run.wait_until(lambda: is_ahead(run), "a commit is an epoch ahead of the stored offsets")
    victim.kill()
    proxy.set_mode(ProxyMode.REFUSE)
    topic.write()
    run.start(FaultPlan(control=control))
    run.finish()
    assert any(found.startswith("epoch ") for found in differences(run, new_run))


def differences(run: MeteringRun, new_run: NewRun) -> list[str]:
    """What the comparison finds between a run and an undisturbed count of the same topic."""
    undisturbed = new_run(run.topic)
    undisturbed.count()
    oracle = run.topic.oracle()
    assert undisturbed.differences(undisturbed, oracle) == []
    return run.differences(undisturbed, oracle)


def is_ahead(run: MeteringRun) -> bool:
    """Whether, by the commits alone, an epoch that is not stored completely would never be counted again."""
    size = run.topic.plan.epoch_size
    settings = {"bootstrap.servers": run.topic.kafka, "group.id": run.group}
    with closing(Consumer(settings)) as consumer:
        asked = [TopicPartition(run.topic.name, number) for number in range(len(run.topic.sizes))]
        commits = [partition.offset for partition in consumer.committed(asked, timeout=120)]
    counted_again_from = [(commit // size + 1) * size if commit > 0 else 0 for commit in commits]
    return any(start > stored for start, stored in zip(counted_again_from, run.stored_offsets(), strict=True))
