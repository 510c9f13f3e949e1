from importlib.resources import files
from itertools import takewhile

import pytest

from gatemeter.reports.query import report_sql

SQL = files("gatemeter.reports").joinpath("sql")
REPORTS = sorted(entry.name.removesuffix(".sql") for entry in SQL.iterdir() if entry.name.endswith(".sql"))
PARTS = sorted(entry.name.removesuffix(".sql") for entry in SQL.joinpath("parts").iterdir())


@pytest.mark.parametrize("path", [f"{name}.sql" for name in REPORTS] + [f"parts/{name}.sql" for name in PARTS])
def test_every_file_says_what_it_is_for_and_what_it_gives(path: str) -> None:
    lines = SQL.joinpath(path).read_text(encoding="utf-8").splitlines()
    header = list(takewhile(lambda line: line.startswith("--"), lines))
    assert header[0].startswith("-- Purpose: ")
    assert any(line.startswith("-- Columns: ") for line in header)


@pytest.mark.parametrize("report", REPORTS)
def test_every_part_is_filled_in(report: str) -> None:
    assert "${" not in report_sql(report)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_shared(part: str) -> None:
    users = [name for name in REPORTS if "${" + part + "}" in SQL.joinpath(f"{name}.sql").read_text(encoding="utf-8")]
    assert len(users) > 1
