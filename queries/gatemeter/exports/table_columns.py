"""The columns of exported tables, and what their values are."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ColumnType(StrEnum):
    """What a column holds; None stands for what is not known, or does not apply."""

    TEXT = "text"
    COUNT = "count"
    """A whole number."""
    DECIMAL = "decimal"
    """An exact decimal number, as text or as a whole number."""
    MOMENT = "moment"
    """A moment in UTC, as 2026-02-01T00:00:00Z."""


@dataclass(frozen=True, slots=True)
class Column:
    """A name and a type."""

    name: str
    type: ColumnType = ColumnType.TEXT


_TYPES = {
    "quantity": ColumnType.DECIMAL,
    "not_billable": ColumnType.DECIMAL,
    "amount": ColumnType.DECIMAL,
    "amount_exact": ColumnType.DECIMAL,
    "missing": ColumnType.COUNT,
    "start": ColumnType.MOMENT,
    "end": ColumnType.MOMENT,
}


def columns_of(names: Sequence[str]) -> Sequence[Column]:
    """The columns of lines and of usage by their names."""
    return [Column(name, _TYPES.get(name, ColumnType.TEXT)) for name in names]
