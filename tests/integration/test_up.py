"""`gatemeter up` as a person starts it, stops it, and sees it killed."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.embedded.data_dir import DataDir
from gatemeter.embedded.ports import LOOPBACK, is_answering
from gatemeter.errors import DataDirError, ExitCode, SettingsError
from gatemeter.kafka.client import connection_settings
from tests.support.command_in_process import invoked, run
from tests.support.gatemeter_command import run as run_process
from tests.support.http_answers import get
from tests.support.kong_events import request_line
from tests.support.processes import command_line, descendants_of, is_running
from tests.support.smoke import smoke
from tests.support.waiting import QUIET_S, wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

COMMAND = [sys.executable, "-m", "gatemeter", "up"]
TOPIC = "made-by-hand"
WORKER = "gatemeter worker"
SERVED = ("Collector: ", "Dashboard: ", "SQL: ")


@dataclass
class Up:
    """A running `gatemeter up`, the addresses that it printed, and ClickHouse's for gatemeter's own processes."""

    process: "subprocess.Popen[str]"
    kafka: str
    printed_url: str
    clickhouse_url: str

    def pids_of(self, marker: str) -> list[int]:
        """The processes below it, other than guards, whose command line holds `marker`."""
        found = {pid: command_line(pid) for pid in descendants_of(self.process.pid)}
        return [pid for pid, line in found.items() if marker in line and "embedded.guard" not in line]

    def pid_of(self, marker: str) -> int:
        """The one such process, as soon as its guard has started it."""
        wait_for(lambda: self.pids_of(marker), f"the start of {marker}")
        (pid,) = self.pids_of(marker)
        return pid

    def topics(self) -> set[str]:
        return set(self.admin().list_topics(timeout=60).topics)

    def create_topic(self) -> None:
        admin = self.admin()
        admin.create_topics([NewTopic(TOPIC, 1)])[TOPIC].result(30)

    def admin(self, **settings: object) -> AdminClient:
        """A client with the login that is written down, or with other `settings`."""
        login = settings or connection_settings(self.kafka)
        return AdminClient({"bootstrap.servers": self.kafka, "log_level": 0, **login})

    def ask(self, statement: str) -> object:
        with closing(connect(ClickHouseAddress.parse(self.clickhouse_url))) as client:
            return client.command(statement)


@contextmanager
def up(data: Path, *options: str) -> Iterator[Up]:
    """`gatemeter up` once it has printed both addresses; killed at the end if it still runs."""
    command = [*COMMAND, "--data", str(data), *options]
    with (
        (data.parent / "up.stderr").open("a") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            kafka, printed_url = address_in(process, "Kafka: "), address_in(process, "ClickHouse: ")
            running = DataDir(data).running()
            assert running is not None
            yield Up(process, kafka, printed_url, running.clickhouse_url)
        finally:
            process.kill()


def address_in(process: "subprocess.Popen[str]", label: str) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith(label)
    return line.removeprefix(label).strip()


def await_end(pids: list[int]) -> None:
    wait_for(lambda: not any(is_running(pid) for pid in pids), f"the end of {pids}")


def await_restart(port: int) -> None:
    wait_for(lambda: not is_answering(port), "the end")
    wait_for(lambda: is_answering(port), "the restart")


@pytest.mark.long(reason="starts everything twice; random kills of each process are in `make test`")
def test_killed_with_9_it_leaves_no_process_and_goes_on_where_it_was(tmp_path: Path) -> None:
    with up(tmp_path / "data", "--workers", "0") as first:
        first.create_topic()
        first.ask("CREATE TABLE kept ENGINE = MergeTree ORDER BY a AS SELECT 7 AS a")
        children = descendants_of(first.process.pid)
        addresses = [address_in(first.process, label) for label in SERVED]
        first.process.kill()
        first.process.wait()
        assert DataDir(tmp_path / "data").running() is None
        # At once, while the old children may still be letting go of their files.
        with up(tmp_path / "data", "--workers", "0") as second:
            await_end(children)
            assert (second.kafka, second.printed_url) == (first.kafka, first.printed_url)
            assert [address_in(second.process, label) for label in SERVED] == addresses
            assert second.clickhouse_url != first.clickhouse_url
            assert TOPIC in second.topics()
            assert second.ask("SELECT a FROM kept") == 7


@pytest.mark.long(reason="waits for servers that start again; random kills of them are in `make test`")
def test_a_killed_kafka_or_clickhouse_comes_back_with_its_data(tmp_path: Path) -> None:
    with up(tmp_path / "data", "--workers", "0") as running:
        running.create_topic()
        running.ask("CREATE TABLE kept ENGINE = MergeTree ORDER BY a AS SELECT 7 AS a")
        for marker, address in (("-Xmx512m", running.kafka), ("embedded.clickhouse", running.clickhouse_url)):
            os.kill(running.pid_of(marker), signal.SIGKILL)
            await_restart(int(re.findall(r":(\d+)", address)[-1]))
        wait_for(lambda: TOPIC in running.topics(), "the topic")
        assert running.ask("SELECT a FROM kept") == 7
    said = (tmp_path / "up.stderr").read_text()
    assert "Kafka: was killed by SIGKILL" in said
    assert "ClickHouse: was killed by SIGKILL" in said


@dataclass
class Counting:
    """A stack with one worker, and the addresses that it printed last."""

    up: Up
    stderr: Path
    collector: str
    dashboard: str
    sql: str


class SharedStack:
    """A stack that tests share, because its start takes longer than what most of them do with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._running: Counting | None = None

    def running(self) -> Counting:
        """The stack; started when none runs, so that it is there for whoever comes after a test that has ended it."""
        if self._running is None or self._running.up.process.poll() is not None:
            started = self._stack.enter_context(up(self._folder / "data", "--workers", "1"))
            collector, dashboard, sql = (address_in(started.process, label) for label in SERVED)
            self._running = Counting(started, self._folder / "up.stderr", collector, dashboard, sql)
        return self._running

    def close(self) -> None:
        """Kill what runs."""
        self._stack.close()


@pytest.fixture(scope="module")
def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedStack]:
    """For tests that kill processes of it, which come back, and for the one that ends it."""
    with closing(SharedStack(tmp_path_factory.mktemp("counting"))) as shared:
        yield shared


@pytest.fixture
def counting(shared_stack: SharedStack) -> Counting:
    """A running stack."""
    return shared_stack.running()


def test_a_killed_worker_is_started_again(counting: Counting) -> None:
    first = counting.up.pid_of(WORKER)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: "worker: was killed by SIGKILL" in counting.stderr.read_text(), "the note")
    assert counting.up.pid_of(WORKER) != first


def test_events_posted_to_the_printed_address_are_told_by_the_api(counting: Counting) -> None:
    api, _, secret = counting.dashboard.partition("/#token=")
    post(counting.collector, request_line("before"))
    for command in ("gatemeter collect", "gatemeter serve"):
        os.kill(counting.up.pid_of(command), signal.SIGKILL)
    wait_for(lambda: is_taken(counting.collector, request_line("after")), "the collector's restart")
    wait_for(lambda: answer_to(api, secret) == [{"request_count": 2}], "both events in the API's answer")


def test_an_inventory_that_is_sent_to_the_printed_kafka_is_stored(counting: Counting, tmp_path: Path) -> None:
    kong = tmp_path / "kong.yaml"
    kong.write_text('_format_version: "3.0"\nservices: [{name: orders}]\n')
    run("inventory", "read", kong, "--control-plane", "cp-1", "--kafka", counting.up.kafka)
    stored = "SELECT max(id) FROM inventory"
    wait_for(lambda: counting.up.ask(stored) == "name:orders", "the service in the inventory")


def test_no_secret_is_on_a_command_line_or_in_a_log(counting: Counting) -> None:
    running = counting.up
    running.pid_of(WORKER)
    passwords = [url.split(":")[2].split("@")[0] for url in (running.clickhouse_url, running.printed_url)]
    passwords.append(connection_settings(running.kafka)["sasl.password"])
    passwords.append(counting.dashboard.partition("=")[2])
    lines = " ".join(command_line(pid) for pid in psutil.pids())
    assert WORKER in lines
    said = [log.read_text() for log in (counting.stderr.parent / "data" / "logs").iterdir()]
    said += [lines, counting.stderr.read_text()]
    assert not any(password in text for password in passwords for text in said)


@pytest.mark.parametrize("number", smoke([signal.SIGTERM, signal.SIGINT], 1, reason="ends as SIGTERM does"))
def test_it_runs_until_it_is_asked_to_end(counting: Counting, number: signal.Signals) -> None:
    running, data = counting.up, DataDir(counting.stderr.parent / "data")
    for server in (WORKER, "gatemeter collect", "gatemeter serve"):
        running.pid_of(server)
    started = descendants_of(running.process.pid)
    announced = data.running()
    assert announced is not None
    assert (announced.kafka, announced.reader_url) == (running.kafka, running.printed_url)
    assert re.fullmatch(r"http://reader:[\w-]+@127\.0\.0\.1:\d+/gatemeter", running.printed_url)
    assert get(running.printed_url, "/gatemeter") == (200, b"Ok.\n")
    assert "gatemeter.access-log" in running.topics()
    assert announced.api_url is not None
    served = [announced.collector_url, announced.dashboard_url, announced.analyst_url]
    assert [counting.collector, counting.dashboard, counting.sql] == served
    assert answer_to(announced.api_url) == 401
    running.process.send_signal(number)
    assert running.process.communicate(timeout=QUIET_S)[0] == ""
    assert running.process.returncode == ExitCode.OK
    assert len(started) == 10  # four servers and a worker, each behind a guard
    assert not any(is_running(pid) for pid in started)
    assert data.running() is None


def answer_to(api: str, secret: str | None = None) -> object:
    """The rows of a query; the status where it is refused, None where nothing answers."""
    shown = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    asked = Request(f"{api}/api/v1/query", b"{}", {"Content-Type": "application/json", **shown})
    try:
        with urlopen(asked, timeout=30) as answer:
            return json.load(answer)["rows"]
    except HTTPError as error:
        return error.code
    except OSError:
        return None


def post(url: str, event: bytes) -> None:
    with urlopen(Request(url, event, {"Content-Type": "application/json"}), timeout=30) as answer:
        assert answer.status == 200


def is_taken(url: str, event: bytes) -> bool:
    try:
        post(url, event)
    except OSError:
        return False
    return True


@pytest.mark.long(reason="logins of the embedded Kafka are tested by themselves in `make test`")
def test_only_this_user_s_clients_may_use_kafka(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(request_line("one"))
    with up(tmp_path / "data", "--workers", "0") as running:
        run("ship", log, "--kafka", running.kafka)
        client_file = tmp_path / "data" / "kafka-client.properties"
        settings = dict(line.split("=", 1) for line in client_file.read_text().splitlines())
        assert "gatemeter.access-log" in running.admin(**settings).list_topics(timeout=60).topics
        with pytest.raises(KafkaException):
            running.admin(**{"client.id": "stranger"}).list_topics(timeout=2)
        running.process.terminate()
        running.process.wait()
    assert not client_file.exists()
    assert connection_settings(running.kafka) == {"bootstrap.servers": running.kafka}


def test_a_directory_held_by_another_is_refused(tmp_path: Path) -> None:
    with DataDir(tmp_path).hold():
        answer = run_process("up", "--data", tmp_path, expect=ExitCode.DATA_DIR)
    held_by = f"is held by another process (pid {os.getpid()}); wait for it to end, stop it, or name another --data"
    assert (answer.stdout, answer.stderr) == ("", f"gatemeter: {tmp_path}: {held_by}\n")


def test_a_file_as_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = invoked("up", "--data", tmp_path / "file")
    assert isinstance(answer.exception, DataDirError)
    assert str(answer.exception) == f"{tmp_path / 'file'}: is not a directory; name another --data"
    assert answer.stdout == ""


@pytest.mark.parametrize("flag", ["--kafka-port", "--clickhouse-port", "--dashboard-port"])
def test_a_port_in_use_is_refused_before_anything_starts(tmp_path: Path, flag: str) -> None:
    with create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        answer = invoked("up", "--data", tmp_path / "data", flag, port)
    assert isinstance(answer.exception, SettingsError)
    assert str(answer.exception).startswith(f"{flag}: port {port} is in use; ")
    assert "\n" not in str(answer.exception)
    assert answer.stdout == ""
    assert list((tmp_path / "data" / "logs").iterdir()) == []


def test_servers_of_one_s_own_replace_the_embedded_ones(tmp_path: Path, kafka_address: str, store_url: str) -> None:
    servers = ("--kafka", kafka_address, "--clickhouse", store_url)
    with up(tmp_path / "data", *servers, "--workers", "0", "--no-collector", "--no-dashboard") as running:
        assert (running.kafka, running.clickhouse_url) == (kafka_address, store_url)
        assert running.printed_url == str(ClickHouseAddress.parse(store_url))
        assert descendants_of(running.process.pid) == []
