"""A table for people: one line a row, a total, and a line that says which columns did not fit.

It is plain text, written much faster than a table of rich: 20,000 rows take about as long as their CSV and a second.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, TextIO

from gatemeter.output.arrangement import constant_columns, ordered_records, total_of
from gatemeter.output.cells import UNKNOWN, Column, column_of
from gatemeter.output.fitting import GAP, FittedColumns, fitted
from gatemeter.output.layout import TableLayout
from gatemeter.output.text import escaped
from gatemeter.progress import report_progress

TOTAL = "total"
_LONG_TABLE_CELLS = 200_000
"""From here on making a table takes about half a second, and progress is shown on stderr."""

Record = Mapping[str, Any]


def write_table(
    records: Sequence[Record], columns: Sequence[str], layout: TableLayout, stream: TextIO, width: int | None
) -> None:
    """Write `records` as a table into `width` columns of the terminal; None writes all columns, however wide."""
    names = layout.ordered(columns)
    rows = [_with_fallbacks(record, layout) for record in ordered_records(records, layout)]
    constant = constant_columns(rows, names, layout)
    # A table without columns would show nothing at all.
    varying = [name for name in names if name not in constant] or names
    total = total_of(rows, layout)
    cells = fitted(_columns(rows, varying, layout, total), layout, width)
    stream.writelines(f"{line}\n" for line in _captions(constant, layout, width))
    stream.writelines(f"{line.rstrip()}\n" for line in _lines(cells, has_total=bool(total)))
    if not records:
        stream.write("no rows\n")
    if width is not None and (cells.left_out or cells.cut):
        stream.write(_note(cells, width) + "\n")


def _columns(
    rows: Sequence[Record], names: Sequence[str], layout: TableLayout, total: Mapping[str, Any]
) -> list[Column]:
    is_long = len(rows) * len(names) >= _LONG_TABLE_CELLS
    made: list[Column] = []
    with report_progress("table", len(names)) if is_long else nullcontext() as progress:
        for position, name in enumerate(names):
            values = [row[name] for row in rows]
            if total:
                values.append(TOTAL if position == 0 and name not in total else total.get(name))
            column = column_of(name, layout.header(name), values, is_money=name in layout.money)
            made.append(_with_blank_total(column, is_blank=bool(total) and position > 0 and name not in total))
            if progress is not None:
                progress.update(position + 1, len(rows))
    return made


def _with_blank_total(column: Column, *, is_blank: bool) -> Column:
    """A column that does not add up has nothing in the line of the total."""
    if not is_blank:
        return column
    return Column(column.name, column.header, [*column.cells[:-1], ""], column.is_number, column.width)


def _with_fallbacks(record: Record, layout: TableLayout) -> Record:
    missing = {name: record[other] for name, other in layout.fallbacks.items() if name in record and not record[name]}
    return {**record, **missing} if missing else record


def _captions(constant: Mapping[str, Any], layout: TableLayout, width: int | None) -> Iterator[str]:
    zero = [name for name, value in constant.items() if value == 0 or (value and name in layout.money)]
    unknown = [name for name, value in constant.items() if value in (None, "")]
    said = [
        f"{layout.header(name)}: {escaped(str(value))}"
        for name, value in constant.items()
        if name not in {*zero, *unknown}
    ]
    for line in (
        ", ".join(said),
        f"{UNKNOWN} in every row: {', '.join(unknown)}" if unknown else "",
        f"0 in every row: {', '.join(zero)}" if zero else "",
        *layout.captions,
    ):
        yield from textwrap.wrap(line, width, break_long_words=False) if width and line else filter(None, [line])


def _lines(fitted_columns: FittedColumns, *, has_total: bool) -> Iterator[str]:
    shown = fitted_columns.shown
    yield GAP.join(_padded_header(column) for column in shown)
    rule = GAP.join("-" * column.width for column in shown)
    yield rule
    lines = [GAP.join(cells) for cells in zip(*(column.padded() for column in shown), strict=True)]
    yield from lines[:-1] if has_total else lines
    if has_total:
        yield rule
        yield lines[-1]


def _padded_header(column: Column) -> str:
    header = Column(column.name, column.header, [column.header], column.is_number, column.width)
    return header.padded()[0]


def _note(columns: FittedColumns, width: int) -> str:
    parts = [
        f"{what}: {', '.join(names)}" for what, names in (("left out", columns.left_out), ("cut", columns.cut)) if names
    ]
    return f"to fit {width} columns, {'; '.join(parts)} (--wide shows all; --csv and --json hold all)"
