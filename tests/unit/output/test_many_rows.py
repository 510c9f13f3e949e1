"""Tables, CSV and JSON of more rows than memory should hold."""

import csv
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gatemeter.output.layout import MissingCount, TableLayout
from gatemeter.output.records import OutputFormat, write_records
from gatemeter.output.table import write_table

COLUMNS = ("period", "name", "requests", "cost")
LAYOUT = TableLayout(
    keys=("period", "name"),
    order_by=("requests",),
    totals=("requests", "cost"),
    money={"cost": "USD"},
)

ROWS = 15_000
"""More than four megabytes, if memory held all of them."""


def consumers(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {"period": "2026-02", "name": f"consumer-{number}", "requests": number * 7 % count, "cost": "0.1"}


def table_lines(records: Iterator[dict[str, Any]], most_rows: int, layout: TableLayout = LAYOUT) -> list[str]:
    stream = io.StringIO()
    write_table(records, COLUMNS, layout, stream, None, most_rows=most_rows)
    return stream.getvalue().splitlines()


def peak_bytes(run: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_rows_beyond_the_limit_share_a_line_above_the_total() -> None:
    lines = table_lines(consumers(10), most_rows=3)
    assert [line.split()[:2] for line in lines if line.startswith("consumer")] == [
        ["consumer-7", "9"],
        ["consumer-4", "8"],
        ["consumer-1", "7"],
    ]
    rest, total, note = lines[-3:]
    assert rest.split() == ["7", "more", "21", "0.7"]
    assert total.split() == ["total", "45", "1"]
    assert note == "these are the first 3 rows by requests; the other 7 share one line (--csv and --json hold all)"


@pytest.mark.parametrize("count", [999, 1_000, 1_001, 2_000, 2_001, 2_002, 5_003])
def test_the_total_and_the_first_rows_are_exact_at_any_size(count: int) -> None:
    lines = table_lines(consumers(count), most_rows=1_000)
    shown = [int(line.split()[1].replace(",", "")) for line in lines if line.startswith("consumer")]
    greatest = sorted((record["requests"] for record in consumers(count)), reverse=True)[:1_000]
    total = next(line for line in lines if line.startswith("total")).split()[1]
    assert shown == greatest
    assert total == f"{sum(record['requests'] for record in consumers(count)):,}"


def test_what_is_missing_is_counted_over_all_rows() -> None:
    layout = TableLayout(
        order_by=("requests",), totals=("requests",), missing_counts=[MissingCount("unpriced", "requests", "are free")]
    )
    records = ({**record, "unpriced": 1} for record in consumers(10))
    assert "10 of 45 requests are free" in table_lines(records, 3, layout)


def test_rows_kept_together_are_shown_or_hidden_together() -> None:
    layout = TableLayout(order_by=("requests",), kept_together=("name",))
    records = (
        {"period": "", "name": f"n{number}", "requests": number + extra, "cost": None}
        for number in range(20)
        for extra in (0, 100)
    )
    lines = table_lines(records, 5, layout)
    shown = [line.split()[0] for line in lines if line.startswith("n1")]
    assert shown == ["n19", "n19", "n18", "n18"]


@pytest.mark.parametrize(
    ("form", "most_bytes"),
    [(OutputFormat.CSV, 1_000_000), (OutputFormat.JSON, 300_000), (OutputFormat.TABLE, 4_000_000)],
)
def test_memory_does_not_grow_with_the_number_of_rows(form: OutputFormat, most_bytes: int) -> None:
    class Discarding(io.StringIO):
        def write(self, text: str) -> int:
            return len(text)

    def run() -> None:
        if form is OutputFormat.TABLE:
            write_table(consumers(ROWS), COLUMNS, LAYOUT, Discarding(), 80, most_rows=1_000)
        else:
            write_records(consumers(ROWS), COLUMNS, form, Discarding())

    assert peak_bytes(run) < most_bytes


def test_json_and_csv_of_a_stream_hold_every_row() -> None:
    texts = {form: io.StringIO() for form in (OutputFormat.JSON, OutputFormat.CSV)}
    for form, stream in texts.items():
        write_records(consumers(100), COLUMNS, form, stream)
    assert json.loads(texts[OutputFormat.JSON].getvalue()) == list(consumers(100))
    assert len(list(csv.reader(io.StringIO(texts[OutputFormat.CSV].getvalue())))) == 101


@pytest.mark.parametrize("form", list(OutputFormat))
def test_nothing_is_written_when_the_first_row_fails(form: OutputFormat) -> None:
    def failing() -> Iterator[dict[str, Any]]:
        raise OSError("no answer")
        yield {}

    stream = io.StringIO()
    with pytest.raises(OSError, match="no answer"):
        write_records(failing(), COLUMNS, form, stream)
    assert stream.getvalue() == ""
