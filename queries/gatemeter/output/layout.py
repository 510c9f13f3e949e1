"""What a table says about its columns: which matter most, which add up, which are money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PERIOD = "period"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLayout:
    """How a table arranges its records; all names are names of columns.

    Without a layout, columns and rows keep their order, and columns are left out from the right where they do not fit.
    """

    columns: Sequence[str] = ()
    """The order of the columns; the others follow in the order of the records."""
    keys: Sequence[str] = ()
    """Columns that tell the rows apart. They are cut before they are left out."""
    first_left_out: Sequence[str] = ()
    """Columns to leave out where a table is too wide, the least important first."""
    order_by: Sequence[str] = ()
    """Numbers by which the rows of each period are ordered, the greatest first."""
    kept_together: Sequence[str] = ()
    """Rows with the same values here stay next to each other, in their order."""
    totals: Sequence[str] = ()
    """Columns whose sum over all rows means something."""
    money: Mapping[str, str] = field(default_factory=dict)
    """Columns of exact decimal amounts, as text, and the currency of each; '' where it is not known."""
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    """Name columns, and the column to show where a row has no name."""
    captions: Sequence[str] = ()
    """Lines above the table."""

    def ordered(self, columns: Sequence[str]) -> list[str]:
        """`columns` in the order of the table."""
        first = [name for name in self.columns if name in columns]
        return first + [name for name in columns if name not in first]

    def header(self, name: str) -> str:
        """The name of a column, with the currency of money."""
        currency = self.money.get(name)
        return f"{name} ({currency})" if currency else name
