"""What a table says of all its records, read one after the other: sums, and values that all of them share."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Context, Decimal
from typing import Any

from gatemeter.output.layout import PERIOD, TableLayout

_EXACT = Context(prec=200)

Record = Mapping[str, Any]


class RecordSums:
    """Exact sums of the columns `names` over records that have them, which hold whole numbers or amounts as text."""

    def __init__(self, names: Iterable[str]) -> None:
        self.count = 0
        self._names = tuple(names)
        self._sums: dict[str, Any] = {}

    def add(self, record: Record) -> None:
        """Add one record; None is not known, and adds nothing."""
        self.count += 1
        for name in self._names:
            if name in record:
                self._sums[name] = _added(self._sums.get(name), record[name])

    def values(self) -> dict[str, Any]:
        """The sums in the form of their columns; None where nothing is known."""
        return {name: _amount_text(each) if isinstance(each, Decimal) else each for name, each in self._sums.items()}


class SharedValues:
    """The columns that say nothing about a single record, and their values.

    The period; and of two or more records also texts, unknown values and zeros that are the same in all of them.
    """

    def __init__(self, columns: Sequence[str], layout: TableLayout) -> None:
        self._columns = columns
        self._layout = layout
        self._count = 0
        self._shared: dict[str, Any] = {}

    def add(self, record: Record) -> None:
        """Compare one record with those before."""
        self._count += 1
        if self._count == 1:
            self._shared = {name: record[name] for name in self._columns}
        for name in [name for name, value in self._shared.items() if record[name] != value]:
            del self._shared[name]

    def values(self) -> dict[str, Any]:
        """{column: value}, in the order of the columns."""
        if self._count < 2:
            return {name: value for name, value in self._shared.items() if name == PERIOD}
        return {name: value for name, value in self._shared.items() if _may_be_left_out(name, value, self._layout)}


def _added(total: Any, value: Any) -> Any:
    if value is None:
        return total
    if isinstance(value, str):
        return _EXACT.add(Decimal(0) if total is None else total, Decimal(value))
    return value if total is None else total + value


def _amount_text(total: Decimal) -> str:
    text = f"{total:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _may_be_left_out(name: str, value: Any, layout: TableLayout) -> bool:
    """Equal numbers are worth a column, for they add up; zeros are not, unless they are keys."""
    if name in layout.money and value:
        return Decimal(value) == 0
    return value is None or isinstance(value, str) or (value == 0 and name not in layout.keys)
