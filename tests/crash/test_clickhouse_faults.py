"""ClickHouse fails in every way it can; the worker waits, and no row differs once ClickHouse works again."""

import pytest

from tests.crash.conftest import CountedLog, NewRun
from tests.support.crash.fault_proxy import FaultProxy, ProxyMode

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.clickhouse,
    pytest.mark.slow,
    pytest.mark.long(reason="each case waits for retries; a zombie and random kills meet such faults in `make test`"),
]

_FIRST_INSERTS = 9
"""More inserts than one flush has tables, so that the fault comes in the middle of the second flush."""
_FAILURES = (ProxyMode.REFUSE, ProxyMode.UNAVAILABLE, ProxyMode.OVERLOADED, ProxyMode.DISK_FULL)


@pytest.mark.parametrize("mode", _FAILURES)
def test_a_worker_waits_for_a_failing_server(
    mode: ProxyMode, counted_log: CountedLog, proxy: FaultProxy, new_run: NewRun
) -> None:
    proxy.set_mode(ProxyMode.HOLD, inserts=_FIRST_INSERTS)
    run = new_run(counted_log.topic)
    worker = run.start(port=proxy.port)
    run.wait_until(lambda: proxy.affected, "the second flush is under way")
    proxy.set_mode(mode)
    run.wait_until(lambda: "attempt 1 failed" in worker.log_text(), "it tries again")
    assert run.stored_offsets() != counted_log.topic.sizes
    proxy.set_mode(ProxyMode.PASS)
    run.finish()
    assert run.wait_for_end(worker) == 0
    assert run.differences(counted_log.undisturbed, counted_log.oracle) == []


def test_a_flush_that_breaks_half_way_is_repeated(counted_log: CountedLog, proxy: FaultProxy, new_run: NewRun) -> None:
    proxy.set_mode(ProxyMode.BREAK, inserts=_FIRST_INSERTS)
    run = new_run(counted_log.topic)
    worker = run.start(port=proxy.port)
    run.wait_until(lambda: proxy.affected > 1, "one insert is carried out but not answered, the next one is refused")
    proxy.set_mode(ProxyMode.PASS)
    run.finish()
    assert run.wait_for_end(worker) == 0
    assert run.differences(counted_log.undisturbed, counted_log.oracle) == []


def test_a_slow_server_only_slows_the_worker_down(counted_log: CountedLog, proxy: FaultProxy, new_run: NewRun) -> None:
    proxy.set_mode(ProxyMode.SLOW, delay_s=0.3)
    run = new_run(counted_log.topic)
    worker = run.start(port=proxy.port)
    run.finish()
    assert proxy.affected > _FIRST_INSERTS
    assert run.wait_for_end(worker) == 0
    assert run.differences(counted_log.undisturbed, counted_log.oracle) == []
