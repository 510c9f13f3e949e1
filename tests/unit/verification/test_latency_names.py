"""The latencies and sizes that the check of latencies names are those of the tables, in the order of their columns."""

import re

import pytest

from gatemeter.clickhouse.query import query_sql
from gatemeter.schema import MINUTE_USAGE, TABLES, Table

_NAMED = re.compile(r"'(?P<table>\w+)' AS table,.*?\[(?P<names>[^\]]*)\] AS latencies", re.DOTALL)
NAMES = [
    (match["table"], re.findall(r"\w+", match["names"]))
    for match in _NAMED.finditer(query_sql("verification/latencies"))
]


def latencies(table: Table) -> list[str]:
    names = [re.fullmatch(r"latency_(\w+)_sum_ns|(\w+_size)_count", column) for column in table.column_names]
    return [match[1] or match[2] for match in names if match]


@pytest.mark.parametrize(
    "table", [table for table in TABLES if latencies(table) and table is not MINUTE_USAGE], ids=lambda table: table.name
)
def test_the_check_names_every_latency_in_column_order(table: Table) -> None:
    assert [each for name, named in NAMES if name == table.name for each in named] == latencies(table)
