"""History of another system: imported once, shown with its source, and in no counted number."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ConflictError, GatemeterError, InputError, SettingsError
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import DatabasePool, Store
from tests.support.stored_rows import usage, usage_rows

pytestmark = pytest.mark.clickhouse

HEADER = "period,consumer_username,requests,status_2xx,status_4xx\n"


@pytest.fixture
def store(database_pool: DatabasePool) -> Iterator[Store]:
    with database_pool.store() as found, found.client() as client:
        ClickHouseSink(client).write([usage_rows(usage(consumer_id="c1", consumer_username="acme", requests=5))])
        yield found


def history(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "plugin.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return path


def imported(store: Store, *options: str) -> list[tuple[object, ...]]:
    rows = read("billable", "list", *options, *store.flags)
    return [(row["source"], row["period"], row["consumer_username"], row["requests"]) for row in rows]


def refused(store: Store, *arguments: object) -> GatemeterError:
    error = invoked("billable", *arguments, *store.flags).exception
    assert isinstance(error, GatemeterError)
    return error


def test_an_import_is_listed_with_its_source_and_never_counted(store: Store, tmp_path: Path) -> None:
    before = run("report", "billable", "--json", *store.flags).stdout
    path = history(tmp_path, "2025-12,acme,120,100,20", "2026-02,acme,9,9,0")
    assert run("billable", "import", path, *store.flags).stdout == "2 rows imported as of kong-plugin-billable\n"
    assert imported(store) == [
        ("kong-plugin-billable", "2025-12", "acme", 120),
        ("kong-plugin-billable", "2026-02", "acme", 9),
    ]
    [row, _] = csv.DictReader(io.StringIO(run("billable", "list", "--csv", *store.flags).stdout))
    assert (row["status_4xx"], row["status_5xx"], row["file"], row["line"]) == ("20", "", "plugin.csv", "2")
    assert run("report", "billable", "--json", *store.flags).stdout == before
    assert json.loads(run("report", "license", *store.flags).stdout)["counters"]["total_requests"] == 0
    with store.client() as client:
        assert client.query(
            "SELECT source, requests, status_5xx FROM imported_billable ORDER BY period"
        ).result_rows == [
            ("kong-plugin-billable", 120, None),
            ("kong-plugin-billable", 9, None),
        ]


def test_importing_again_changes_nothing_and_adds_what_is_new(store: Store, tmp_path: Path) -> None:
    path = history(tmp_path, "2025-12,acme,120,100,20")
    run("billable", "import", path, *store.flags)
    first = run("billable", "list", "--json", *store.flags).stdout
    again = run("billable", "import", path, *store.flags).stdout
    assert again == "0 rows imported as of kong-plugin-billable, 1 were there already\n"
    assert run("billable", "list", "--json", *store.flags).stdout == first
    grown = history(tmp_path, "2025-12,acme,120,100,20", "2025-12,globex,1,1,0")
    assert run("billable", "import", grown, *store.flags).stdout.startswith("1 row imported")
    assert run("billable", "import", path, "--source", "staging", *store.flags).stdout.startswith("2 rows imported")
    assert [row[2:] for row in imported(store, "--source", "staging")] == [("acme", 120), ("globex", 1)]


BAD_ROWS = (
    ("2026-01,acme,7,8,0", InputError, "plugin.csv:3: its statuses add up to 8"),
    ("2026-01,acme,-7,0,0", InputError, "plugin.csv:3: requests is '-7'"),
    ("2026-01-07,acme,7,7,0", InputError, "plugin.csv:3: '2026-01-07' is not a month"),
    ("2025-11,acme,130,100,20", ConflictError, "(120 requests in plugin.csv:2, 130 requests now)"),
)


def test_a_file_with_one_bad_row_stores_nothing(store: Store, tmp_path: Path) -> None:
    run("billable", "import", history(tmp_path, "2025-11,acme,120,100,20"), *store.flags)
    for row, error, words in BAD_ROWS:
        found = refused(store, "import", history(tmp_path, "2025-12,new,1,1,0", row))
        assert isinstance(found, error), row
        assert words in str(found)
    assert imported(store) == [("kong-plugin-billable", "2025-11", "acme", 120)]


def test_a_forgotten_source_can_be_imported_anew(store: Store, tmp_path: Path) -> None:
    run("billable", "import", history(tmp_path, "2025-12,acme,120,100,20"), *store.flags)
    run("billable", "import", history(tmp_path, "2025-12,acme,1,1,0"), "--source", "staging", *store.flags)
    told = run("billable", "forget", "kong-plugin-billable", *store.flags).stdout
    assert told == "1 row of kong-plugin-billable forgotten\n"
    assert imported(store) == [("staging", "2025-12", "acme", 1)]
    run("billable", "import", history(tmp_path, "2025-12,acme,130,110,20"), *store.flags)
    assert imported(store, "--source", "kong-plugin-billable") == [("kong-plugin-billable", "2025-12", "acme", 130)]
    assert isinstance(refused(store, "forget", "nobody"), InputError)


def test_options_that_name_nothing_are_refused(store: Store, tmp_path: Path) -> None:
    path = history(tmp_path, "2025-12,acme,1,1,0")
    for options in ("--column", "requests"), ("--column", "cost=x"), ("--column", "requests="), ("--source", ""):
        assert isinstance(refused(store, "import", path, *options), SettingsError), options
