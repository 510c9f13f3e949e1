"""`gatemeter verify` from the command line: its output and its exit codes."""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gatemeter.cli.main import cli
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ExitCode, SettingsError
from gatemeter.sources.file_meter import meter_file
from gatemeter.wiring.store import open_store
from tests.support.gatemeter_command import read_json, run, running
from tests.support.logs import METERING
from tests.support.processes import wait_until
from tests.support.verified_store import count_values, falsify, log_values

NO_ENVIRONMENT: dict[str, str | None] = {"GATEMETER_DATA": None, "GATEMETER_CLICKHOUSE": None}
EVENTS = 3_000


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory whose store holds three epochs; the second run of the checks follows at once."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    with open_store(tmp_path / "data", None, create=True) as client:
        count_values(client, log_values())
    return tmp_path / "data"


def verify(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["verify", *map(str, arguments)], env=NO_ENVIRONMENT)


@pytest.mark.clickhouse
def test_a_store_that_agrees_ends_with_exit_code_0(data: Path) -> None:
    result = verify("--data", data)
    assert (result.exit_code, result.exception) == (0, None)
    assert result.stdout.splitlines()[-1] == "verified: 25 events in 3 epochs of 1 log agree"
    assert len([line for line in result.stdout.splitlines() if line.endswith("agree")]) == 13 + 1


@pytest.mark.clickhouse
def test_a_difference_ends_with_9_and_names_its_offsets(data: Path) -> None:
    with open_store(data, None) as client:
        falsify(client, "monthly_requests", "requests + 1 AS requests", where="month = '2026-02-01'")
    result = verify("--data", data, "--json")
    assert result.exit_code == ExitCode.DIFFERENCE
    document = json.loads(result.stdout)
    assert list(document) == [
        "holds", "logs", "epochs", "events", "replays", "corrections", "differences", "checks", "findings", "notes",
        "unchecked",
    ]  # fmt: skip
    assert (document["holds"], document["differences"]) == (False, 1)
    assert document["findings"] == [
        {
            "check": "monthly_requests",
            "topic": "access",
            "log": "id-1",
            "partition": 0,
            "first_offset": 10,
            "next_offset": 20,
            "table": "monthly_requests",
            "expected": 9,
            "found": 10,
            "detail": "requests do not add up to what the ledger counted",
        }
    ]
    in_january = verify("--data", data, "--to", "2026-02")
    assert (in_january.exit_code, in_january.stdout.splitlines()[-1]) == (0, "nothing is counted here")


@pytest.mark.clickhouse
def test_an_empty_store_says_that_nothing_is_counted(tmp_path: Path) -> None:
    with open_store(tmp_path / "data", None, create=True):
        pass
    result = verify("--data", tmp_path / "data")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "nothing is counted here")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--deep"], "--deep reads a log, and none is named"),
        (["access.log"], "files are read only with --deep"),
    ],
)
def test_options_that_contradict_each_other_are_refused(arguments: list[str], message: str) -> None:
    error = verify("--data", "nowhere", *arguments).exception
    assert isinstance(error, SettingsError)
    assert str(error).startswith(message)


@pytest.mark.clickhouse
def test_a_generated_month_agrees_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    run("generate", "--out", log, "--events", str(EVENTS), "--seed", "5", "--streams", "0.02")
    with open_store(tmp_path / "data", None, create=True) as client:
        meter_file(log, ClickHouseSink(client), METERING, log_format="kong-log")
    last = verify("--data", tmp_path / "data", "--deep", log).stdout.splitlines()[-1]
    assert last == f"verified: {EVENTS:,} events in 1 epoch of 1 log agree"


@pytest.mark.kafka
@pytest.mark.clickhouse
@pytest.mark.slow
def test_a_store_agrees_while_a_worker_writes_it(
    kafka_address: str, topic: str, group_id: str, database: str, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    run("generate", "--out", log, "--events", str(EVENTS), "--seed", "5", "--streams", "0.02")
    run("migrate", "--clickhouse", database)
    worker = ["worker", "--kafka", kafka_address, "--topic", topic, "--group", group_id, "--epoch-size", "4"]
    with running(*worker, log=tmp_path / "worker.log", env={"GATEMETER_CLICKHOUSE": database}):
        run("ship", log, "--kafka", kafka_address, "--topic", topic)
        wait_until(
            lambda: read_json("verify", "--clickhouse", database, "--json")["events"] == EVENTS,
            f"all events verified; see {tmp_path / 'worker.log'}",
            timeout_s=180,
        )
