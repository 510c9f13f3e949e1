"""How results are put out: a JSON list, CSV, or a table for people. Nothing else writes to stdout."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TextIO

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

Record = Mapping[str, Any]

_WIDEST = 10_000
_WIDE = 240
"""Columns of a table that goes to a file or pipe, where there is no screen to fit."""


class OutputFormat(StrEnum):
    """The forms of a list of records."""

    JSON = "json"
    CSV = "csv"
    TABLE = "table"


def write_records(records: Sequence[Record], columns: Sequence[str], form: OutputFormat, stream: TextIO) -> None:
    """Write `records`, each with exactly `columns`, in that order.

    What is not known (None) is null in JSON, an empty field in CSV and `-` in a table.
    """
    match form:
        case OutputFormat.JSON:
            stream.write(_json_list(records, columns))
        case OutputFormat.CSV:
            _write_csv(records, columns, stream)
        case OutputFormat.TABLE:
            _write_table(records, columns, stream)


def count_of(number: int, noun: str) -> str:
    """`1 epoch`, `1,024 epochs`; `noun` takes an s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def json_text(document: Record) -> str:
    """One object as indented JSON, ended by a newline."""
    # ASCII, so that no terminal's encoding can make it fail.
    return json.dumps(document, indent=2) + "\n"


def _json_list(records: Iterable[Record], columns: Sequence[str]) -> str:
    lines = [json.dumps({name: record[name] for name in columns}) for record in records]
    return "[" + ",".join(f"\n  {line}" for line in lines) + ("\n]\n" if lines else "]\n")


def _write_csv(records: Iterable[Record], columns: Sequence[str], stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([record[name] for name in columns] for record in records)


def _write_table(records: Sequence[Record], columns: Sequence[str], stream: TextIO) -> None:
    table = Table()
    for name in columns:
        known = next((record[name] for record in records if record[name] is not None), None)
        numeric = isinstance(known, int | float)
        table.add_column(name, justify="right" if numeric else "left", no_wrap=True)
    for record in records:
        table.add_row(*(_cell(record[name]) for name in columns))
    console = Console(file=stream, width=None if stream.isatty() else _WIDE, soft_wrap=True)
    # A number broken over two lines reads as another one; a table wider than the screen does not.
    console.width = max(
        console.width, Measurement.get(console, console.options.update(max_width=_WIDEST), table).maximum
    )
    console.print(table, soft_wrap=True)


def _cell(value: object) -> Text:
    if value is None:
        return Text("-")
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return Text(harmless(text))


def harmless(text: str) -> str:
    """`text` for a terminal: names come from logs, and control characters in them must not steer it."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
