"""What is written as Parquet is what JSON says, with types; and no half of a file stands under its name."""

import csv
import json
from collections.abc import Iterator, Mapping
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
from tests.support.databases import DatabasePool, Store
from tests.support.parquet_files import ParquetFile, parquet_files
from tests.support.stored_rows import FEBRUARY, table_rows
from tests.support.usage_of_tenants import store_tenants

pytestmark = pytest.mark.clickhouse

METER_ROW = {"log": "log-1", "version": 1, "hour": FEBRUARY, "meter": "gb", "declaration": "d1", "unit": "GB"}
BERLIN = ("--tz", "Europe/Berlin")
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "whole span": ("query", "--metrics", "request_count,error_rate,latency_request_p99", "--by", "service,consumer"),
    "hours": ("query", "--metrics", "request_count,request_size_sum", "--granularity", "hour", *BERLIN),
    "days": ("query", "--metrics", "llm_cost", "--by", "cost_currency,team", "--granularity", "day"),
    "years": ("query", "--granularity", "year", "--by", "consumer", "--limit", "2"),
    "nothing": ("query", "--from", "2031-01", "--to", "2032-01", "--by", "route"),
    "billable": ("report", "billable", "--period", "hour", *BERLIN),
    "billable by week": ("report", "billable", "--period", "week"),
    "latency": ("report", "latency", "--by", "service,consumer"),
    "latency by month": ("report", "latency", "--period", "month"),
    "llm": ("report", "llm", "--by", "consumer,provider", "--period", "day"),
    "tools": ("report", "tools", "--by", "tool,consumer"),
    "meters": ("report", "meters", "--by", "consumer"),
}


@dataclass(frozen=True, slots=True)
class Exports:
    """Every command's JSON, and its Parquet file as it is read again."""

    store: Store
    json: Mapping[str, list[dict[str, Any]]]
    parquet: Mapping[str, ParquetFile]


@pytest.fixture(scope="module")
def exports(database_pool: DatabasePool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exports]:
    folder = tmp_path_factory.mktemp("exports")
    with database_pool.store() as store, store.client() as client:
        store_exported(client)
        paths = {name: folder / f"{number}.parquet" for number, name in enumerate(COMMANDS)}
        for name, path in paths.items():
            run(*COMMANDS[name], "--parquet", path, *store.flags)
        found = dict(zip(paths, parquet_files(paths.values()), strict=True))
        yield Exports(store, {name: read(*command, *store.flags) for name, command in COMMANDS.items()}, found)


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


@pytest.mark.parametrize("name", COMMANDS)
def test_a_parquet_file_has_the_rows_and_names_of_json(exports: Exports, name: str) -> None:
    file, rows = exports.parquet[name], exports.json[name]
    assert bool(rows) == (name != "nothing")
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
        ("years", "period", "String"),
        ("whole span", "error_rate", "Nullable(Float64)"),
        ("billable", "requests", "Int64"),
        ("billable", "request_bytes", "Nullable(Int64)"),
        ("billable by week", "period", "Date32"),
        ("llm", "cost_savings", "Decimal(38, 24)"),
        ("meters", "value", "Nullable(Decimal(38, 9))"),
    ],
)
def test_a_column_has_the_type_of_what_it_holds(exports: Exports, name: str, column: str, type_name: str) -> None:
    assert exports.parquet[name].types[column] == type_name


def test_values_of_meters_are_exact_or_unknown(exports: Exports) -> None:
    found = {row["meter"]: row["value"] for row in exports.parquet["meters"].rows}
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


def test_the_license_report_is_its_months(exports: Exports, tmp_path: Path) -> None:
    run("report", "license", "--parquet", tmp_path / "months.parquet", *exports.store.flags)
    [file] = parquet_files([tmp_path / "months.parquet"])
    assert [(row["bucket"], int(row["request_count"])) for row in file.rows] == [("2026-02", 12)]


def test_every_metric_can_be_written(exports: Exports, tmp_path: Path) -> None:
    by_source: dict[str, list[str]] = {}
    for name, found in metrics().items():
        by_source.setdefault(found.source, []).append(name)
    for source, names in by_source.items():
        by = ",".join(each for each in ("cost_currency", "cost_reported_currency") if dimension(each).sql(source))
        grouped = ("--by", by) if by else ()
        for start in range(0, len(names), MOST_METRICS):
            asked = ",".join(names[start : start + MOST_METRICS])
            run(
                "query",
                "--metrics",
                asked,
                *grouped,
                "--granularity",
                "year",
                "--parquet",
                tmp_path / source,
                *exports.store.flags,
            )
    assert {path.name for path in tmp_path.iterdir()} == set(by_source)


class TestRefused:
    def test_two_currencies_leave_no_file(self, exports: Exports, tmp_path: Path) -> None:
        found = invoked("query", "--metrics", "llm_cost", "--parquet", tmp_path / "a.parquet", *exports.store.flags)
        assert isinstance(found.exception, SeveralLabelsError)
        assert "several values of cost_currency" in str(found.exception)
        assert list(tmp_path.iterdir()) == []

    def test_a_comparison_has_no_parquet_form(self, exports: Exports, tmp_path: Path) -> None:
        span = ("--from", "2026-03", "--to", "2026-04", "--compare")
        found = invoked("query", *span, "--parquet", tmp_path / "a.parquet", *exports.store.flags)
        assert isinstance(found.exception, SettingsError)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("other", [("--json",), ("--csv",), ("--output", "x")])
    def test_two_forms_at_once_are_refused(self, tmp_path: Path, other: tuple[str, ...]) -> None:
        found = invoked("query", "--parquet", tmp_path / "a", *other, "--data", tmp_path)
        assert isinstance(found.exception, SettingsError)

    @pytest.mark.parametrize("command", ["query --csv --output", "report billable --json --output", "query --parquet"])
    def test_a_failure_in_the_middle_leaves_the_file_as_it_was(
        self, exports: Exports, tmp_path: Path, command: str
    ) -> None:
        path = tmp_path / "kept"
        path.write_text("as it was")
        with (
            patch("gatemeter.clickhouse.query.next", side_effect=RetryableError("gone"), create=True),
            patch("gatemeter.clickhouse.query._read", side_effect=[b"PAR1...", RetryableError("gone")]),
            stamina.set_testing(True, attempts=5, cap=True),
        ):
            found = invoked(*command.split(), path, *exports.store.flags)
        assert found.exit_code != 0
        assert path.read_text() == "as it was"
        assert list(tmp_path.iterdir()) == [path]


def test_csv_and_json_are_written_whole_to_a_file(exports: Exports, tmp_path: Path) -> None:
    for form in ("--csv", "--json"):
        printed = run("query", "--by", "service", form, *exports.store.flags).stdout
        quiet = run("query", "--by", "service", form, "--output", tmp_path / "out", *exports.store.flags)
        assert (tmp_path / "out").read_text() == printed
        assert quiet.stdout == ""
    rows = list(csv.DictReader(run("query", "--by", "service", "--csv", *exports.store.flags).stdout.splitlines()))
    assert [row["service"] for row in rows] == [row["service"] for row in json.loads((tmp_path / "out").read_text())]
