"""The SQL files of the query packages: each says what it is for, and every part is filled in and shared."""

from importlib.resources import files
from itertools import takewhile

import pytest

from gatemeter.clickhouse.query import part_sql, query_sql

PACKAGES = ("reports", "verification", "explain")


def sql_text(path: str) -> str:
    package, _, name = path.partition("/")
    return files(f"gatemeter.{package}").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def sql_names(package: str, folder: str = ".") -> list[str]:
    entries = files(f"gatemeter.{package}").joinpath("sql", folder).iterdir()
    return sorted(entry.name.removesuffix(".sql") for entry in entries if entry.name.endswith(".sql"))


QUERIES = [f"{package}/{name}" for package in PACKAGES for name in sql_names(package)]
FORMS = [f"verification/span/{name}" for name in sql_names("verification", "parts/span")]
"""Parts in another form, that of queries of a span."""
PARTS = [f"{package}/{name}" for package in PACKAGES for name in sql_names(package, "parts")]


REPEATED = {"verification/latency_columns": 4}
"""Parts that only one query has, and how often: once for each of the tables that it reads in the same way."""


def uses(query: str, part: str) -> int:
    package, _, name = part.partition("/")
    text = sql_text(query)
    is_own = query.startswith(f"{package}/")
    return text.count("${" + part + "}") + (text.count("${" + name + "}") if is_own else 0)


@pytest.mark.parametrize("path", QUERIES + [part.replace("/", "/parts/", 1) for part in PARTS + FORMS])
def test_an_sql_file_begins_with_its_purpose_and_columns(path: str) -> None:
    header = list(takewhile(lambda line: line.startswith("--"), sql_text(path).splitlines()))
    assert header[0].startswith("-- Purpose: ")
    assert any(line.startswith("-- Columns: ") for line in header)


@pytest.mark.parametrize("query", QUERIES)
def test_no_part_of_a_query_is_left_unfilled(query: str) -> None:
    assert "${" not in query_sql(query)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_shared_by_several_queries(part: str) -> None:
    uses_by_query = [number for query in QUERIES if (number := uses(query, part))]
    assert len(uses_by_query) > 1 or uses_by_query == [REPEATED.get(part)]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_a_part_stands_in_the_place_of_that_part(form: str) -> None:
    query, part = "verification/row_counts", form.replace("/span/", "/")
    assert part in PARTS
    assert part_sql(part, form="span") in query_sql(query, "span")
    assert part_sql(part, form="span") not in query_sql(query)


def test_a_name_without_a_package_is_a_report() -> None:
    assert query_sql("billable") == query_sql("reports/billable")
