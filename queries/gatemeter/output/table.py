"""A table for people: one line a row, a total, and a line that says which columns did not fit.

It is plain text, written much faster than a table of rich: 10,000 rows take about half a second more than their CSV.
Records beyond `shown_rows.MOST_ROWS` share one line.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, TextIO

from gatemeter.output.captions import caption_lines, hidden_lines, note_lines
from gatemeter.output.cells import Column, column_of
from gatemeter.output.fitting import GAP, LONGEST_TEXT, FittedColumns, fitted
from gatemeter.output.layout import TableLayout
from gatemeter.output.shown_rows import MOST_ROWS, ShownRows, shown_rows
from gatemeter.progress import report_progress

TOTAL = "total"
_LONG_TABLE_CELLS = 200_000
"""From here on making a table takes about half a second, and progress is shown on stderr."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Summary:
    """A line of sums below the rows, which begins with `label`."""

    label: str
    sums: Mapping[str, Any]

    def cell(self, name: str, *, is_label: bool) -> Any:
        """What stands in column `name`."""
        return self.label if is_label and name not in self.sums else self.sums.get(name)


def write_table(
    records: Iterable[Record],
    columns: Sequence[str],
    layout: TableLayout,
    stream: TextIO,
    width: int | None,
    *,
    most_rows: int = MOST_ROWS,
) -> None:
    """Write `records` as a table into `width` columns of the terminal; None writes all columns, however wide.

    Of more than `most_rows` the first by the layout's `order_by` are written, and the others share one line. Nothing is
    written before all records are read.
    """
    table = shown_rows(records, layout.ordered(columns), layout, most_rows)
    summaries = _summaries(table, layout)
    names = _label_first(layout.ordered(columns), layout, summaries)
    varying = [name for name in names if name not in table.constant]
    if summaries and varying and _label(varying, layout, summaries) is None:
        varying = names[:1] + [name for name in varying if name != names[0]]
    # A table without columns would show nothing at all.
    varying = _label_first(varying, layout, summaries) or names
    cells = fitted(_columns(table, varying, layout, summaries, width), layout, width)
    shown = [column.name for column in cells.shown]
    stream.writelines(f"{line}\n" for line in caption_lines(table, shown, layout, width))
    stream.writelines(f"{line.rstrip()}\n" for line in _lines(cells, len(summaries)))
    if not table.count:
        stream.write("no rows\n")
    stream.writelines(f"{line}\n" for line in hidden_lines(table, layout, width))
    if table.count and width is not None:
        stream.writelines(f"{line}\n" for line in note_lines(cells, width))


def _summaries(table: ShownRows, layout: TableLayout) -> list[_Summary]:
    """The line of the rows that are not shown, and that of the total; a table of one row has none."""
    if table.count < 2:
        return []
    sums, rest = ({name: sums[name] for name in layout.totals if name in sums} for sums in (table.sums, table.rest))
    hidden = [_Summary(f"{table.hidden_count:,} more", rest)] if table.hidden_count else []
    return [*hidden, *([_Summary(TOTAL, sums)] if sums else [])]


def _label_first(names: list[str], layout: TableLayout, summaries: Sequence[_Summary]) -> list[str]:
    """`names` with the one at the front where the label of a line of sums stands."""
    label = _label(names, layout, summaries)
    return names if label is None or not summaries else [label, *(name for name in names if name != label)]


def _label(names: Sequence[str], layout: TableLayout, summaries: Sequence[_Summary]) -> str | None:
    """The first of `names` that neither adds up nor is an amount: a cell of an amount has no place for a text."""
    sums = summaries[-1].sums if summaries else {}
    return next((name for name in names if name not in sums and name not in layout.money), None)


def _columns(
    table: ShownRows, names: Sequence[str], layout: TableLayout, summaries: Sequence[_Summary], width: int | None
) -> list[Column]:
    is_long = len(table.rows) * len(names) >= _LONG_TABLE_CELLS
    made: list[Column] = []
    with report_progress("table", len(names)) if is_long else nullcontext() as progress:
        for position, name in enumerate(names):
            column = column_of(
                name,
                layout.header(name),
                [row[name] for row in table.rows],
                is_money=name in layout.money,
                total=[summary.cell(name, is_label=position == 0) for summary in summaries],
                most_width=None if width is None or name in layout.never_cut else max(width, LONGEST_TEXT),
            )
            made.append(_with_blank_sums(column, summaries) if position > 0 else column)
            if progress is not None:
                progress.update(position + 1, len(table.rows))
    return made


def _with_blank_sums(column: Column, summaries: Sequence[_Summary]) -> Column:
    """A column that does not add up has nothing in the lines of sums."""
    sums = [
        "" if column.name not in each.sums else cell
        for each, cell in zip(summaries, column.cells[len(column.values) :], strict=True)
    ]
    return replace(column, cells=[*column.cells[: len(column.values)], *sums])


def _lines(fitted_columns: FittedColumns, summary_count: int) -> Iterator[str]:
    shown = fitted_columns.shown
    yield GAP.join(_padded_header(column) for column in shown)
    rule = GAP.join("-" * column.width for column in shown)
    yield rule
    lines = [GAP.join(cells) for cells in zip(*(column.padded() for column in shown), strict=True)]
    row_count = len(lines) - summary_count
    yield from lines[:row_count]
    if summary_count:
        yield rule
        yield from lines[row_count:]


def _padded_header(column: Column) -> str:
    return replace(column, cells=[column.header]).padded()[0]
