"""`gatemeter report` and `gatemeter migrate` from the command line, on stores that hold known rows."""

import csv
import io
import json
import re
import tarfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.embedded.data_dir import DataDir, RunningStack
from gatemeter.errors import (
    ClickHouseUnavailable,
    ConflictError,
    DataDirError,
    GatemeterError,
    InputError,
    RetryableError,
    SettingsError,
)
from gatemeter.migrations.migration_files import shipped_migrations
from gatemeter.wiring.store import open_store
from tests.support.command_in_process import invoked, run
from tests.support.data_directories import NewDirectory
from tests.support.databases import Store
from tests.support.smoke import smoke
from tests.support.stored_rows import monthly_rows, sketch, usage, usage_rows

pytestmark = pytest.mark.clickhouse

TITLES = [migration.title for migration in shipped_migrations()]
BATCH = [
    usage_rows(
        usage(service_name="orders", consumer_id="c1", consumer_username="Zoë", **sketch("request", [2_000_000])),
        usage(service_name="orders", status=404, requests=2),
    ),
    monthly_rows({"log": "log-1", "version": 1, "month": date(2026, 2, 1), "requests": 3}),
]


def fill(data: Path | None, clickhouse: str | None) -> None:
    with open_store(data, clickhouse, create=True) as client:
        ClickHouseSink(client).write(BATCH)


def refusal(*arguments: object, env: Mapping[str, str | None] | None = None) -> GatemeterError:
    result = invoked(*arguments, env=env)
    assert isinstance(result.exception, GatemeterError), result.output
    assert result.stdout == ""
    return result.exception


@pytest.fixture(scope="module")
def data(new_directory: NewDirectory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that holds `BATCH`, for tests that change nothing."""
    path = new_directory(tmp_path_factory.mktemp("filled") / "data")
    fill(path, None)
    return path


@pytest.fixture(scope="module")
def filled(module_store: Store) -> Store:
    """A database that holds `BATCH`, for tests that change nothing."""
    fill(None, module_store.url)
    return module_store


def test_csv_and_json_hold_the_same(filled: Store) -> None:
    rows = json.loads(run("report", "billable", *filled.flags, "--json").stdout)
    assert [(row["consumer_id"], row["consumer_username"], row["requests"]) for row in rows] == [
        ("anonymous", "", 2),
        ("c1", "Zoë", 1),
    ]
    assert list(rows[0])[:4] == ["period", "consumer_id", "consumer_username", "consumer_custom_id"]
    lines = csv.DictReader(io.StringIO(run("report", "billable", *filled.flags, "--csv").stdout))
    assert list(lines) == [{name: str(value) for name, value in row.items()} for row in rows]


def test_billable_takes_period_consumer_and_span(filled: Store) -> None:
    options = ["--period", "hour", "--consumer", "Zoë", "--from", "2026-02-03", "--to", "2026-02-04", "--json"]
    rows = json.loads(run("report", "billable", *filled.flags, *options).stdout)
    assert [(row["period"], row["consumer_id"]) for row in rows] == [("2026-02-03T10:00:00Z", "c1")]


def test_latency_has_a_column_per_group_asked_for(filled: Store) -> None:
    rows = json.loads(run("report", "latency", *filled.flags, "--by", "service", "--by", "consumer", "--json").stdout)
    assert rows == [
        {"service": "orders", "consumer": "c1", "latency": "request", "count": 1}
        | dict.fromkeys(["avg_ms", "min_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms"], 2.0)
    ]


@pytest.mark.parametrize("report", smoke(["billable", "latency"], 1, reason="the other report is in `make test`"))
def test_people_get_a_table(filled: Store, report: str) -> None:
    result = run("report", report, *filled.flags)
    assert result.exit_code == 0
    assert "Zoë" in result.stdout or "orders" in result.stdout
    assert result.stderr == ""


def test_license_has_the_vendors_counters(filled: Store) -> None:
    report = json.loads(run("report", "license", *filled.flags).stdout)
    assert report["counters"] == {"buckets": [{"bucket": "2026-02", "request_count": 3}], "total_requests": 3}
    legacy = json.loads(run("report", "license", *filled.flags, "--shape", "1.3", "--json").stdout)
    assert legacy["counters"] == {"req_cnt": 3}
    assert run("report", "license", *filled.flags, "--csv").stdout == "bucket,request_count\n2026-02,3\n"


def test_the_archive_holds_what_stdout_shows(filled: Store, tmp_path: Path) -> None:
    result = run("report", "license", *filled.flags, "--tar", tmp_path / "r.tar")
    with tarfile.open(tmp_path / "r.tar") as archive:
        content = archive.extractfile("response.json")
        assert content is not None
        assert content.read().decode() == result.stdout
    assert "r.tar" in result.stderr


def test_the_archive_needs_no_name(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("report", "license", "--tar", *filled.flags)
    [path] = tmp_path.iterdir()
    assert re.fullmatch(r"report-2\d{3}_\d\d_\d\d_\d\d_\d\d_[AP]M\.tar", path.name)


def test_reports_with_proofs_are_a_chain_that_is_checked(filled: Store, tmp_path: Path) -> None:
    first, second = tmp_path / "1.tar", tmp_path / "2.json"
    run("report", "license", "--tar", first, "--proof", *filled.flags)
    run("report", "license", "--output", second, "--shape", "1.3", "--previous", first, *filled.flags)
    assert {path.name for path in tmp_path.iterdir()} == {"1.tar", "1.tar.proof.json", "2.json", "2.json.proof.json"}
    told = run("report", "license", "--check", first, second).stdout.splitlines()
    assert told[-1] == f"an unbroken chain of 2 reports, the last {second}"
    again = refusal("report", "license", "--tar", first, "--previous", first, *filled.flags)
    assert isinstance(again, ConflictError)
    assert "1.tar: it has a proof (1.tar.proof.json), and later reports may follow it" in str(again)
    run("report", "license", "--check", first, second)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["--proof"], SettingsError, "a proof lies beside a file, and none is written; add --tar or --output"),
        (["--tar", "x.tar", "--previous", "none.tar"], InputError, "none.tar: has no proof beside it"),
        (["--csv", "--proof"], SettingsError, "--csv and --parquet list the months alone"),
        (["--topic", "nobody"], SettingsError, "--topic: nobody was never counted here"),
    ],
)
def test_a_license_report_that_cannot_be_made_leaves_no_file(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], error: type, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found = refusal("report", "license", *arguments, *filled.flags)
    assert isinstance(found, error)
    assert message in str(found)
    assert list(tmp_path.iterdir()) == []


def test_reads_a_directory_without_a_server(data: Path) -> None:
    rows = json.loads(run("report", "billable", "--data", data, "--json").stdout)
    assert sum(row["requests"] for row in rows) == 3


def test_reads_a_directory_through_the_stack_that_runs_on_it(store: Store, tmp_path: Path) -> None:
    directory = DataDir(tmp_path / "data")
    with directory.hold(), directory.announce(RunningStack(pid=1, kafka="", clickhouse_url=store.url)):
        fill(directory.path, None)
        rows = json.loads(run("report", "billable", "--data", directory.path, "--json").stdout)
    assert sum(row["requests"] for row in rows) == 3


def test_a_directory_that_somebody_else_holds_is_refused(data: Path) -> None:
    with DataDir(data).hold():
        error = refusal("report", "billable", "--data", data)
    assert isinstance(error, DataDirError)
    assert "is held by another process" in str(error)


@pytest.mark.parametrize("made", [False, True])
def test_a_directory_without_numbers_is_refused_and_left_alone(tmp_path: Path, made: bool) -> None:
    path = tmp_path / "data"
    if made:
        path.mkdir()
    error = refusal("report", "billable", "--data", path)
    assert isinstance(error, DataDirError)
    assert "nothing was metered here yet; run gatemeter meter" in str(error)
    assert path.exists() is made


def test_a_server_without_tables_is_refused(database: str) -> None:
    error = refusal("report", "license", "--clickhouse", database)
    assert isinstance(error, ConflictError)
    assert "table api_usage_hourly is missing" in str(error)
    assert str(error).endswith("run gatemeter migrate")


def test_a_fault_that_does_not_pass_in_time_ends_as_unavailable(filled: Store) -> None:
    busy = RetryableError("ClickHouse is not ready", where="report billable")
    with (
        pytest.raises(ClickHouseUnavailable, match="report billable: ClickHouse is not ready; run the same command"),
        open_store(None, filled.url),
    ):
        raise busy


def test_a_flag_beats_the_environment_of_the_other_place(data: Path) -> None:
    away = {"GATEMETER_CLICKHOUSE": "http://127.0.0.1:9"}
    result = invoked("report", "license", "--data", data, env=away)
    assert json.loads(result.stdout)["counters"]["total_requests"] == 3
    error = refusal("report", "license", env=away)
    assert isinstance(error, ClickHouseUnavailable)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["billable"], "no store is given; say --data DIR or --clickhouse URL"),
        (["billable", "--data", "x", "--clickhouse", "http://x"], "both --data and --clickhouse are given"),
        (["billable", "--data", "x", "--json", "--csv"], "--json and --csv are both given"),
        (["billable", "--data", "x", "--from", "2026-13"], "--from: '2026-13' is not in the calendar"),
        (
            ["latency", "--data", "x", "--from", "2026-02", "--to", "2026-01"],
            "--from 2026-02 is not before --to 2026-01",
        ),
        (["license", "--data", "x", "--csv", "--shape", "1.3"], "--csv and --parquet list the months alone"),
        (["license", "--clickhouse", "localhost:8123"], "starts with neither http:// nor https://"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_opened(arguments: list[str], message: str) -> None:
    error = refusal("report", *arguments)
    assert isinstance(error, SettingsError)
    assert message in str(error)


@pytest.mark.long(reason="applies all migrations by a command")
def test_migrate_tells_what_it_did_and_does_it_once(database: str) -> None:
    shown = run("migrate", "--clickhouse", database, "--dry-run").stdout
    assert "CREATE TABLE IF NOT EXISTS" in shown
    first, second = (run("migrate", "--clickhouse", database) for _ in range(2))
    assert all(title in first.stderr for title in TITLES)
    assert second.stderr == "nothing to do\n"
    assert first.stdout == ""


@pytest.mark.long(reason="opens a store of its own; how the state is told is in `make test`, too")
def test_migrate_lists_the_state_of_all_migrations(data: Path) -> None:
    run("migrate", "--data", data)
    states = json.loads(run("migrate", "--data", data, "--status", "--json").stdout)
    assert [state["migration"] for state in states] == TITLES
    assert all(state["applied_at"] for state in states)
