"""The rows of a table: ordered by what matters, with a total, and without columns that say the same everywhere."""

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from functools import reduce
from typing import Any

from gatemeter.output.layout import PERIOD, TableLayout

_EXACT = Context(prec=200)

Record = Mapping[str, Any]


def ordered_records(records: Sequence[Record], layout: TableLayout) -> list[Record]:
    """Periods in the order in which they come; in each, the greatest `order_by` first, equal rows in their order."""
    if not layout.order_by:
        return list(records)
    period_number = {period: number for number, period in enumerate(dict.fromkeys(map(_period, records)))}
    groups = [_group(record, layout, number) for number, record in enumerate(records)]
    heaviest: dict[tuple[Any, ...], tuple[Decimal, ...]] = {}
    for group, record in zip(groups, records, strict=True):
        weight = _weight(record, layout)
        heaviest[group] = max(weight, heaviest.get(group, weight))
    group_number = {group: number for number, group in enumerate(heaviest)}

    def rank(position: int) -> tuple[Any, ...]:
        group = groups[position]
        return period_number[_period(records[position])], *(-each for each in heaviest[group]), group_number[group]

    return [records[position] for position in sorted(range(len(records)), key=rank)]


def total_of(records: Sequence[Record], layout: TableLayout) -> dict[str, Any]:
    """The sums of the columns that add up; None where nothing is known. Empty for fewer than two records."""
    if len(records) < 2:
        return {}
    return {name: _sum(records, name) for name in layout.totals if name in records[0]}


def constant_columns(records: Sequence[Record], columns: Sequence[str], layout: TableLayout) -> dict[str, Any]:
    """The columns that say nothing about a single row, and their values.

    The period; and of two or more records also texts, unknown values and zeros that are the same in all of them.
    """
    if len(records) < 2:
        return {name: record[name] for record in records for name in columns if name == PERIOD}
    first = records[0]
    candidates = [name for name in columns if _may_be_left_to_caption(name, first[name], layout)]
    return {name: first[name] for name in candidates if all(record[name] == first[name] for record in records)}


def _may_be_left_to_caption(name: str, value: Any, layout: TableLayout) -> bool:
    """Equal numbers are worth a column, for they add up; zeros are not, unless they are keys."""
    if name in layout.money and value:
        return Decimal(value) == 0
    return value is None or isinstance(value, str) or (value == 0 and name not in layout.keys)


def _period(record: Record) -> Any:
    return record.get(PERIOD)


def _group(record: Record, layout: TableLayout, number: int) -> tuple[Any, ...]:
    """The name of the group that stays together with this record, the one at `number`."""
    if not layout.kept_together:
        return (number,)
    return (_period(record), *(record.get(name) for name in layout.kept_together))


def _weight(record: Record, layout: TableLayout) -> tuple[Decimal, ...]:
    return tuple(Decimal(record.get(name) or 0) for name in layout.order_by)


def _sum(records: Sequence[Record], name: str) -> Any:
    known = [record[name] for record in records if record[name] is not None]
    if known and isinstance(known[0], str):
        total = f"{reduce(_EXACT.add, map(Decimal, known)):f}"
        return total.rstrip("0").rstrip(".") if "." in total else total
    return sum(known) if known else None
