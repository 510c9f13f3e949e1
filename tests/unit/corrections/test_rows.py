from dataclasses import replace
from decimal import Decimal

import pytest

from gatemeter.corrections.rows import reversed_rows
from gatemeter.errors import StopError
from gatemeter.schema import (
    AGENTIC_USAGE,
    API_USAGE,
    LLM_USAGE,
    METER_USAGE,
    MONTHLY_REQUESTS,
    STREAM_SESSIONS,
    Column,
    Table,
    TableRows,
)
from gatemeter.schema.table import MONEY

WIDEST = Decimal("99999999999999.123456789012345678901234")


@pytest.mark.parametrize("table", [API_USAGE, MONTHLY_REQUESTS, LLM_USAGE, AGENTIC_USAGE, STREAM_SESSIONS, METER_USAGE])
def test_every_column_of_every_table_of_usage(table: Table) -> None:
    values, expected = zip(*(before_and_after(column) for column in table.measures), strict=True)
    key = [[f"key {number}"] for number in range(len(table.dimensions) + len(table.lineage))]
    rows = reversed_rows(TableRows(table, [*key, *([value] for value in values)]))
    assert rows.columns == [*key, *([value] for value in expected)]


def before_and_after(column: Column) -> tuple[object, object]:
    if column.name.endswith(("_min_ns", "_max_ns", "_min_bytes", "_max_bytes")):
        return 5, 0
    match column.type:
        case "String":
            return "text", "text"
        case "Int64" | "Int128":
            return 10**17, -(10**17)
        case "Decimal(38, 24)":
            return WIDEST, Decimal("-99999999999999.123456789012345678901234")
        case "Array(UInt16)":
            return [1, 9], [1, 9]
        case "Array(Int64)":
            return [2, 3], [-2, -3]
        case "Array(UInt64)":
            return [11, 12], []
    raise AssertionError(column)


def test_a_zero_has_no_sign() -> None:
    table = Table("t", (), (), (Column("cost", MONEY),))
    assert str(reversed_rows(TableRows(table, [[Decimal("0E-24")]])).columns[0][0]) == "0E-24"


def test_a_column_that_nobody_thought_of_stops() -> None:
    table = replace(MONTHLY_REQUESTS, measures=(Column("since", "DateTime('UTC')"),))
    with pytest.raises(StopError, match=r"monthly_requests\.since"):
        reversed_rows(TableRows(table, [[]] * 8))
