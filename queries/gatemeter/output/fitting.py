"""Which columns of a table fit into a width: the least important are left out, then long texts are cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from gatemeter.output.cells import Column
from gatemeter.output.layout import TableLayout

GAP = "  "
_SHORTEST_TEXT = 12
_SHORTEST_CUT = 4


@dataclass(frozen=True, slots=True)
class FittedColumns:
    """The columns to show, and the names of those that are left out or cut."""

    shown: Sequence[Column]
    left_out: Sequence[str]
    cut: Sequence[str]


def fitted(columns: Sequence[Column], layout: TableLayout, width: int | None) -> FittedColumns:
    """As many of `columns` as fit into `width`; all of them when it is None.

    First the layout's `first_left_out` go, one by one. Then texts are cut to 12 columns, then other columns than keys
    go from the right, then texts are cut further. The first column stays, however narrow the terminal is.
    """
    if width is None or line_width(columns) <= width:
        return FittedColumns(columns, (), ())
    dispensable = [name for name in layout.first_left_out if name != columns[0].name]
    rest = [column.name for column in columns[1:] if column.name not in dispensable]
    others = [name for name in reversed(rest) if name not in layout.keys]
    shown = _without(columns, dispensable, width)
    for shortest, next_to_go in (
        (_SHORTEST_TEXT, others),
        (_SHORTEST_CUT, [name for name in reversed(rest) if name in layout.keys]),
        (1, []),
    ):
        if line_width(shown) > width:
            narrowest = [_narrowed(column, shortest) for column in shown]
            if line_width(narrowest) > width:
                kept = {column.name for column in _without(narrowest, next_to_go, width)}
                shown = [column for column in shown if column.name in kept]
            shown = _cut_to(shown, width, shortest)
    return _summed_up(columns, shown)


def line_width(columns: Sequence[Column]) -> int:
    """How many columns of the terminal a line takes."""
    return sum(column.width for column in columns) + len(GAP) * (len(columns) - 1)


def _without(columns: Sequence[Column], names: Sequence[str], width: int) -> list[Column]:
    """`columns` without as many of `names`, in their order, as are too many."""
    shown = list(columns)
    for name in names:
        if line_width(shown) <= width:
            break
        shown = [column for column in shown if column.name != name]
    return shown


def _narrowed(column: Column, shortest: int) -> Column:
    return column if column.is_number or column.width <= shortest else column.cut(shortest)


def _cut_to(columns: Sequence[Column], width: int, shortest: int) -> list[Column]:
    """The widest texts are cut until the line fits, none below `shortest`."""
    widths = {column.name: column.width for column in columns}
    texts = [column.name for column in columns if not column.is_number]
    excess = line_width(columns) - width
    while excess > 0 and texts:
        widest = max(texts, key=lambda name: widths[name])
        if widths[widest] <= shortest:
            break
        widths[widest] -= 1
        excess -= 1
    return [column if widths[column.name] == column.width else column.cut(widths[column.name]) for column in columns]


def _summed_up(columns: Sequence[Column], shown: Sequence[Column]) -> FittedColumns:
    width_of = {column.name: column.width for column in shown}
    left_out = [column.name for column in columns if column.name not in width_of]
    cut = [column.name for column in columns if width_of.get(column.name, column.width) < column.width]
    return FittedColumns(shown, left_out, cut)
