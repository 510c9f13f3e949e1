"""What is written as Parquet is what JSON says, with types; and no half of a file stands under its name."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import stamina
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import RetryableError, SettingsError
from gatemeter.metrics.catalogue import dimension, metrics
from gatemeter.metrics.declared import SeveralLabelsError
from gatemeter.metrics.metrics_query import MOST_METRICS
from gatemeter.reports.parquet import MONEY_TYPE, typed
from gatemeter.schema import METER_USAGE
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.parquet_files import ParquetFile, parquet_files
from tests.support.smoke import smoke
from tests.support.stored_rows import FEBRUARY, table_rows
from tests.support.usage_of_tenants import store_tenants

pytestmark = pytest.mark.clickhouse

METER_ROW = {"log": "log-1", "version": 1, "hour": FEBRUARY, "meter": "gb", "declaration": "d1", "unit": "GB"}
BERLIN = ("--tz", "Europe/Berlin")
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "hours": ("query", "--metrics", "request_count,request_size_sum", "--granularity", "hour", *BERLIN),
    "days": ("query", "--metrics", "llm_cost", "--by", "cost_currency,team", "--granularity", "day"),
    "nothing": ("query", "--from", "2031-01", "--to", "2032-01", "--by", "route"),
    "billable by week": ("report", "billable", "--period", "week"),
    "meters": ("report", "meters", "--by", "consumer"),
}
"""A period, an amount, no row, a report, and values that may be unknown."""
FURTHER_COMMANDS: Mapping[str, tuple[str, ...]] = {
    "whole span": ("query", "--metrics", "request_count,error_rate,latency_request_p99", "--by", "service,consumer"),
    "years": ("query", "--granularity", "year", "--by", "consumer", "--limit", "2"),
    "billable": ("report", "billable", "--period", "hour", *BERLIN),
    "latency": ("report", "latency", "--by", "service,consumer"),
    "latency by month": ("report", "latency", "--period", "month"),
    "llm": ("report", "llm", "--by", "consumer,provider", "--period", "day"),
    "tools": ("report", "tools", "--by", "tool,consumer"),
}


@dataclass(frozen=True, slots=True)
class Export:
    """A command's JSON, and its Parquet file as it is read again."""

    json: list[dict[str, Any]]
    parquet: ParquetFile


Exports = Mapping[str, Export]


@pytest.fixture(scope="module")
def filled(module_store: Store) -> Store:
    """A store with rows in every table that is exported from."""
    with module_store.client() as client:
        store_exported(client)
    return module_store


@pytest.fixture(scope="module")
def read_again(filled: Store, tmp_path_factory: pytest.TempPathFactory) -> list[ParquetFile]:
    """The file of the license report, and one of each of `COMMANDS`: one process reads all of them."""
    commands = {"license": ("report", "license"), **COMMANDS}
    return parquet_files(written(filled, commands, tmp_path_factory.mktemp("exports")))


@pytest.fixture(scope="module")
def exports(filled: Store, read_again: list[ParquetFile]) -> Exports:
    return beside_json(filled, COMMANDS, read_again[1:])


@pytest.fixture(scope="module")
def further_exports(filled: Store, tmp_path_factory: pytest.TempPathFactory) -> Exports:
    files = parquet_files(written(filled, FURTHER_COMMANDS, tmp_path_factory.mktemp("further")))
    return beside_json(filled, FURTHER_COMMANDS, files)


def written(store: Store, commands: Mapping[str, tuple[str, ...]], folder: Path) -> list[Path]:
    """The Parquet files of the commands, in their order."""
    paths = [folder / f"{number}.parquet" for number in range(len(commands))]
    for path, command in zip(paths, commands.values(), strict=True):
        run(*command, "--parquet", path, *store.flags)
    return paths


def beside_json(store: Store, commands: Mapping[str, tuple[str, ...]], files: list[ParquetFile]) -> Exports:
    return {
        name: Export(read(*command, *store.flags), file)
        for (name, command), file in zip(commands.items(), files, strict=True)
    }


def store_exported(client: Client) -> None:
    store_tenants(client)
    rows = [
        {**METER_ROW, "aggregation": "sum", "decimals": 3, "value_scaled": -1_234_500, "events": 2},
        {**METER_ROW, "meter": "users", "aggregation": "unique", "distinct_hashes": [1, 2], "events": 3},
        {**METER_ROW, "meter": "lost", "aggregation": "sum", "events": 3, "without_value": 3},
    ]
    ClickHouseSink(client).write([table_rows(METER_USAGE, *rows)])


def as_json_says(value: Any, type_name: str) -> Any:
    """A value of a file in the form that JSON has."""
    if value is None:
        return None
    if "Decimal" in type_name:
        return Decimal(value)
    if "Int64" in type_name:
        return int(value)
    if "DateTime64" in type_name:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value


def as_the_file_says(value: Any, type_name: str) -> Any:
    """A value of JSON, with the type of its column in the file."""
    if value is not None and "Decimal" in type_name:
        return Decimal(value)
    return datetime.fromisoformat(value) if "DateTime64" in type_name else value


FURTHER = pytest.mark.long(reason="writes and reads more files of the same kinds; one of each is in `make test`")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_parquet_file_has_the_rows_and_names_of_json(exports: Exports, name: str) -> None:
    assert bool(exports[name].json) == (name != "nothing")
    says_the_same(exports[name].parquet, exports[name].json)


@FURTHER
@pytest.mark.parametrize("name", FURTHER_COMMANDS)
def test_a_further_parquet_file_has_the_rows_and_names_of_json(further_exports: Exports, name: str) -> None:
    assert further_exports[name].json
    says_the_same(further_exports[name].parquet, further_exports[name].json)


def says_the_same(file: ParquetFile, rows: list[dict[str, Any]]) -> None:
    """Check a file against the JSON of the same command."""
    assert [list(row) for row in file.rows] == [list(row) for row in rows]
    for found, said in zip(file.rows, rows, strict=True):
        types = file.types
        assert {each: as_json_says(found[each], types[each]) for each in found} == {
            each: as_the_file_says(said[each], types[each]) for each in said
        }


@pytest.mark.parametrize(
    ("name", "column", "type_name"),
    [
        ("hours", "period", "DateTime64(3, 'UTC')"),
        ("hours", "request_size_sum", "Nullable(Int64)"),
        ("days", "period", "Date32"),
        ("days", "llm_cost", "Nullable(Decimal(38, 24))"),
        ("days", "unpriced_calls", "Nullable(Int64)"),
        ("billable by week", "period", "Date32"),
        ("billable by week", "requests", "Int64"),
        ("billable by week", "request_bytes", "Nullable(Int64)"),
        ("meters", "value", "Nullable(Decimal(38, 9))"),
    ],
)
def test_a_column_has_the_type_of_what_it_holds(exports: Exports, name: str, column: str, type_name: str) -> None:
    assert exports[name].parquet.types[column] == type_name


@FURTHER
@pytest.mark.parametrize(
    ("name", "column", "type_name"),
    [
        ("years", "period", "String"),
        ("whole span", "error_rate", "Nullable(Float64)"),
        ("billable", "requests", "Int64"),
        ("billable", "request_bytes", "Nullable(Int64)"),
        ("llm", "cost_savings", "Decimal(38, 24)"),
    ],
)
def test_a_further_column_has_the_type_of_what_it_holds(
    further_exports: Exports, name: str, column: str, type_name: str
) -> None:
    assert further_exports[name].parquet.types[column] == type_name


def test_values_of_meters_are_exact_or_unknown(exports: Exports) -> None:
    found = {row["meter"]: row["value"] for row in exports["meters"].parquet.rows}
    assert {name: None if value is None else Decimal(value) for name, value in found.items()} == {
        "gb": Decimal("-1234.5"),
        "users": 2,
        "lost": None,
    }


@pytest.mark.parametrize("source", ["'{}'", "CAST('{}', 'Nullable(String)')", "toDecimal256('{}', 24)"])
def test_an_amount_that_does_not_fit_is_an_error_not_unknown(clickhouse_client: Client, source: str) -> None:
    def read(amount: str) -> Any:
        sql = f"SELECT {typed(source.format(amount), f'Nullable({MONEY_TYPE})')}"
        return clickhouse_client.query(sql).result_rows[0][0]

    assert read("-99999999999999.000000000000000000000001") == Decimal("-99999999999999.000000000000000000000001")
    for too_long in ("100000000000000", "-100000000000000", "170000000000000", "1000000000000000"):
        with pytest.raises(DatabaseError, match="overflow"):
            read(too_long)


def test_the_license_report_is_its_months(read_again: list[ParquetFile]) -> None:
    assert [(row["bucket"], int(row["request_count"])) for row in read_again[0].rows] == [("2026-02", 12)]


def by_source() -> dict[str, list[str]]:
    """The metrics of each source."""
    names: dict[str, list[str]] = {}
    for name, found in metrics().items():
        names.setdefault(found.source, []).append(name)
    return names


@pytest.mark.parametrize(
    "source", smoke(by_source(), 1, reason="writes every metric; those of one source are in `make test`")
)
def test_every_metric_can_be_written(filled: Store, tmp_path: Path, source: str) -> None:
    by = ",".join(each for each in ("cost_currency", "cost_reported_currency") if dimension(each).sql(source))
    grouped = ("--by", by) if by else ()
    names = by_source()[source]
    for start in range(0, len(names), MOST_METRICS):
        path = tmp_path / f"{start}"
        asked = ("query", "--metrics", ",".join(names[start : start + MOST_METRICS]), *grouped)
        run(*asked, "--granularity", "year", "--parquet", path, *filled.flags)
        assert path.stat().st_size > 0


class TestRefused:
    def test_two_currencies_leave_no_file(self, filled: Store, tmp_path: Path) -> None:
        found = invoked("query", "--metrics", "llm_cost", "--parquet", tmp_path / "a.parquet", *filled.flags)
        assert isinstance(found.exception, SeveralLabelsError)
        assert "several values of cost_currency" in str(found.exception)
        assert list(tmp_path.iterdir()) == []

    def test_a_comparison_has_no_parquet_form(self, filled: Store, tmp_path: Path) -> None:
        span = ("--from", "2026-03", "--to", "2026-04", "--compare")
        found = invoked("query", *span, "--parquet", tmp_path / "a.parquet", *filled.flags)
        assert isinstance(found.exception, SettingsError)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("other", [("--json",), ("--csv",), ("--output", "x")])
    def test_two_forms_at_once_are_refused(self, tmp_path: Path, other: tuple[str, ...]) -> None:
        found = invoked("query", "--parquet", tmp_path / "a", *other, "--data", tmp_path)
        assert isinstance(found.exception, SettingsError)

    @pytest.mark.parametrize("command", ["query --csv --output", "report billable --json --output", "query --parquet"])
    def test_a_failure_in_the_middle_leaves_the_file_as_it_was(
        self, filled: Store, tmp_path: Path, command: str
    ) -> None:
        path = tmp_path / "kept"
        path.write_text("as it was")
        with (
            patch("gatemeter.clickhouse.query.next", side_effect=RetryableError("gone"), create=True),
            patch("gatemeter.clickhouse.query._read", side_effect=[b"PAR1...", RetryableError("gone")]),
            stamina.set_testing(True, attempts=5, cap=True),
        ):
            found = invoked(*command.split(), path, *filled.flags)
        assert found.exit_code != 0
        assert path.read_text() == "as it was"
        assert list(tmp_path.iterdir()) == [path]


def test_csv_and_json_are_written_whole_to_a_file(filled: Store, tmp_path: Path) -> None:
    for form in ("--csv", "--json"):
        printed = run("query", "--by", "service", form, *filled.flags).stdout
        quiet = run("query", "--by", "service", form, "--output", tmp_path / "out", *filled.flags)
        assert (tmp_path / "out").read_text() == printed
        assert quiet.stdout == ""
    rows = list(csv.DictReader(run("query", "--by", "service", "--csv", *filled.flags).stdout.splitlines()))
    assert [row["service"] for row in rows] == [row["service"] for row in json.loads((tmp_path / "out").read_text())]
