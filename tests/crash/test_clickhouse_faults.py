"""ClickHouse fails in every way it can; the worker waits, and nothing differs once it is well again."""

import pytest

from tests.crash.conftest import CountedLog, NewRun
from tests.support.crash.fault_proxy import FaultProxy, ProxyMode
from tests.support.processes import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

_FIRST_INSERTS = 9
"""More than one flush has tables, so that the fault comes in the middle of the second."""
_PATIENCE_S = 120.0
_FAILURES = (ProxyMode.REFUSE, ProxyMode.UNAVAILABLE, ProxyMode.OVERLOADED, ProxyMode.DISK_FULL)


@pytest.mark.parametrize("mode", _FAILURES)
def test_a_failing_server_is_waited_for(
    mode: ProxyMode, counted_log: CountedLog, proxy: FaultProxy, new_run: NewRun
) -> None:
    proxy.be(ProxyMode.HOLD, inserts=_FIRST_INSERTS)
    run = new_run(counted_log.topic)
    worker = run.start(port=proxy.port)
    wait_until(lambda: proxy.met, "the second flush is under way", _PATIENCE_S)
    proxy.be(mode)
    wait_until(lambda: "attempt 1 failed" in worker.said(), f"it tries again; see {worker.log}", _PATIENCE_S)
    assert run.progress() != counted_log.topic.sizes
    proxy.be(ProxyMode.PASS)
    run.finish(_PATIENCE_S)
    assert worker.wait() == 0
    assert run.differences(counted_log.undisturbed, counted_log.oracle) == []


def test_a_flush_that_breaks_half_way_is_done_again(
    counted_log: CountedLog, proxy: FaultProxy, new_run: NewRun
) -> None:
    proxy.be(ProxyMode.BREAK, inserts=_FIRST_INSERTS)
    run = new_run(counted_log.topic)
    worker = run.start(port=proxy.port)
    wait_until(lambda: proxy.met > 1, "an insert was carried out and not answered, the next refused", _PATIENCE_S)
    proxy.be(ProxyMode.PASS)
    run.finish(_PATIENCE_S)
    assert worker.wait() == 0
    assert run.differences(counted_log.undisturbed, counted_log.oracle) == []


def test_a_slow_server_slows_the_worker_down_and_no_more(
    counted_log: CountedLog, proxy: FaultProxy, new_run: NewRun
) -> None:
    proxy.be(ProxyMode.SLOW, seconds=0.3)
    run = new_run(counted_log.topic)
    worker = run.start(port=proxy.port)
    run.finish(_PATIENCE_S)
    assert proxy.met > _FIRST_INSERTS
    assert worker.wait() == 0
    assert run.differences(counted_log.undisturbed, counted_log.oracle) == []
