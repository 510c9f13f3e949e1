"""Which numbers of an answer can be compared: amounts in one currency, values of one declaration of a meter."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatemeter.metrics.catalogue import label
from gatemeter.metrics.metrics_query import MetricsQuery, Order


@dataclass(frozen=True, slots=True)
class Unit:
    """The column of an answer that says in which unit the numbers of another one are."""

    column: str
    sql: str
    """SQL of the column's text in the statement's rows; '' where there is no number."""

    def of(self, row: Mapping[str, Any]) -> str:
        """The text in a row of an answer."""
        return row[self.column] or ""


def unit_of_order(query: MetricsQuery, order: Order) -> Unit | None:
    """The unit in which the numbers that `order` sorts by are; None where all can be compared."""
    found = query.found.get(order.column)
    names = [name for name in (found.label, found.other_label) if name and label(name).is_one] if found else []
    if not names:
        return None
    dimension = label(names[0]).dimension or names[0]
    if dimension in query.by:
        return Unit(dimension, f"groups[{list(query.by).index(dimension) + 1}]")
    return Unit(names[0], f"arrayStringConcat(`{names[0]}`, '+')")


def first_of_each(rows: Sequence[Mapping[str, Any]], unit: Unit | None, count: int) -> list[int]:
    """The places of the first `count` of the ordered `rows`; of amounts in several currencies, of each currency."""
    units = [unit.of(row) if unit else "" for row in rows]
    if not is_several(units):
        return list(range(len(rows)))[:count]
    seen = Counter[str]()
    places = []
    for place, each in enumerate(units):
        seen[each] += 1
        if seen[each] <= count:
            places.append(place)
    return places


def is_several(units: Iterable[str]) -> bool:
    """Whether rows are in more than one unit; rows with '' have no unit."""
    return len({*units} - {""}) > 1
