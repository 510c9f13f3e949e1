"""The groups of records as series of one measure: its values by period, the groups with the most first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gatemeter.escaping import escaped
from gatemeter.output.all_records import RecordSums
from gatemeter.output.cells import UNKNOWN
from gatemeter.output.layout import PERIOD, TableLayout

ALL = "all"
"""The label of the one group of records without keys."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Series:
    """A group: its `label`, safe to print, and its values of one measure by period; `unit` is '' without one."""

    label: str
    values: Mapping[str, Any]
    unit: str

    @property
    def greatest(self) -> Any:
        """The greatest value as it is; None where nothing is known."""
        known = (each for each in self.values.values() if each is not None)
        return max(known, key=lambda value: Decimal(str(value)), default=None)

    @property
    def total(self) -> Any:
        """The exact sum of the known values; None where nothing is known."""
        sums = RecordSums(["value"])
        for each in self.values.values():
            sums.add({"value": each})
        return sums.values().get("value")


def adds_up(measure: str, layout: TableLayout) -> bool:
    """Whether the sum over the periods of a series means something."""
    return measure in layout.totals or measure in layout.unit_columns


def series_of(rows: Sequence[Record], measure: str, layout: TableLayout) -> list[Series]:
    """The groups by the layout's keys, those with the most first, and last those of which nothing is known.

    Labels that are alike have the group's ids behind them; a group with amounts in two currencies is two series.
    """
    keys = [name for name in layout.keys if name != PERIOD]
    ids = [name for name in layout.fallbacks.values() if name not in keys]
    grouped: dict[tuple[str, ...], list[Record]] = {}
    for row in rows:
        grouped.setdefault(tuple(str(row.get(name) or UNKNOWN) for name in (*keys, *ids)), []).append(row)
    names = [" / ".join(group[: len(keys)]) for group in grouped]
    labels = [name if names.count(name) == 1 else " / ".join(group) for name, group in zip(names, grouped, strict=True)]
    found = [
        each
        for label, group in zip(labels, grouped.values(), strict=True)
        for each in _by_unit(escaped(label) or ALL, group, measure, layout.unit_columns.get(measure, ""))
    ]
    return sorted(found, key=lambda each: _weight(each, measure, layout), reverse=True)


def _by_unit(label: str, rows: Sequence[Record], measure: str, unit_column: str) -> Iterator[Series]:
    """One for each unit that rows of a group say; rows that say none have no amount, and go with the first."""
    units = [row.get(unit_column) or "" for row in rows]
    known = list(dict.fromkeys(filter(None, units))) or [""]
    for unit in known:
        own = (row for row, said in zip(rows, units, strict=True) if (said or known[0]) == unit)
        yield Series(label, {row.get(PERIOD) or "": row[measure] for row in own}, unit)


def _weight(series: Series, measure: str, layout: TableLayout) -> tuple[bool, Decimal]:
    value = series.total if adds_up(measure, layout) else series.greatest
    return value is not None, Decimal(str(value or 0))
