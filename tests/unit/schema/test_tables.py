"""What the other stages rely on: order, names and kinds of the stored columns."""

from gatemeter.schema import API_USAGE, EPOCH_LEDGER, MONTHLY_REQUESTS, TABLES, TableRows


def test_the_ledger_is_written_last() -> None:
    assert TABLES[-1] is EPOCH_LEDGER


def test_columns_are_dimensions_then_lineage_then_measures() -> None:
    assert MONTHLY_REQUESTS.column_names == (
        *("month", "workspace", "source"),
        *("log", "partition", "epoch_first_offset", "version"),
        "requests",
    )


def test_no_table_has_a_column_twice() -> None:
    for table in TABLES:
        assert len(set(table.column_names)) == len(table.column_names), table.name


def test_the_ledger_holds_the_conservation_law_in_its_order() -> None:
    names = [column.name for column in EPOCH_LEDGER.measures]
    assert names[3:8] == ["consumed", "counted", "duplicates", "dead_letters", "other_kind"]


def test_sums_have_room_for_more_than_64_bits() -> None:
    types = {column.name: column.type for column in API_USAGE.measures}
    assert {types["request_bytes"], types["response_bytes"], types["latency_request_sum_ns"]} == {"Int128"}


def test_row_count_is_the_length_of_the_columns() -> None:
    assert TableRows(MONTHLY_REQUESTS, [[1, 2]] * len(MONTHLY_REQUESTS.columns)).row_count == 2
