"""Health and metrics as they are asked for, and the end of a worker that is of no use."""

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
from gatemeter.monitoring.partition_state import Flow
from gatemeter.monitoring.worker_state import WorkerState
from gatemeter.schema import API_USAGE, TableRows
from tests.support.fake_brokers import START_S, FakeBrokers, chunk, manual_clock, process

LOOPBACK = "127.0.0.1"
STALL_TIMEOUT_S = 60


class Scene:
    """A monitor whose looks are made by the test, one a second."""

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
        """Name with labels -> value, of our own metrics."""
        status, text = self.get("/metrics")
        assert status == 200
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return {
            sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
            for sample in samples
            if sample.name.startswith("gatemeter_")
        }


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    scene.monitor.close()


pytestmark = pytest.mark.loopback


def flowing(scene: Scene) -> None:
    scene.state.assigned({0: 4, 1: 7}, {})
    scene.state.enter(Flow.FLOWING)


def test_a_worker_is_ready_once_messages_flow(scene: Scene) -> None:
    scene.run(1)
    assert scene.get("/healthz") == (200, "alive\n")
    assert scene.get("/readyz") == (503, "the worker is waiting for its group's first decision on partitions\n")
    flowing(scene)
    assert scene.get("/readyz") == (200, "processing 2 partitions\n")
    scene.state.enter(Flow.REBALANCING)
    assert scene.get("/readyz")[0] == 503


def test_a_worker_without_partitions_is_ready(scene: Scene) -> None:
    scene.state.enter(Flow.FLOWING)
    assert scene.get("/readyz") == (200, "processing 0 partitions\n")


def test_a_worker_whose_sink_is_away_is_alive_and_not_ready(scene: Scene) -> None:
    flowing(scene)
    scene.state.flush_failed(RuntimeError("ClickHouse\ndid not answer"))
    assert scene.get("/readyz") == (503, "the last rows are not written yet: ClickHouse did not answer\n")
    assert scene.get("/healthz")[0] == 200
    scene.state.flushed([], 1.0)
    assert scene.get("/readyz")[0] == 200


def test_a_sink_that_hangs_is_told_and_the_worker_is_not_ready(scene: Scene) -> None:
    flowing(scene)
    scene.state.flush_begun()
    scene.clock.advance(14)
    assert scene.get("/readyz")[0] == 200
    scene.clock.advance(3)
    assert scene.get("/readyz") == (503, "the last rows are not written yet: the sink has not answered for 17 s\n")
    metrics = scene.metrics()
    assert (metrics["gatemeter_flush_running_seconds"], metrics["gatemeter_sink_up"]) == (17, 0)
    assert scene.get("/healthz")[0] == 200
    scene.state.flush_ended()
    metrics = scene.metrics()
    assert (metrics["gatemeter_flush_running_seconds"], metrics["gatemeter_sink_up"]) == (0, 1)
    assert scene.get("/readyz")[0] == 200


def lines_of(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage().partition(":")[0]) for record in caplog.records]


def test_a_sink_that_hangs_is_one_line_and_another_once_it_answers(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "gatemeter")
    scene.state.enter(Flow.FLOWING)
    scene.state.flush_begun()
    scene.run(40)
    scene.state.flush_ended()
    scene.run(20)
    assert lines_of(caplog) == [
        ("WARNING", "the sink has not answered for 15 s"),
        ("INFO", "the sink answers again"),
    ]


def test_a_sink_that_refuses_is_named_by_the_flusher_alone(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gatemeter")
    scene.state.enter(Flow.FLOWING)
    scene.state.flush_begun()
    scene.state.flush_failed(RuntimeError("refused"))
    scene.run(40)
    assert lines_of(caplog) == []


def test_a_worker_whose_brokers_are_away_is_alive_and_after_a_while_not_ready(scene: Scene) -> None:
    scene.state.enter(Flow.FLOWING)
    scene.run(5)
    scene.brokers.ends = None
    scene.run(30)
    assert scene.get("/readyz") == (503, "the brokers have not answered for 30 s: away\n")
    assert scene.get("/healthz")[0] == 200
    scene.brokers.ends = {}
    scene.run(6)
    assert scene.get("/readyz")[0] == 200


def test_brokers_that_miss_some_questions_leave_a_worker_ready(scene: Scene) -> None:
    scene.state.enter(Flow.FLOWING)
    scene.run(5)
    scene.brokers.ends = None
    scene.run(29)
    assert scene.get("/readyz")[0] == 200


@pytest.mark.parametrize("answered_before", [True, False])
def test_an_outage_of_the_brokers_is_one_line_and_its_end_another(
    answered_before: bool, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "gatemeter")
    scene.state.enter(Flow.FLOWING)
    scene.run(5 if answered_before else 0)
    scene.brokers.ends = None
    scene.run(60)
    scene.brokers.ends = {}
    scene.run(20)
    assert lines_of(caplog) == [
        ("WARNING", "the brokers do not answer, and what waits is not known"),
        ("INFO", "the brokers answer again, after 60 s"),
    ]


def test_a_loop_that_is_silent_for_ten_seconds_is_not_healthy(scene: Scene) -> None:
    flowing(scene)
    scene.run(12, beating=False)
    assert scene.get("/healthz") == (503, "the event loop has not answered for 11 s\n")
    assert scene.get("/readyz")[0] == 503
    scene.run(1)
    assert scene.get("/healthz")[0] == 200


def test_a_worker_in_doubt_is_not_healthy(scene: Scene) -> None:
    flowing(scene)
    scene.run(STALL_TIMEOUT_S // 2 + 1)
    status, reason = scene.get("/healthz")
    assert (status, reason) == (503, "messages flow and none is processed, though some wait: [0]@4 of 10, for 30 s\n")
    assert scene.died_of == []


def test_a_worker_that_stands_still_ends_with_a_line_and_its_threads(
    scene: Scene, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    flowing(scene)
    scene.run(STALL_TIMEOUT_S + 1)
    (error,) = scene.died_of
    assert isinstance(error, WorkerStalledError)
    assert error.exit_code is ExitCode.INTERNAL
    assert str(error).startswith("watchdog: messages flow and none is processed, though some wait: [0]@4 of 10, for 60")
    assert [record.levelname for record in caplog.records] == ["CRITICAL"]
    assert "most recent call first" in capfd.readouterr().err


def test_the_event_loop_is_asked_for_signs_of_life(scene: Scene) -> None:
    async def worker() -> int:
        scene.monitor.watch_loop(asyncio.get_running_loop())
        scene.monitor.look()
        await asyncio.sleep(0)
        return scene.state.snapshot().beats

    assert asyncio.run(worker()) == 1
    scene.monitor.look()  # the loop is closed by now
    assert scene.state.snapshot().beats == 1


def test_the_brokers_are_asked_every_five_seconds(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_at_s: list[float] = []

    def end_offsets(_partitions: object) -> dict[int, int]:
        asked_at_s.append(scene.clock.monotonic_s())
        return {}

    monkeypatch.setattr(scene.brokers, "end_offsets", end_offsets)
    scene.run(11)
    assert asked_at_s == [0, 5, 10]


def test_a_fault_of_the_monitor_ends_the_worker(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def fatal(error: BaseException) -> None:
        scene.died_of.append(error)
        ended.set()

    monkeypatch.setattr("gatemeter.monitoring.monitor._LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(scene.monitor, "_fatal", fatal)
    monkeypatch.setattr(scene.state, "snapshot", lambda: 1 / 0)
    scene.monitor.start()
    assert ended.wait(20)
    assert isinstance(scene.died_of[0], ZeroDivisionError)
    monkeypatch.undo()


def test_the_metrics_are_the_numbers_of_the_worker(scene: Scene) -> None:
    flowing(scene)
    counts = EventCounts(consumed=12, counted=5, duplicates=4, dead_letters=2, other_kind=1)
    scene.state.processed(0, 6, counts, chunk(4, 6, time_ms=int((START_S - 30) * 1000)))
    scene.state.flushed([TableRows(API_USAGE, [[1, 2]])], 0.3)
    scene.state.committed({0: 3})
    scene.state.waiting(rows=8, open_epochs=3)
    scene.run(1)
    metrics = scene.metrics()
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


def test_a_lag_that_nobody_knows_is_left_out(scene: Scene) -> None:
    flowing(scene)
    process(scene.state, 0, 4, 6, counted=2)
    scene.brokers.ends = None
    scene.run(1)
    metrics = scene.metrics()
    assert [name for name in metrics if "lag" in name or "log_end" in name] == []
    assert metrics["gatemeter_next_offset{0}"] == 6


def test_other_paths_are_not_found(scene: Scene) -> None:
    assert scene.get("/") == (404, "there are /healthz, /readyz and /metrics\n")


def test_a_port_that_is_taken_is_refused_in_one_line(scene: Scene) -> None:
    for listen in (scene.monitor.serve, check_address):
        with create_server((LOOPBACK, 0)) as taken, pytest.raises(SettingsError) as refused:
            listen(LOOPBACK, taken.getsockname()[1])
        assert str(refused.value).startswith("--health-port: port ")
        assert str(refused.value).endswith("is taken by another process; choose another one, or 0 for a free one")


@pytest.mark.parametrize("host", ["192.0.2.1", "::1", "a..b"])
def test_a_host_that_is_not_ours_is_refused_in_one_line(host: str, scene: Scene) -> None:
    for listen in (scene.monitor.serve, check_address):
        with pytest.raises(SettingsError) as refused:
            listen(host, 0)
        assert str(refused.value).startswith(
            f"--health-host: {host} is no IPv4 address or name of this machine; give one"
        )


def test_an_address_that_is_free_can_be_listened_on_after_the_check(scene: Scene) -> None:
    port = scene.port
    scene.monitor.close()
    check_address(LOOPBACK, port)
    assert scene.monitor.serve(LOOPBACK, port) == port
