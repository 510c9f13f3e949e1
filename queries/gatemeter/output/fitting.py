"""Which columns of a table fit into a width: the least important are left out, and long texts are cut."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gatemeter.output.cells import Column
from gatemeter.output.layout import PERIOD, TableLayout
from gatemeter.output.text import ELLIPSIS, text_start

GAP = "  "
LONGEST_TEXT = 40
"""Longer texts are cut before any column is left out."""

_SHORTEST_TEXT, _SHORTER_TEXT, _SHORTEST_CUT = 12, 8, 4


@dataclass(frozen=True, slots=True)
class FittedColumns:
    """The columns to show, and the names of those that are left out or cut."""

    shown: Sequence[Column]
    left_out: Sequence[str]
    cut: Sequence[str]


def fitted(columns: Sequence[Column], layout: TableLayout, width: int | None) -> FittedColumns:
    """As many of `columns` as fit into `width`; all of them when it is None.

    Texts are cut to 40 columns, then the layout's `first_left_out` go, one by one. Then texts are cut to 12 columns,
    then other measures go from the right, the most important last, while texts are cut further. Rows that differ in
    their keys differ in what is shown: ids stay where names are alike, and rows that still look alike are numbered.
    """
    if width is None:
        return FittedColumns(columns, (), ())
    ids = [name for name in layout.fallbacks.values() if name not in layout.keys]
    identifying = [column for column in columns if column.name in {*layout.keys, *ids}]
    shown = _shown(columns, layout, width, layout.keys)
    alike = _lookalikes(identifying, shown)
    if alike and ids:
        shown = _shown(columns, layout, width, (*layout.keys, *ids))
        alike = _lookalikes(identifying, shown)
    if alike:
        longest_number = len(_row_number(len(columns[0].values)))
        shown = _shown(columns, layout, width, (*layout.keys, *ids), longest_number)
        shown = _numbered(shown, layout, _lookalikes(identifying, shown))
    return _summed_up(columns, shown)


def line_width(widths: Sequence[int]) -> int:
    """How many columns of the terminal a line takes."""
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _shown(
    columns: Sequence[Column], layout: TableLayout, width: int, keys: Sequence[str], shortest_text: int = 1
) -> list[Column]:
    """`columns` cut and left out to fit; no text is cut below `shortest_text`."""
    widths = {column.name: column.width for column in columns}
    whole = {column.name for column in columns if column.is_number or column.name in layout.never_cut}
    for shortest, next_to_go in _steps([column.name for column in columns], layout, keys):
        floors = {
            name: width_ if name in whole else min(width_, max(shortest, shortest_text))
            for name, width_ in widths.items()
        }
        for name in next_to_go:
            if line_width(list(floors.values())) <= width:
                break
            del floors[name]
        widths = _squeezed({name: widths[name] for name in floors}, floors, width)
        if line_width(list(widths.values())) <= width:
            break
    shown = [column for column in columns if column.name in widths]
    return [column if widths[column.name] == column.width else column.cut(widths[column.name]) for column in shown]


def _steps(names: Sequence[str], layout: TableLayout, keys: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """One after the other, the width to which texts are cut, and the columns that go if that is not enough."""
    first, from_right = names[0], list(reversed(names[1:]))
    important = [name for name in layout.most_important if name in from_right]
    staying = {first, *keys, *important}
    dispensable = [name for name in layout.first_left_out if name in from_right and name not in staying]
    yield LONGEST_TEXT, dispensable
    yield _SHORTEST_TEXT, [name for name in from_right if name not in {*staying, *dispensable}]
    yield _SHORTER_TEXT, important[:0:-1]
    yield _SHORTEST_CUT, [name for name in from_right if name in keys and name not in important]
    yield 1, important[:1]


def _squeezed(widths: dict[str, int], floors: dict[str, int], width: int) -> dict[str, int]:
    """The widest columns are made narrower until the line fits, none below its floor."""
    squeezed = dict(widths)
    for _ in range(line_width(list(widths.values())) - width):
        narrowable = [name for name in squeezed if squeezed[name] > floors[name]]
        if not narrowable:
            break
        squeezed[max(narrowable, key=squeezed.__getitem__)] -= 1
    return squeezed


def _lookalikes(identifying: Sequence[Column], shown: Sequence[Column]) -> list[int]:
    """The positions of rows that differ in their keys and do not differ in what is shown of them."""
    names = {column.name for column in identifying}
    row_count = len(shown[0].values)
    looks = list(zip(*(column.cells[:row_count] for column in shown if column.name in names), strict=True))
    keys = list(zip(*(column.values for column in identifying), strict=True))
    if not keys:
        return []
    looks = looks or [()] * row_count
    different_rows = Counter(look for look, _ in set(zip(looks, keys, strict=True)))
    return [position for position, look in enumerate(looks) if different_rows[look] > 1]


def _numbered(shown: Sequence[Column], layout: TableLayout, positions: Sequence[int]) -> list[Column]:
    """`shown` with a number at the end of the first key in the rows at `positions`."""
    texts = [column for column in shown if not column.is_number and column.name not in layout.never_cut]
    chosen = next((column for column in texts if column.name != PERIOD), texts[0] if texts else None)
    if chosen is None:
        return list(shown)
    cells = list(chosen.cells)
    for number, position in enumerate(positions, start=1):
        end = _row_number(number)
        cells[position] = text_start(cells[position].split(ELLIPSIS)[0], chosen.width - len(end)) + end
    return [replace(column, cells=cells) if column is chosen else column for column in shown]


def _row_number(number: int) -> str:
    return f"{ELLIPSIS}#{number}"


def _summed_up(columns: Sequence[Column], shown: Sequence[Column]) -> FittedColumns:
    width_of = {column.name: column.width for column in shown}
    left_out = [column.name for column in columns if column.name not in width_of]
    cut = [column.name for column in columns if width_of.get(column.name, column.width) < column.width]
    return FittedColumns(shown, left_out, cut)
