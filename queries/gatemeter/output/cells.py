"""The cells of a table: numbers with separators, latencies with three significant digits, money by decimal point."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.cells import cell_len, set_cell_size

from gatemeter.output.text import escaped

UNKNOWN = "-"
_SIGNIFICANT_DIGITS = 3
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: the text of each row without padding; `width` is in columns of the terminal."""

    name: str
    header: str
    cells: Sequence[str]
    is_number: bool
    width: int

    def cut(self, width: int) -> "Column":
        """The same column with what does not fit in `width` replaced by an ellipsis."""
        cells = [cut_text(cell, width) for cell in self.cells]
        return Column(self.name, cut_text(self.header, width), cells, self.is_number, width)

    def padded(self) -> list[str]:
        """All cells, padded to the width of the column: numbers on the left, texts on the right."""
        if self.is_number:
            return [" " * (self.width - text_width(cell)) + cell for cell in self.cells]
        return [cell + " " * (self.width - text_width(cell)) for cell in self.cells]


def column_of(name: str, header: str, values: Sequence[Any], *, is_money: bool) -> Column:
    """The column that shows `values`; None and '' are shown as `-`."""
    if is_money:
        cells, is_number = _money_cells(values), True
    elif name.endswith("_ms"):
        cells, is_number = [significant(value) for value in values], True
    else:
        known = next((value for value in values if value is not None), None)
        cells, is_number = [_cell(value) for value in values], isinstance(known, int | float)
    width = max(map(text_width, [header, *cells]))
    return Column(name, header, cells, is_number, width)


def significant(value: float | None) -> str:
    """`value` with three significant digits and separators: 0.0123, 4.56, 78.9, 1,230."""
    if value is None:
        return UNKNOWN
    if not value:
        return "0"
    number = Decimal(repr(value))
    digits_after = max(0, _SIGNIFICANT_DIGITS - 1 - number.adjusted())
    rounded = round(number, _SIGNIFICANT_DIGITS - 1 - number.adjusted())
    return f"{rounded:,.{digits_after}f}"


def text_width(text: str) -> int:
    """How many columns of a terminal `text` takes; letters of East Asia take two."""
    return len(text) if text.isascii() else cell_len(text)


def cut_text(text: str, width: int) -> str:
    """`text` in at most `width` columns; an ellipsis stands for what is cut."""
    if text_width(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + _ELLIPSIS


def _cell(value: object) -> str:
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,}"
    return escaped(str(value))


def _money_cells(values: Sequence[str | None]) -> list[str]:
    """Exact amounts, padded behind so that the decimal points stand below each other."""
    amounts = [None if value in (None, "") else f"{Decimal(str(value)):,f}" for value in values]
    decimals = max((len(amount.partition(".")[2]) for amount in amounts if amount), default=0)
    tail = decimals + 1 if decimals else 0
    return [_aligned(UNKNOWN if amount is None else amount, tail) for amount in amounts]


def _aligned(amount: str, tail: int) -> str:
    whole, point, fraction = amount.partition(".")
    return whole + (point + fraction).ljust(tail)
