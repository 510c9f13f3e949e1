"""Health and metrics over HTTP, the log lines of the monitor, and the end of a stuck worker."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from socket import create_server

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gatemeter.errors import ExitCode, SettingsError, WorkerStalledError
from gatemeter.metering.counts import EventCounts
from gatemeter.monitoring.http_server import check_address
from gatemeter.monitoring.monitor import Monitor
from gatemeter.monitoring.snapshot import Flow
from gatemeter.monitoring.worker_state import WorkerState
from gatemeter.schema import API_USAGE, TableRows
from tests.support.fake_brokers import START_S, FakeBrokers, chunk, manual_clock, process
from tests.support.waiting import QUIET_S

LOOPBACK = "127.0.0.1"
STALL_TIMEOUT_S = 60


class MonitoredWorker:
    """A worker's state and its monitor; the test makes the monitor look, once a second."""

    def __init__(self) -> None:
        self.clock = manual_clock()
        self.state = WorkerState(self.clock)
        self.brokers = FakeBrokers(p0=10, p1=7)
        self.died_of: list[BaseException] = []
        self.monitor = Monitor(
            self.state, self.brokers, self.died_of.append, stall_timeout_s=STALL_TIMEOUT_S, clock=self.clock
        )
        self.port = self.monitor.serve(LOOPBACK, 0)

    def run(self, seconds: int, *, beating: bool = True) -> None:
        for _ in range(seconds):
            if beating:
                self.state.beat()
            self.monitor.look()
            self.clock.advance(1)

    def get(self, path: str) -> tuple[int, str]:
        connection = HTTPConnection(LOOPBACK, self.port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metrics(self) -> dict[str, float]:
        """The values of our own metrics, by name and label values."""
        status, text = self.get("/metrics")
        assert status == 200
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return {
            sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
            for sample in samples
            if sample.name.startswith("gatemeter_")
        }


@pytest.fixture
def worker() -> Iterator[MonitoredWorker]:
    worker = MonitoredWorker()
    yield worker
    worker.monitor.close()


pytestmark = pytest.mark.loopback


def flowing(worker: MonitoredWorker) -> None:
    worker.state.assigned({0: 4, 1: 7}, {})
    worker.state.enter(Flow.FLOWING)


def test_a_worker_is_ready_once_messages_flow(worker: MonitoredWorker) -> None:
    worker.run(1)
    assert worker.get("/healthz") == (200, "alive\n")
    assert worker.get("/readyz") == (503, "the worker is waiting for its group's first decision on partitions\n")
    flowing(worker)
    assert worker.get("/readyz") == (200, "processing 2 partitions\n")
    worker.state.enter(Flow.REBALANCING)
    assert worker.get("/readyz")[0] == 503


def test_a_worker_without_partitions_is_ready(worker: MonitoredWorker) -> None:
    worker.state.enter(Flow.FLOWING)
    assert worker.get("/readyz") == (200, "processing 0 partitions\n")


def test_a_failing_sink_makes_a_worker_not_ready(worker: MonitoredWorker) -> None:
    flowing(worker)
    worker.state.flush_failed(RuntimeError("ClickHouse\ndid not answer"))
    assert worker.get("/readyz") == (503, "the last rows are not written yet: ClickHouse did not answer\n")
    assert worker.get("/healthz")[0] == 200
    worker.state.flushed([], 1.0)
    assert worker.get("/readyz")[0] == 200


def test_a_hanging_sink_makes_a_worker_not_ready(worker: MonitoredWorker) -> None:
    flowing(worker)
    worker.state.flush_begun()
    worker.clock.advance(14)
    assert worker.get("/readyz")[0] == 200
    worker.clock.advance(3)
    assert worker.get("/readyz") == (503, "the last rows are not written yet: the sink has not answered for 17 s\n")
    metrics = worker.metrics()
    assert (metrics["gatemeter_flush_running_seconds"], metrics["gatemeter_sink_up"]) == (17, 0)
    assert worker.get("/healthz")[0] == 200
    worker.state.flush_ended()
    metrics = worker.metrics()
    assert (metrics["gatemeter_flush_running_seconds"], metrics["gatemeter_sink_up"]) == (0, 1)
    assert worker.get("/readyz")[0] == 200


def lines_of(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage().partition(":")[0]) for record in caplog.records]


def test_a_hanging_sink_is_logged_once_and_its_return_once(
    worker: MonitoredWorker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "gatemeter")
    worker.state.enter(Flow.FLOWING)
    worker.state.flush_begun()
    worker.run(40)
    worker.state.flush_ended()
    worker.run(20)
    assert lines_of(caplog) == [
        ("WARNING", "the sink has not answered for 15 s"),
        ("INFO", "the sink answers again"),
    ]


def test_a_failing_sink_is_not_logged_by_the_monitor(worker: MonitoredWorker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gatemeter")
    worker.state.enter(Flow.FLOWING)
    worker.state.flush_begun()
    worker.state.flush_failed(RuntimeError("refused"))
    worker.run(40)
    assert lines_of(caplog) == []


def test_silent_brokers_make_a_worker_not_ready_after_30_s(worker: MonitoredWorker) -> None:
    worker.state.enter(Flow.FLOWING)
    worker.run(5)
    worker.brokers.ends = None
    worker.run(30)
    assert worker.get("/readyz") == (503, "the brokers have not answered for 30 s: away\n")
    assert worker.get("/healthz")[0] == 200
    worker.brokers.ends = {}
    worker.run(6)
    assert worker.get("/readyz")[0] == 200


def test_brokers_silent_for_29_s_leave_a_worker_ready(worker: MonitoredWorker) -> None:
    worker.state.enter(Flow.FLOWING)
    worker.run(5)
    worker.brokers.ends = None
    worker.run(29)
    assert worker.get("/readyz")[0] == 200


@pytest.mark.parametrize("answered_before", [True, False])
def test_a_broker_outage_is_logged_once_and_its_end_once(
    answered_before: bool, worker: MonitoredWorker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "gatemeter")
    worker.state.enter(Flow.FLOWING)
    worker.run(5 if answered_before else 0)
    worker.brokers.ends = None
    worker.run(60)
    worker.brokers.ends = {}
    worker.run(20)
    assert lines_of(caplog) == [
        ("WARNING", "the brokers do not answer, and what waits is not known"),
        ("INFO", "the brokers answer again, after 60 s"),
    ]


def test_a_loop_silent_for_over_ten_seconds_is_unhealthy(worker: MonitoredWorker) -> None:
    flowing(worker)
    worker.run(12, beating=False)
    assert worker.get("/healthz") == (503, "the event loop has not answered for 11 s\n")
    assert worker.get("/readyz")[0] == 503
    worker.run(1)
    assert worker.get("/healthz")[0] == 200


def test_a_worker_with_a_suspected_stall_is_unhealthy(worker: MonitoredWorker) -> None:
    flowing(worker)
    worker.run(STALL_TIMEOUT_S // 2 + 1)
    status, reason = worker.get("/healthz")
    assert (status, reason) == (503, "messages flow and none is processed, though some wait: [0]@4 of 10, for 30 s\n")
    assert worker.died_of == []


def test_a_stalled_worker_ends_and_dumps_its_threads(
    worker: MonitoredWorker, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    flowing(worker)
    worker.run(STALL_TIMEOUT_S + 1)
    (error,) = worker.died_of
    assert isinstance(error, WorkerStalledError)
    assert error.exit_code is ExitCode.INTERNAL
    assert str(error).startswith("watchdog: messages flow and none is processed, though some wait: [0]@4 of 10, for 60")
    assert [record.levelname for record in caplog.records] == ["CRITICAL"]
    assert "most recent call first" in capfd.readouterr().err


def test_the_event_loop_is_asked_for_a_beat(worker: MonitoredWorker) -> None:
    async def run() -> int:
        worker.monitor.watch_loop(asyncio.get_running_loop())
        worker.monitor.look()
        await asyncio.sleep(0)
        return worker.state.snapshot().beats

    assert asyncio.run(run()) == 1
    worker.monitor.look()  # the loop is closed by now
    assert worker.state.snapshot().beats == 1


def test_the_brokers_are_asked_every_five_seconds(worker: MonitoredWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_at_s: list[float] = []

    def end_offsets(_partitions: object) -> dict[int, int]:
        asked_at_s.append(worker.clock.monotonic_s())
        return {}

    monkeypatch.setattr(worker.brokers, "end_offsets", end_offsets)
    worker.run(11)
    assert asked_at_s == [0, 5, 10]


def test_an_error_of_the_monitor_ends_the_worker(worker: MonitoredWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def fatal(error: BaseException) -> None:
        worker.died_of.append(error)
        ended.set()

    monkeypatch.setattr("gatemeter.monitoring.monitor._LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(worker.monitor, "_fatal", fatal)
    monkeypatch.setattr(worker.state, "snapshot", lambda: 1 / 0)
    worker.monitor.start()
    assert ended.wait(QUIET_S)
    assert isinstance(worker.died_of[0], ZeroDivisionError)
    monkeypatch.undo()


def test_the_metrics_show_the_state_of_the_worker(worker: MonitoredWorker) -> None:
    flowing(worker)
    counts = EventCounts(consumed=12, counted=5, duplicates=4, dead_letters=2, other_kind=1)
    worker.state.processed(0, 6, counts, chunk(4, 6, time_ms=int((START_S - 30) * 1000)))
    worker.state.flushed([TableRows(API_USAGE, [[1, 2]])], 0.3)
    worker.state.committed({0: 3})
    worker.state.waiting(rows=8, open_epochs=3)
    worker.run(1)
    metrics = worker.metrics()
    wanted = {
        "gatemeter_events_total{counted}": 5,
        "gatemeter_events_total{duplicates}": 4,
        "gatemeter_events_total{dead_letters}": 2,
        "gatemeter_events_total{other_kind}": 1,
        "gatemeter_lag_messages{0}": 4,
        "gatemeter_lag_messages{1}": 0,
        "gatemeter_lag_events": 24,
        "gatemeter_lag_seconds": 31,
        "gatemeter_next_offset{0}": 6,
        "gatemeter_log_end_offset{0}": 10,
        "gatemeter_committed_offset{0}": 3,
        "gatemeter_last_commit_timestamp_seconds": START_S,
        f"gatemeter_rows_written_total{{{API_USAGE.name}}}": 2,
        "gatemeter_flush_seconds_bucket{0.5}": 1,
        "gatemeter_flush_seconds_bucket{0.25}": 0,
        "gatemeter_flush_seconds_sum": 0.3,
        "gatemeter_waiting_rows": 8,
        "gatemeter_open_epochs": 3,
        "gatemeter_back_pressure": 0,
        "gatemeter_sink_up": 1,
        "gatemeter_assigned_partitions": 2,
    }
    assert {name: metrics[name] for name in wanted} == wanted


def test_an_unknown_lag_is_left_out_of_the_metrics(worker: MonitoredWorker) -> None:
    flowing(worker)
    process(worker.state, 0, 4, 6, counted=2)
    worker.brokers.ends = None
    worker.run(1)
    metrics = worker.metrics()
    assert [name for name in metrics if "lag" in name or "log_end" in name] == []
    assert metrics["gatemeter_next_offset{0}"] == 6


def test_other_paths_answer_404_and_name_the_paths(worker: MonitoredWorker) -> None:
    assert worker.get("/") == (404, "there are /healthz, /readyz and /metrics\n")


def test_a_port_that_is_taken_is_refused_in_one_line(worker: MonitoredWorker) -> None:
    for listen in (worker.monitor.serve, check_address):
        with create_server((LOOPBACK, 0)) as taken, pytest.raises(SettingsError) as refused:
            listen(LOOPBACK, taken.getsockname()[1])
        assert str(refused.value).startswith("--health-port: port ")
        assert str(refused.value).endswith("is taken by another process; choose another one, or 0 for a free one")


@pytest.mark.parametrize("host", ["192.0.2.1", "::1", "a..b"])
def test_a_host_of_another_machine_is_refused_in_one_line(host: str, worker: MonitoredWorker) -> None:
    for listen in (worker.monitor.serve, check_address):
        with pytest.raises(SettingsError) as refused:
            listen(host, 0)
        assert str(refused.value).startswith(
            f"--health-host: {host} is not an IPv4 address or name of this machine; give one"
        )


def test_a_checked_address_can_be_listened_on(worker: MonitoredWorker) -> None:
    port = worker.port
    worker.monitor.close()
    check_address(LOOPBACK, port)
    assert worker.monitor.serve(LOOPBACK, port) == port
