"""A rollup's names are its table's columns."""

from gatemeter.streams.rollups import API_USAGE_ROLLUP


def test_measures_are_the_columns_of_the_table_in_order() -> None:
    assert API_USAGE_ROLLUP.measure_names() == tuple(column.name for column in API_USAGE_ROLLUP.table.measures)
