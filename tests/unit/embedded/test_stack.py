"""How `gatemeter up` starts its workers: command line, environment and ports."""

from dataclasses import replace
from pathlib import Path

import pytest

from gatemeter.cli.commands import worker
from gatemeter.embedded.child_process import ChildProcess, ChildSpec, last_lines
from gatemeter.embedded.data_dir import DataDir, RunningStack
from gatemeter.embedded.services import StackOptions
from gatemeter.embedded.stack import _blaming, _worker
from gatemeter.errors import KafkaUnavailable
from tests.support.waiting import wait_for

ADDRESSES = RunningStack(pid=1, kafka="127.0.0.1:9", clickhouse_url="http://u:hunter2@127.0.0.1:8/db")


@pytest.fixture
def spec(tmp_path: Path) -> ChildSpec:
    data_dir = DataDir(tmp_path)
    data_dir.logs_path.mkdir(parents=True)
    return _worker(ADDRESSES, data_dir, StackOptions(), 1)


def variable_of(option: str) -> object:
    """The environment variable of an option of `gatemeter worker`."""
    (found,) = [each.envvar for each in worker.command.params if each.name == option]
    return found


@pytest.mark.parametrize("option", ["prices", "earliest", "latest"])
def test_a_worker_counts_and_prices_by_the_environment_of_up(
    spec: ChildSpec, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = str(variable_of(option))
    monkeypatch.setenv(variable, "/etc/own.yaml:/etc/other.yaml")
    assert variable not in spec.environment
    child = ChildProcess(replace(spec, command=["sh", "-c", f"echo ${variable}"]))
    wait_for(lambda: last_lines(spec.log_path), "the child's words")
    child.stop()
    assert last_lines(spec.log_path) == ["/etc/own.yaml:/etc/other.yaml"]


def test_a_worker_gets_the_password_by_environment(spec: ChildSpec) -> None:
    assert spec.command[-5:-2] == ["worker", "--kafka", ADDRESSES.kafka]
    assert spec.environment[str(variable_of("clickhouse"))] == ADDRESSES.clickhouse_url
    assert "hunter2" not in " ".join(spec.command) + repr(spec)


def test_workers_take_any_free_port_for_health(spec: ChildSpec) -> None:
    assert spec.command[-2:] == ["--health-port", "0"]


def test_a_worker_keeps_the_event_ledger_if_up_does(tmp_path: Path) -> None:
    with_ledger = _worker(ADDRESSES, DataDir(tmp_path), StackOptions(event_ledger=True), 2)
    assert "--event-ledger" in with_ledger.command
    assert with_ledger.log_path.name == "worker-2.log"


def test_a_worker_does_by_default_what_the_store_remembers(spec: ChildSpec) -> None:
    assert not {"--event-ledger", "--no-event-ledger"} & set(spec.command)


def test_a_server_that_dies_in_the_start_is_blamed_with_its_own_words(tmp_path: Path) -> None:
    failing = ChildSpec("Kafka", ["sh", "-c", "echo no space left; exit 3"], tmp_path / "kafka.log", KafkaUnavailable)
    child = ChildProcess(failing)
    with pytest.raises(KafkaUnavailable) as error, _blaming(child):
        raise KafkaUnavailable("cannot reach Kafka at 127.0.0.1:9")
    child.stop()
    log = tmp_path / "kafka.log"
    assert str(error.value) == f"Kafka: ended with exit code 3: no space left; read {log}"
