"""`gatemeter settle`, and the settling beside `gatemeter up`."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ClickHouseUnavailable, ExitCode, RetryableError
from gatemeter.wiring.settling_loop import settling
from tests.support.command_in_process import invoked, read, reports, run
from tests.support.databases import Store
from tests.support.stored_rows import usage, usage_rows
from tests.support.waiting import wait_for

pytestmark = pytest.mark.clickhouse

NOW = timedelta()


@pytest.fixture
def stored(store: Store) -> Store:
    """Usage of a month that is over, and of this hour."""
    this_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with store.client() as client:
        ClickHouseSink(client).write([usage_rows(usage(), usage(hour=this_hour))])
    return store


def test_what_is_over_is_settled_once_and_the_rest_is_named(stored: Store) -> None:
    days = {
        "table": "api_usage_hourly",
        "unit": "day",
        "settled": 1,
        "rows": 1,
        "not_over": 1,
        "touched": 0,
        "moved": 0,
    }
    assert read("settle", *stored.flags, "--quiet", "0s") == [days, days | {"unit": "month"}]
    again = [days | {"settled": 0, "rows": 0}, days | {"unit": "month", "settled": 0, "rows": 0}]
    assert read("settle", *stored.flags, "--quiet", "0s") == again


def test_what_is_billed_is_the_same_before_and_after(stored: Store) -> None:
    def billed() -> list[object]:
        asked = ("report", "billable", *stored.flags)
        return [read(*asked, "--period", "month"), read(*asked, "--period", "day", "--tz", "America/Sao_Paulo")]

    before = billed()
    assert read("settle", *stored.flags, "--quiet", "0s")[0]["settled"] == 1
    assert billed() == before


@pytest.mark.long(reason="makes every report twice; what is billed, and what views of usage answer, is in `make test`")
def test_reports_are_the_same_before_and_after(store: Store, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    run("generate", "--out", log, "--events", 400, "--seed", 3, "--streams", 0.02)
    run("meter", log, *store.flags)
    before = reports(*store.flags)
    assert sum(row["settled"] for row in read("settle", *store.flags, "--quiet", "0s")) > 60
    assert reports(*store.flags) == before
    for zone in ("Europe/Berlin", "America/Sao_Paulo"):
        asked = ("report", "billable", "--tz", zone, "--from", "2026-01-31T15:00", "--to", "2026-03-02", *store.flags)
        assert sum(row["requests"] for row in read(*asked)) == sum(
            row["requests"] for row in before["billable by month"]
        )


def test_what_was_just_written_is_left_alone(stored: Store) -> None:
    found = read("settle", *stored.flags)
    assert [(row["settled"], row["touched"], row["not_over"]) for row in found] == [(0, 1, 1), (0, 0, 2)]


@pytest.mark.parametrize("arguments", [("--every", "0s"), ("--every", "soon"), ("--quiet", "-1m")])
def test_times_that_are_none_are_wrong_usage(store: Store, arguments: tuple[str, ...]) -> None:
    result = invoked("settle", *store.flags, *arguments)
    assert getattr(result.exception, "exit_code", result.exit_code) == ExitCode.USAGE


def test_a_fault_that_passes_does_not_end_the_runs_to_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = iter((RetryableError("the connection broke"), ClickHouseUnavailable("it is down"), KeyboardInterrupt()))

    def failing(*_: object) -> None:
        raise next(faults)

    monkeypatch.setattr("gatemeter.cli.commands.settle._settle", failing)
    monkeypatch.setattr("gatemeter.cli.commands.settle.time", Mock())
    result = invoked("settle", "--data", tmp_path, "--every", "10m")
    assert (result.exit_code, list(faults)) == (0, [])
    assert ["the connection broke" in result.stderr, "it is down" in result.stderr] == [True, True]


def test_a_server_that_is_down_ends_a_single_run_with_5() -> None:
    result = invoked("settle", "--clickhouse", "http://127.0.0.1:1/gatemeter")
    assert getattr(result.exception, "exit_code", result.exit_code) == ExitCode.CLICKHOUSE


def test_usage_is_settled_beside_what_a_process_does(stored: Store) -> None:
    with stored.client() as client, settling(stored.url, pytest.fail, every=timedelta(milliseconds=50), quiet=NOW):
        wait_for(lambda: client.query("SELECT 1 FROM settled_units").result_rows, "a settled unit")
    assert "settling" not in {thread.name for thread in threading.enumerate()}


def test_a_server_that_is_down_is_told_and_waited_for() -> None:
    told: list[str] = []
    with settling("http://127.0.0.1:1/gatemeter", told.append, every=timedelta(milliseconds=50)):
        wait_for(lambda: len(told) > 1, "two runs")
    assert told[0].startswith("usage is not settled: cannot reach ClickHouse")
