import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from math import nan

import pytest

from gatemeter.output.records import OutputFormat, json_text, write_records

COLUMNS = ["name", "count"]
RECORDS = [{"name": 'a "b", c', "count": 10**30}, {"name": "Zoë", "count": -1}]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(
    records: list[dict[str, object]], form: OutputFormat, stream: io.StringIO | None = None, *, is_raw: bool = False
) -> str:
    stream = stream or io.StringIO()
    write_records(records, COLUMNS, form, stream, is_raw=is_raw)
    return stream.getvalue()


def csv_cell(name: object, *, is_raw: bool = False, stream: io.StringIO | None = None) -> str:
    text = written([{"name": name, "count": -7}], OutputFormat.CSV, stream, is_raw=is_raw)
    (cell, count) = list(csv.reader(io.StringIO(text, newline="")))[1]
    assert count == "-7"
    return cell


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=", "--1", "-", "\uff1d1", "\uff20x"],
)
def test_a_text_like_a_formula_gets_an_apostrophe_in_csv(name: str) -> None:
    assert csv_cell(name) == f"'{name}"
    assert csv_cell(name, is_raw=True) == name
    assert json.loads(written([{"name": name, "count": 1}], OutputFormat.JSON))[0]["name"] == name


@pytest.mark.parametrize("name", [-1, -0.5, "-1.25", "+4930123", "-1e-7", "-.5", "a=1", "'=1", "", "x-1", "٣", " =1"])
def test_numbers_and_other_texts_stay_as_they_are_in_csv(name: object) -> None:
    assert csv_cell(name) == str(name)


def test_csv_on_a_terminal_executes_nothing() -> None:
    name = "a\x1b[31m\u202eb\ud800"
    assert csv_cell(name, stream=Terminal()) == r"a\x1b[31m\u202eb\ud800"
    assert csv_cell("a\x1b") == "a\x1b"


@pytest.mark.parametrize("value", ['a"\\\n\x7f\ud800\u00e9', 2**70, True, 0.5, nan, None, ["a", 1], OutputFormat.JSON])
def test_json_is_written_as_the_library_writes_it(value: object) -> None:
    stream = io.StringIO()
    write_records([{"a": value, "b": 1}], ("a", "b"), OutputFormat.JSON, stream)
    assert stream.getvalue() == f"[\n  {json.dumps({'a': value, 'b': 1})}\n]\n"


@pytest.mark.parametrize(
    "value", ['a"b', "a,b", " a ", "", None, 2**70, True, 0.1, nan, Decimal("1.50"), ["a", 1], OutputFormat.JSON]
)
@pytest.mark.parametrize("columns", [("a",), ("a", "b")])
def test_csv_is_written_as_the_library_writes_it(value: object, columns: Sequence[str]) -> None:
    expected, found = io.StringIO(), io.StringIO()
    csv.writer(expected, lineterminator="\n").writerows([columns, [value] * len(columns)])
    write_records([dict.fromkeys(columns, value)], columns, OutputFormat.CSV, found)
    assert found.getvalue() == expected.getvalue()


@pytest.mark.parametrize("records", [[], RECORDS])
def test_json_is_a_list_of_objects_with_exact_integers(records: list[dict[str, object]]) -> None:
    text = written(records, OutputFormat.JSON)
    assert json.loads(text) == records
    assert text.isascii()
    assert text.endswith("]\n")


@pytest.mark.parametrize("records", [[], RECORDS])
def test_csv_has_a_header_even_without_rows(records: list[dict[str, object]]) -> None:
    rows = list(csv.reader(io.StringIO(written(records, OutputFormat.CSV))))
    assert rows == [COLUMNS, *([str(value) for value in record.values()] for record in records)]


@pytest.mark.parametrize("name", ["a\rb", "a\r", "a\nb", "a\r\nb", "\r\n"])
def test_a_line_end_within_a_name_is_quoted_and_kept(name: str) -> None:
    text = written([{"name": name, "count": 1}], OutputFormat.CSV, is_raw=True)
    assert text == f'name,count\n"{name}",1\n'
    assert list(csv.reader(io.StringIO(text, newline="")))[1:] == [[name, "1"]]


def test_columns_are_written_in_their_order() -> None:
    assert written([{"count": 1, "name": "x"}], OutputFormat.JSON) == '[\n  {"name": "x", "count": 1}\n]\n'


def test_a_table_shows_names_as_text_and_steers_no_terminal() -> None:
    text = written([{"name": "[red]\x1b[2J", "count": 1234567}], OutputFormat.TABLE)
    assert "[red]\\x1b[2J" in text
    assert "1,234,567" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (OutputFormat.JSON, '[\n  {"name": null, "count": null},\n  {"name": "a", "count": 7}\n]\n'),
        (OutputFormat.CSV, "name,count\n,\na,7\n"),
    ],
)
def test_what_is_not_known_is_null_or_empty(form: OutputFormat, text: str) -> None:
    assert written([{"name": None, "count": None}, {"name": "a", "count": 7}], form) == text


def test_a_table_shows_a_dash_for_what_is_not_known_and_still_aligns_numbers() -> None:
    lines = written([{"name": None, "count": None}, {"name": "a", "count": 7_000}], OutputFormat.TABLE).splitlines()
    assert lines[2:] == ["-         -", "a     7,000"]


def test_one_object_is_indented() -> None:
    assert json_text({"a": None}) == '{\n  "a": null\n}\n'
