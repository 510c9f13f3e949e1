"""Records as JSON, CSV or a table. JSON and CSV keep the records' order and full precision; tables are for people."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TextIO

from gatemeter.output.layout import TableLayout
from gatemeter.output.table import write_table

_CRLF = "\r\n"

Record = Mapping[str, Any]


class OutputFormat(StrEnum):
    """The forms of a list of records."""

    JSON = "json"
    CSV = "csv"
    TABLE = "table"


def write_records(
    records: Sequence[Record],
    columns: Sequence[str],
    form: OutputFormat,
    stream: TextIO,
    *,
    layout: TableLayout | None = None,
    width: int | None = None,
) -> None:
    """Write `records`, each with exactly `columns`, in that order.

    An unknown value (None) is null in JSON, an empty field in CSV and `-` in a table. `layout` and `width` (in
    columns of the terminal; None for as wide as it takes) concern tables alone.
    """
    match form:
        case OutputFormat.JSON:
            stream.write(_json_list(records, columns))
        case OutputFormat.CSV:
            _write_csv(records, columns, stream)
        case OutputFormat.TABLE:
            write_table(records, columns, layout or TableLayout(), stream, width)


def json_text(document: Record) -> str:
    """One object as indented JSON, ended by a newline."""
    # ASCII, so that no terminal's encoding can make it fail.
    return json.dumps(document, indent=2) + "\n"


class _NewlineEnds:
    """Writes lines that end with CRLF to `stream` with a newline for it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: str) -> int:
        return self._stream.write(line.removesuffix(_CRLF) + "\n")


def _json_list(records: Iterable[Record], columns: Sequence[str]) -> str:
    lines = [json.dumps({name: record[name] for name in columns}) for record in records]
    return "[" + ",".join(f"\n  {line}" for line in lines) + ("\n]\n" if lines else "]\n")


def _write_csv(records: Iterable[Record], columns: Sequence[str], stream: TextIO) -> None:
    # A field is quoted for the characters of the line terminator in it, and readers take a lone CR for one too.
    writer = csv.writer(_NewlineEnds(stream), lineterminator=_CRLF)
    writer.writerow(columns)
    writer.writerows([record[name] for name in columns] for record in records)
