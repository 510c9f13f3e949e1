"""What a real worker tells about itself, and that one which is alive and does nothing is ended and started again."""

import json
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from gatemeter.embedded.child_process import ChildProcess, ChildSpec
from gatemeter.embedded.clickhouse import READY_TIMEOUT_S, EmbeddedClickHouse
from gatemeter.embedded.data_dir import DataDir
from gatemeter.embedded.supervisor import Supervisor
from gatemeter.errors import ExitCode, StopError
from gatemeter.monitoring.flush_state import FLUSH_OVERDUE_S
from tests.support import forked_commands
from tests.support.command_in_process import run
from tests.support.crash.server_gate import GateState, gate_to
from tests.support.gatemeter_command import running
from tests.support.servers import free_port
from tests.support.servers import running as running_child
from tests.support.waiting import size_of, wait_for
from tests.support.worker_health import WorkerHealth

_LONG = pytest.mark.long(reason="waits for the watchdog; the other way to hang is in `make test`")
pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

EVENTS = 6_000
FEW_EVENTS = 1_000
OUTCOMES = ("counted", "duplicates", "dead_letters", "other_kind")
STALL_TIMEOUT_S = "20"
STUCK_TIMEOUT_S = "12"
"""Of a worker that is to be ended; for half of it the worker can be asked what is wrong."""
STUCK_WORKER = [sys.executable, "-m", "tests.support.stuck_worker"]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("month") / "access.log"
    run("generate", "--out", path, "--events", EVENTS, "--seed", 17, "--streams", 0.01)
    return path


@pytest.fixture(scope="module")
def truth(month: Path) -> dict[str, Any]:
    return truth_of(month)


def truth_of(log: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(log.with_name("access.log.truth.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def short_month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that is soon counted, for tests of which volume proves nothing."""
    path = tmp_path_factory.mktemp("short-month") / "access.log"
    run("generate", "--out", path, "--events", FEW_EVENTS, "--seed", 17, "--streams", 0.01)
    return path


@pytest.fixture
def health() -> WorkerHealth:
    return WorkerHealth()


@pytest.fixture
def arguments(kafka_address: str, topic: str, group_id: str, health: WorkerHealth) -> list[str]:
    return ["--kafka", kafka_address, "--topic", topic, "--group", group_id, *health.arguments]


def ship(month: Path, kafka_address: str, topic: str) -> None:
    run("ship", month, "--kafka", kafka_address, "--topic", topic)


def outcomes(health: WorkerHealth) -> dict[str, float]:
    return health.metrics().get("gatemeter_events_total", {})


def wait_until(health: WorkerHealth, log: Path, condition: Callable[[], object], what: str) -> None:
    """Wait for as long as the worker moves on in its log; what it writes and counts again are signs of life."""
    moving = ("gatemeter_events_total", "gatemeter_back_pressure_seconds_total")
    wait_for(
        condition,
        f"{what}; see {log}",
        progress=lambda: health.value("gatemeter_next_offset"),
        signs_of_life=lambda: (size_of(log), [health.value(name) for name in moving]),
    )


def await_all(truth: dict[str, Any], health: WorkerHealth, log: Path) -> None:
    wanted = {name: truth[name] for name in OUTCOMES}
    events = sum(wanted.values())
    wait_until(health, log, lambda: sum(outcomes(health).values()) >= events, f"{events} events")
    assert outcomes(health) == wanted


def has_read_to_the_ends(health: WorkerHealth) -> bool:
    """Whether the ends that the worker has read last, from time to time, are those up to which it has counted."""
    metrics = health.metrics()
    return metrics.get("gatemeter_next_offset", {}) == metrics.get("gatemeter_log_end_offset")


def test_the_metrics_of_a_worker_equal_the_truth(
    short_month: Path,
    arguments: list[str],
    health: WorkerHealth,
    kafka_address: str,
    topic: str,
    store_url: str,
    tmp_path: Path,
) -> None:
    log = tmp_path / "worker.log"
    env = {"GATEMETER_CLICKHOUSE": store_url}
    with forked_commands.running("worker", *arguments, log=log, env=env) as worker:
        wait_until(health, log, health.is_ready, "readiness")
        ship(short_month, kafka_address, topic)
        await_all(truth_of(short_month), health, log)
        wait_until(health, log, lambda: has_read_to_the_ends(health), "the ends of the log are read again")
        wait_until(health, log, lambda: health.value("gatemeter_waiting_rows") == 0, "the last flush")
        metrics = health.metrics()
        assert health.get("/healthz") == (200, "alive\n")
    assert metrics["gatemeter_next_offset"] == metrics["gatemeter_log_end_offset"]
    assert metrics["gatemeter_lag_messages"] == dict.fromkeys("0123", 0)
    assert (metrics["gatemeter_lag_events"], metrics["gatemeter_lag_seconds"]) == ({"": 0}, {"": 0})
    assert metrics["gatemeter_rows_written_total"]["epoch_ledger"] > 0
    assert metrics["gatemeter_flush_seconds_count"][""] > 0
    assert worker.returncode == ExitCode.OK


class OwnClickHouse:
    """An engine that the test stops and starts."""

    def __init__(self, path: Path) -> None:
        data = DataDir(path)
        self._hold = data.hold()
        self._hold.__enter__()
        self._engine = EmbeddedClickHouse(
            data.clickhouse_path, data.logs_path / "clickhouse.log", free_port(), secrets.token_urlsafe()
        )
        self.url = self._engine.url

    @contextmanager
    def up(self) -> Iterator[None]:
        with running_child(ChildProcess(self._engine.prepare())) as process:
            process.wait_until_ready(self._engine.is_ready, READY_TIMEOUT_S)
            yield

    def close(self) -> None:
        self._hold.__exit__(None, None, None)


@pytest.fixture
def clickhouse(tmp_path: Path) -> Iterator[OwnClickHouse]:
    with closing(OwnClickHouse(tmp_path / "clickhouse")) as clickhouse:
        yield clickhouse


@pytest.mark.long(reason="waits until a worker that stalls would have been ended")
def test_a_worker_whose_clickhouse_is_away_holds_reading_and_lives_on(
    month: Path,
    truth: dict[str, Any],
    arguments: list[str],
    health: WorkerHealth,
    kafka_address: str,
    topic: str,
    clickhouse: OwnClickHouse,
    tmp_path: Path,
) -> None:
    log = tmp_path / "worker.log"
    flags = ["--flush-rows", "50", "--stall-timeout-s", STALL_TIMEOUT_S]
    with clickhouse.up():
        run("migrate", "--clickhouse", clickhouse.url)
        worker = running("worker", *arguments, *flags, log=log, env={"GATEMETER_CLICKHOUSE": clickhouse.url})
        worker_process = worker.__enter__()
        try:
            wait_until(health, log, health.is_ready, "readiness")
        except BaseException:
            worker.__exit__(None, None, None)
            raise
    try:
        ship(month, kafka_address, topic)
        held_longer_s = float(STALL_TIMEOUT_S) + 5
        wait_until(
            health,
            log,
            lambda: (health.value("gatemeter_back_pressure_seconds_total") or 0) > held_longer_s,
            "back-pressure",
        )
        metrics = health.metrics()
        assert (metrics["gatemeter_back_pressure"], metrics["gatemeter_sink_up"]) == ({"": 1}, {"": 0})
        assert sum(metrics["gatemeter_lag_messages"].values()) > 0
        assert metrics["gatemeter_lag_seconds"][""] > held_longer_s - 15
        assert health.get("/healthz")[0] == 200
        assert health.get("/readyz")[0] == 503
        with clickhouse.up():
            await_all(truth, health, log)
            wait_until(health, log, health.is_ready, "readiness")
            wait_until(health, log, lambda: health.value("gatemeter_lag_messages") == 0, "no lag")
            wait_until(health, log, lambda: health.value("gatemeter_back_pressure") == 0, "no back-pressure")
            assert worker_process.poll() is None
    finally:
        worker.__exit__(None, None, None)


@pytest.mark.long(reason="waits for time-outs; unit tests of the driver have each step")
def test_a_worker_whose_clickhouse_hangs_says_so_and_goes_on_once_it_answers(
    month: Path,
    truth: dict[str, Any],
    arguments: list[str],
    health: WorkerHealth,
    kafka_address: str,
    topic: str,
    store_url: str,
    tmp_path: Path,
) -> None:
    log = tmp_path / "worker.log"
    with (
        gate_to(store_url) as (gate, url),
        running("worker", *arguments, log=log, env={"GATEMETER_CLICKHOUSE": url}) as worker,
    ):
        wait_until(health, log, health.is_ready, "readiness")
        gate.set(GateState.HANGING)
        ship(month, kafka_address, topic)
        wait_until(health, log, lambda: health.value("gatemeter_sink_up") == 0, "a sink that does not answer")
        assert (health.value("gatemeter_flush_running_seconds") or 0) >= FLUSH_OVERDUE_S
        assert health.value("gatemeter_flush_failures_total") == 0
        assert health.get("/readyz")[1].startswith("the last rows are not written yet: the sink has not answered for")
        assert health.get("/healthz")[0] == 200
        wait_until(health, log, lambda: "WARNING" in log.read_text(), "a line")
        gate.set(GateState.OPEN)
        await_all(truth, health, log)
        wait_until(health, log, health.is_ready, "readiness")
        assert worker.poll() is None
    assert log.read_text().count("the sink has not answered for") == 1


@pytest.mark.parametrize(
    ("how", "said"),
    [
        pytest.param("agent", "messages flow and none is processed, though some wait", marks=_LONG),
        ("loop", "the event loop does not answer"),
    ],
)
def test_a_worker_that_does_nothing_is_not_healthy_and_ends(
    how: str,
    said: str,
    short_month: Path,
    arguments: list[str],
    health: WorkerHealth,
    kafka_address: str,
    topic: str,
    store_url: str,
    tmp_path: Path,
) -> None:
    ship(short_month, kafka_address, topic)
    log = tmp_path / "worker.log"
    stuck = [how, str(tmp_path / "mark"), *arguments, "--stall-timeout-s", STUCK_TIMEOUT_S]
    with running(*stuck, log=log, env={"GATEMETER_CLICKHOUSE": store_url}, command=STUCK_WORKER) as worker:
        wait_until(health, log, lambda: health.get("/healthz")[0] == 503, "a bad word")
        assert worker.poll() is None
        assert health.get("/readyz")[0] == 503
        assert worker.wait(90) == ExitCode.INTERNAL
    assert f"gatemeter: watchdog: {said}" in log.read_text()


@pytest.mark.long(reason="waits for the watchdog, twice")
def test_a_worker_that_hangs_after_an_assignment_is_started_again(
    month: Path,
    truth: dict[str, Any],
    arguments: list[str],
    health: WorkerHealth,
    kafka_address: str,
    topic: str,
    store_url: str,
    tmp_path: Path,
) -> None:
    ship(month, kafka_address, topic)
    log = tmp_path / "worker.log"
    command = [*STUCK_WORKER, "seek", str(tmp_path / "mark"), *arguments, "--stall-timeout-s", STALL_TIMEOUT_S]
    spec = ChildSpec("worker", command, log, StopError, environment={"GATEMETER_CLICKHOUSE": store_url})
    notes: list[str] = []
    supervisor = Supervisor(notes.append)
    try:
        supervisor.start(spec)
        supervisor.watch()
        await_all(truth, health, log)
    finally:
        supervisor.stop()
    (note,) = notes
    assert "worker: ended with exit code 1" in note
    assert "gatemeter: watchdog: the worker is waiting for the engine to let messages flow" in log.read_text()
