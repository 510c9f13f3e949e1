"""The cells of a table: numbers with separators, latencies with three significant digits, money by decimal point."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from gatemeter.escaping import escaped
from gatemeter.output.text import ELLIPSIS, cut_text, text_start, text_width

UNKNOWN = "-"
_SIGNIFICANT_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: the text of each row without padding; `width` is in columns of the terminal.

    `values` are what the cells show. The line of a total has a cell, and no value.
    """

    name: str
    header: str
    values: Sequence[Any]
    cells: Sequence[str]
    is_number: bool
    width: int

    def cut(self, width: int) -> "Column":
        """The same column with what does not fit in `width` replaced by an ellipsis."""
        header = self.header if text_width(self.header) <= width else text_start(self.header, width - 1) + ELLIPSIS
        return replace(self, header=header, cells=[cut_text(cell, width) for cell in self.cells], width=width)

    def padded(self) -> list[str]:
        """All cells, padded to the width of the column: numbers on the left, texts on the right."""
        if self.is_number:
            return [" " * (self.width - text_width(cell)) + cell for cell in self.cells]
        return [cell + " " * (self.width - text_width(cell)) for cell in self.cells]


def column_of(
    name: str,
    header: str,
    values: Sequence[Any],
    *,
    is_money: bool,
    total: Sequence[Any] = (),
    most_width: int | None = None,
) -> Column:
    """The column that shows `values` and then `total`; None and '' are shown as `-`.

    No text is wider than `most_width`.
    """
    shown = [*values, *total]
    if is_money:
        cells, is_number = _money_cells(shown), True
    elif name.endswith("_ms"):
        cells, is_number = [significant(value) for value in shown], True
    else:
        known = next((value for value in shown if value is not None), None)
        cells, is_number = [_cell(value, most_width) for value in shown], isinstance(known, int | float)
    width = max(map(text_width, [header, *cells]))
    return Column(name, header, values, cells, is_number, width)


def number_text(name: str, value: Any, *, is_money: bool) -> str:
    """One number as a column of its name shows it, and floating ones with three significant digits."""
    if value is None or value == "":
        return UNKNOWN
    if is_money or isinstance(value, str):
        return f"{Decimal(str(value)):,f}"
    return significant(value) if isinstance(value, float) or name.endswith("_ms") else f"{value:,}"


def significant(value: float | None) -> str:
    """`value` with three significant digits and separators: 0.0123, 4.56, 78.9, 1,230."""
    if value is None:
        return UNKNOWN
    if not value:
        return "0"
    number = Decimal(repr(value))
    rounded = round(number, _SIGNIFICANT_DIGITS - 1 - number.adjusted())
    # Rounding may add a digit before the point: 9.996 becomes 10.0.
    digits_after = max(0, _SIGNIFICANT_DIGITS - 1 - rounded.adjusted())
    return f"{rounded:,.{digits_after}f}"


def _cell(value: object, most_width: int | None) -> str:
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,}"
    text = str(value)
    return escaped(text) if most_width is None else cut_text(escaped(cut_text(text, most_width)), most_width)


def _money_cells(values: Sequence[str | None]) -> list[str]:
    """Exact amounts, padded behind so that the decimal points stand below each other."""
    amounts = [None if value in (None, "") else f"{Decimal(str(value)):,f}" for value in values]
    decimals = max((len(amount.partition(".")[2]) for amount in amounts if amount), default=0)
    tail = decimals + 1 if decimals else 0
    return [_aligned(UNKNOWN if amount is None else amount, tail) for amount in amounts]


def _aligned(amount: str, tail: int) -> str:
    whole, point, fraction = amount.partition(".")
    return whole + (point + fraction).ljust(tail)
