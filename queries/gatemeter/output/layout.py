"""What a table says about its columns: which matter most, which add up, which are money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PERIOD = "period"


@dataclass(frozen=True, slots=True)
class MissingCount:
    """How many of `of` a measure does not hold: `499 of 1,711 calls ` and then `text`."""

    column: str
    of: str
    text: str
    measure: str = ""
    """Said only where this column is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLayout:
    """How a table arranges its records; all names are names of columns.

    Without a layout, columns and rows keep their order, and columns are left out from the right where they do not fit.
    """

    columns: Sequence[str] = ()
    """The order of the columns; the others follow in the order of the records."""
    keys: Sequence[str] = ()
    """Columns that tell the rows apart. They are cut, and left out only where no measure fits beside them."""
    most_important: Sequence[str] = ()
    """Measures that stay longest, the most important first."""
    never_cut: Sequence[str] = ()
    """Texts that are of use only whole; the first column alone is shown even where it is too wide."""
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
    """Name columns, and the id to show where a row has no name, and beside names that do not tell rows apart."""
    captions: Sequence[str] = ()
    """Lines above the table."""
    column_captions: Mapping[str, str] = field(default_factory=dict)
    """Lines above the table about one column each, where it is shown."""
    charts: Sequence[str] = ()
    """The measures that a chart shows; without them the most important one."""
    unit_columns: Mapping[str, str] = field(default_factory=dict)
    """Amounts whose rows say their currency, and the column that says it; a chart never adds two currencies."""
    missing_counts: Sequence[MissingCount] = ()
    """Counts that are said above the table where they are above 0 and their column is not shown."""

    @property
    def summed(self) -> tuple[str, ...]:
        """The columns whose sums over all records the table needs."""
        counts = (name for count in self.missing_counts for name in (count.column, count.of))
        return tuple(dict.fromkeys((*self.totals, *counts)))

    @property
    def charted(self) -> Sequence[str]:
        """The measures that a chart shows."""
        return self.charts or self.most_important[:1]

    def ordered(self, columns: Sequence[str]) -> list[str]:
        """`columns` in the order of the table."""
        first = [name for name in self.columns if name in columns]
        return first + [name for name in columns if name not in first]

    def header(self, name: str) -> str:
        """The name of a column, with the currency of money."""
        currency = self.money.get(name)
        return f"{name} ({currency})" if currency else name
