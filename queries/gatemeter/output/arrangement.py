"""The order of the rows of a table: by what matters, and groups of rows next to each other."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from gatemeter.output.layout import PERIOD, TableLayout

Record = Mapping[str, Any]


def ordered_records(records: Sequence[Record], layout: TableLayout) -> list[Record]:
    """Periods in the order in which they come; in each, the greatest `order_by` first, equal rows in their order."""
    if not layout.order_by:
        return list(records)
    period_number = {period: number for number, period in enumerate(dict.fromkeys(map(_period, records)))}
    groups = [record_group(record, layout, number) for number, record in enumerate(records)]
    heaviest: dict[tuple[Any, ...], tuple[Decimal, ...]] = {}
    for group, record in zip(groups, records, strict=True):
        weight = record_weight(record, layout)
        heaviest[group] = max(weight, heaviest.get(group, weight))
    group_number = {group: number for number, group in enumerate(heaviest)}

    def rank(position: int) -> tuple[Any, ...]:
        group = groups[position]
        return period_number[_period(records[position])], *(-each for each in heaviest[group]), group_number[group]

    return [records[position] for position in sorted(range(len(records)), key=rank)]


def _period(record: Record) -> Any:
    return record.get(PERIOD)


def record_group(record: Record, layout: TableLayout, number: int = 0) -> tuple[Any, ...]:
    """What this record shares with those that it is kept together with; `number` where none are."""
    if not layout.kept_together:
        return (number,)
    return (_period(record), *(record.get(name) for name in layout.kept_together))


def record_weight(record: Record, layout: TableLayout) -> tuple[Decimal, ...]:
    """The values by which the record is ordered, the greatest first; 0 where nothing is known."""
    return tuple(Decimal(record.get(name) or 0) for name in layout.order_by)
