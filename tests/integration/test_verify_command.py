"""`gatemeter verify` from the command line: its output and its exit codes."""

import json
import time
from functools import partial
from pathlib import Path

import pytest

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ClickHouseUnavailable, ExitCode, SettingsError
from gatemeter.schema import TABLES
from gatemeter.sources.file_meter import meter_file
from gatemeter.verification.checks import STORE_CHECKS
from gatemeter.verification.finding import Check
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.forked_commands import running
from tests.support.logs import METERING
from tests.support.verified_store import count_values, falsify, log_values
from tests.support.waiting import size_of, wait_for

EVENTS = 3_000


@pytest.fixture
def data(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store that holds three epochs; the second run of the checks follows at once."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    with store.client() as client:
        count_values(client, log_values())
    return store


verify = partial(invoked, "verify")


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated file of `EVENTS` lines."""
    log = tmp_path_factory.mktemp("month") / "access.log"
    run("generate", "--out", log, "--events", EVENTS, "--seed", 5, "--streams", 0.02)
    return log


@pytest.mark.clickhouse
def test_a_store_that_agrees_ends_with_exit_code_0(data: Store) -> None:
    result = verify(*data.flags)
    assert (result.exit_code, result.exception) == (0, None)
    assert result.stdout.splitlines()[-1] == "verified: 25 events in 3 epochs of 1 log agree"
    agreeing = [line.split()[0] for line in result.stdout.splitlines() if line.endswith("agree")]
    assert agreeing == [*STORE_CHECKS, Check.COSTS, "verified:"]


@pytest.mark.clickhouse
def test_a_difference_ends_with_9_and_names_its_offsets(data: Store) -> None:
    with data.client() as client:
        falsify(client, "monthly_requests", "requests + 1 AS requests", where="month = '2026-02-01'")
    result = verify(*data.flags, "--json")
    assert result.exit_code == ExitCode.DIFFERENCE
    document = json.loads(result.stdout)
    assert list(document) == [
        "holds", "proven", "logs", "epochs", "events", "replays", "corrections", "differences", "checks", "findings",
        "notes", "identities", "unchecked", "unproven", "not_counted",
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
    in_january = verify(*data.flags, "--to", "2026-02")
    assert (in_january.exit_code, in_january.stdout.splitlines()[-1]) == (0, "nothing is counted here")


@pytest.mark.clickhouse
def test_an_empty_store_says_that_nothing_is_counted(store: Store) -> None:
    result = verify(*store.flags)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "nothing is counted here")


@pytest.mark.clickhouse
def test_an_outcome_that_cannot_be_stored_is_told_and_is_an_error(data: Store) -> None:
    with data.client() as client:
        client.command("ALTER TABLE store_settings ADD CONSTRAINT full CHECK name != 'verification'")
    result = verify(*data.flags)
    assert isinstance(result.exception, ClickHouseUnavailable)
    assert "store_settings" in str(result.exception)
    assert result.stdout.splitlines()[-1] == "verified: 25 events in 3 epochs of 1 log agree"


@pytest.mark.long(reason="verifies a file once more; a difference is found in `make test`")
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


@pytest.mark.long(reason="verifies a file once more; a difference is found in `make test`")
@pytest.mark.clickhouse
def test_a_generated_month_agrees_with_its_log(month: Path, store: Store) -> None:
    with store.client() as client:
        meter_file(month, ClickHouseSink(client), METERING, log_format="kong-log")
    last = verify(*store.flags, "--deep", month).stdout.splitlines()[-1]
    assert last == f"verified: {EVENTS:,} events in 1 epoch of 1 log agree"


@pytest.mark.clickhouse
def test_a_file_that_has_grown_is_verified_with_what_waits(store: Store, tmp_path: Path) -> None:
    log, events = tmp_path / "access.log", 300
    run("generate", "--out", log, "--events", events, "--seed", 5, "--streams", 0.02)
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-3]))
    with store.client() as client:
        meter_file(log, ClickHouseSink(client), METERING, log_format="kong-log")
    log.write_bytes(b"".join(lines))
    result = verify(*store.flags, "--deep", log)
    assert result.exit_code == ExitCode.OK
    assert f"not counted yet: {log}[0]: 3 messages at offsets {events - 3} to {events - 1}, since 20" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("agree; 3 messages of the log are not counted yet")


@pytest.mark.long(reason="verifies a file once more; a difference is found in `make test`")
@pytest.mark.clickhouse
def test_a_file_whose_epochs_are_gone_is_a_difference(month: Path, store: Store) -> None:
    with store.client() as client:
        meter_file(month, ClickHouseSink(client), METERING, log_format="kong-log")
        for table in TABLES:
            client.command(f"TRUNCATE TABLE {table.name}")
    result = verify(*store.flags, "--deep", month, "--json")
    assert result.exit_code == ExitCode.DIFFERENCE
    document = json.loads(result.stdout)
    assert [(each["check"], each["expected"], each["found"]) for each in document["findings"]] == [
        ("ends", EVENTS, 0),
        ("complete", EVENTS, 0),
    ]


@pytest.mark.long(reason="verifies as often as a worker writes")
@pytest.mark.kafka
@pytest.mark.clickhouse
@pytest.mark.slow
def test_a_store_agrees_while_a_worker_writes_it(
    kafka_address: str, topic: str, group_id: str, month: Path, store: Store, tmp_path: Path
) -> None:
    log = tmp_path / "worker.log"
    verified = partial(read, "verify", *store.flags)
    worker = ["worker", "--kafka", kafka_address, "--topic", topic, "--group", group_id, "--epoch-size", "4"]
    with running(*worker, log=log, env={"GATEMETER_CLICKHOUSE": store.url}):
        run("ship", month, "--kafka", kafka_address, "--topic", topic)
        wait_for(
            lambda: verified()["events"] == EVENTS,
            f"all events verified; see {log}",
            progress=lambda: verified()["events"],
            signs_of_life=lambda: size_of(log),
        )
        assert verified()["holds"]
