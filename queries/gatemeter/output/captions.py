"""The lines above a table, which say what all rows share and what cannot be seen, and the line below it."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gatemeter.escaping import escaped
from gatemeter.output.cells import UNKNOWN
from gatemeter.output.fitting import LONGEST_TEXT, FittedColumns
from gatemeter.output.layout import MissingCount, TableLayout
from gatemeter.output.shown_rows import ShownRows
from gatemeter.output.text import cut_text, wrapped

_PLAIN_VALUE = re.compile(r"[\w./:@#+-]+")


def caption_lines(table: ShownRows, shown: Collection[str], layout: TableLayout, width: int | None) -> Iterator[str]:
    """What all records share, and what the layout says of them; `shown` are the columns in the table."""
    if not table.count:
        return
    visible = {*table.constant, *shown}
    about_columns = (text for name, text in layout.column_captions.items() if name in visible)
    missing = (missing_text(table.sums, count) for count in layout.missing_counts if _is_to_be_said(count, visible))
    for line in (*_shared(table.constant, layout, width), *missing, *layout.captions, *about_columns):
        yield from _lines(line, width)


def note_lines(columns: FittedColumns, width: int) -> Iterator[str]:
    """Which columns were left out or cut to fit `width`; nothing where none was."""
    parts = [
        f"{what}: {', '.join(names)}" for what, names in (("left out", columns.left_out), ("cut", columns.cut)) if names
    ]
    if parts:
        note = f"to fit {width} columns, {'; '.join(parts)} (--wide shows all; --csv and --json hold all)"
        yield from wrapped(note, width)


def hidden_lines(table: ShownRows, layout: TableLayout, width: int | None) -> Iterator[str]:
    """How many rows are summed up in one line; nothing where none are."""
    if table.hidden_count:
        order = f" by {layout.order_by[0]}" if layout.order_by else ""
        yield from _lines(
            f"these are the first {len(table.rows):,} rows{order}; the other {table.hidden_count:,} share one line "
            "(--csv and --json hold all)",
            width,
        )


def _shared(constant: Mapping[str, Any], layout: TableLayout, width: int | None) -> Iterator[str]:
    zero = [name for name, value in constant.items() if value == 0 or (value and name in layout.money)]
    unknown = [name for name, value in constant.items() if value in (None, "")]
    values = {name: value for name, value in constant.items() if name not in {*zero, *unknown}}
    yield ", ".join(f"{layout.header(name)}: {_quoted(str(value), width)}" for name, value in values.items())
    yield f"{UNKNOWN} in every row: {', '.join(unknown)}" if unknown else ""
    yield f"0 in every row: {', '.join(zero)}" if zero else ""


def _quoted(value: str, width: int | None) -> str:
    """`value`, in quotation marks unless it is one plain word, so that it cannot pass for more of the caption."""
    short = value if width is None else cut_text(value, LONGEST_TEXT)
    return short if _PLAIN_VALUE.fullmatch(short) else escaped(json.dumps(short, ensure_ascii=False))


def _is_to_be_said(count: MissingCount, visible: Collection[str]) -> bool:
    return count.column not in visible and (not count.measure or count.measure in visible)


def missing_text(sums: Mapping[str, Any], count: MissingCount) -> str:
    """How much a measure does not hold, by the sums over all records; '' where it holds everything."""
    missing, everything = (sums.get(name) or 0 for name in (count.column, count.of))
    return f"{missing:,} of {everything:,} {count.of} {count.text}" if missing > 0 else ""


def _lines(line: str, width: int | None) -> Iterator[str]:
    if line:
        yield from [line] if width is None else wrapped(line, width)
