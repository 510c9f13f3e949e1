"""Tables as files: what each format makes of decimals, moments, and what is not known."""

import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gatemeter.errors import ConflictError
from gatemeter.exports.exported_line import exported_lines
from gatemeter.exports.table_columns import columns_of
from gatemeter.exports.table_files import FileFormat
from tests.support.exports import LINE_NAMES, USAGE_NAMES, bill_line, usage_row

TINY = "0.000000000000000000000001"
UNKNOWN, EXACT = exported_lines(
    [
        bill_line(charge="models", quantity=None, amount=None, amount_exact=None, missing=3),
        bill_line(account="=cmd()", quantity="12.345", amount="-0.01", amount_exact=TINY),
    ]
)


def written(form: str, *rows: Any, names: tuple[str, ...] = LINE_NAMES) -> bytes:
    file = io.BytesIO()
    FileFormat(form).table_format.write(rows, columns_of(names), file)
    return file.getvalue()


def test_json_lines_keep_numbers_exact_and_unknown_ones_null() -> None:
    assert [msgspec.json.decode(line) for line in written("jsonl", EXACT, UNKNOWN).splitlines()] == [EXACT, UNKNOWN]


def test_csv_has_a_header_and_no_formulas() -> None:
    header, first, second = written("csv", EXACT, UNKNOWN).decode().splitlines()
    assert header == ",".join(LINE_NAMES)
    assert f",'=cmd(),starter,requests,request_count,12.345,requests,-0.01,{TINY},EUR,," in first
    assert ",models,request_count,,requests,,,EUR,,5 x 0.001,0,3" in second


def test_parquet_has_decimals_and_moments_in_utc() -> None:
    table = pq.read_table(io.BytesIO(written("parquet", usage_row(3, quantity=TINY), names=USAGE_NAMES)))
    assert table.schema.field("quantity").type == pa.decimal128(38, 24)
    assert table.schema.field("start").type == pa.timestamp("us", tz="UTC")
    [row] = table.to_pylist()
    assert (row["quantity"], row["start"]) == (Decimal(TINY), datetime(2026, 2, 4, tzinfo=UTC))
    [unknown] = pq.read_table(io.BytesIO(written("parquet", UNKNOWN))).to_pylist()
    assert (unknown["quantity"], unknown["amount"], unknown["missing"]) == (None, None, 3)


@pytest.mark.parametrize("quantity", ["1" + 14 * "0", TINY.replace("1", "01")])
def test_parquet_refuses_a_number_that_it_cannot_hold(quantity: str) -> None:
    with pytest.raises(ConflictError, match=r"14 digits before the point or 24 behind it.*; ask for csv or jsonl"):
        written("parquet", usage_row(quantity=quantity), names=USAGE_NAMES)


@pytest.mark.parametrize("form", list(FileFormat))
def test_a_table_without_rows_is_a_file_with_columns(form: FileFormat) -> None:
    empty = written(form)
    if form is FileFormat.PARQUET:
        assert pq.read_table(io.BytesIO(empty)).column_names == list(LINE_NAMES)
    else:
        assert empty.decode() == ("" if form is FileFormat.JSONL else ",".join(LINE_NAMES) + "\n")


@pytest.mark.parametrize("form", list(FileFormat))
def test_equal_rows_are_equal_bytes(form: FileFormat) -> None:
    rows = [usage_row(number) for number in range(100)]
    assert written(form, *rows, names=USAGE_NAMES) == written(form, *rows, names=USAGE_NAMES)
