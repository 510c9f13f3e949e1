"""A rollup's names are its table's columns."""

import pytest

from gatemeter.schema.rollups import LLM_USAGE_ROLLUP, ROLLUPS, Rollup

DERIVED = {LLM_USAGE_ROLLUP.name: 8}
"""Columns that follow from the others of their row."""


@pytest.mark.parametrize("rollup", ROLLUPS, ids=lambda rollup: rollup.name)
def test_measures_are_the_columns_of_the_table_in_order(rollup: Rollup) -> None:
    columns = [column.name for column in rollup.table.measures]
    assert list(rollup.measure_names()) == columns[: len(columns) - DERIVED.get(rollup.name, 0)]
