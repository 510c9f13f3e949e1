"""Records as JSON, CSV or a table. JSON and CSV keep the records' order and full precision; tables are for people."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from json.encoder import encode_basestring_ascii
from typing import Any, TextIO

from gatemeter.escaping import escaped
from gatemeter.output.csv_lines import csv_texts
from gatemeter.output.layout import TableLayout
from gatemeter.output.table import write_table

_PIECE_CHARACTERS = 65_536
_FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""Spreadsheets read a cell that begins so as a formula; four are the full-width forms of the first four."""
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)

Record = Mapping[str, Any]


class OutputFormat(StrEnum):
    """The forms of a list of records."""

    JSON = "json"
    CSV = "csv"
    TABLE = "table"


def write_records(
    records: Iterable[Record],
    columns: Sequence[str],
    form: OutputFormat,
    stream: TextIO,
    *,
    layout: TableLayout | None = None,
    width: int | None = None,
    is_raw: bool = False,
) -> None:
    """Write `records`, each with exactly `columns`, in that order, one after the other as they are read.

    Nothing is written before the first of them is there; a table is written when all are read.
    An unknown value (None) is null in JSON, an empty field in CSV and `-` in a table. `layout` and `width` (in
    columns of the terminal; None for as wide as it takes) concern tables alone, `is_raw` CSV: without it a text that a
    spreadsheet would take for a formula has an apostrophe in front of it.
    """
    match form:
        case OutputFormat.JSON:
            _write_json(records, columns, stream)
        case OutputFormat.CSV:
            _write_csv(records, columns, stream, is_raw=is_raw)
        case OutputFormat.TABLE:
            write_table(records, columns, layout or TableLayout(), stream, width)


def json_text(document: Record) -> str:
    """One object as indented JSON, ended by a newline."""
    # ASCII, so that no terminal's encoding can make it fail.
    return json.dumps(document, indent=2) + "\n"


def _write_json(records: Iterable[Record], columns: Sequence[str], stream: TextIO) -> None:
    before = "["
    members = [(name, f"{json.dumps(name)}: ") for name in columns]
    for record in records:
        values = [start + _json_value(record[name]) for name, start in members]
        stream.write(f"{before}\n  {{{', '.join(values)}}}")
        before = ","
    stream.write("[]\n" if before == "[" else "\n]\n")


def _json_value(value: Any) -> str:
    """`value` as `json.dumps` writes it, in a fifth of the time for the types that long answers are made of."""
    if type(value) is str:
        return encode_basestring_ascii(value)
    return str(value) if type(value) is int else json.dumps(value)


def csv_pieces(records: Iterable[Record], columns: Sequence[str]) -> Iterator[bytes]:
    """What `write_records` writes as CSV, in pieces of some 64 KiB in UTF-8, as records are read."""
    piece, characters = [], 0
    for text in csv_texts(records, columns, _data):
        piece.append(text)
        characters += len(text)
        if characters >= _PIECE_CHARACTERS:
            yield "".join(piece).encode("utf-8", "backslashreplace")
            piece, characters = [], 0
    if piece:
        yield "".join(piece).encode("utf-8", "backslashreplace")


def _write_csv(records: Iterable[Record], columns: Sequence[str], stream: TextIO, *, is_raw: bool) -> None:
    cell = _as_it_is if is_raw else _escaped_data if stream.isatty() else _data
    stream.writelines(csv_texts(records, columns, cell))


def _as_it_is(value: str) -> str:
    return value


def _data(value: str) -> str:
    """`value`, or if it is not a number but might be a formula, the text that shows it."""
    return f"'{value}" if value[:1] in _FORMULA_STARTS and not _NUMBER.fullmatch(value) else value


def _escaped_data(value: str) -> str:
    return escaped(_data(value))
