"""The records of a table that are shown, and what is known of all records, read once and in bounded memory."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any

from gatemeter.output.all_records import RecordSums, SharedValues
from gatemeter.output.arrangement import ordered_records, record_group, record_weight
from gatemeter.output.layout import TableLayout
from gatemeter.output.placeholders import NOBODY, told_apart

MOST_ROWS = 10_000
"""More rows are of no use to a reader, and each takes some kilobytes until the table is written."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShownRows:
    """The rows of a table in its order, and what all records share, including those that are not shown.

    `sums` hold the sums over all `count` records, `rest` those over the records that are not shown, both None where
    nothing is known. `constant` are the columns that say nothing about a single row, and their values.
    """

    rows: Sequence[Record]
    count: int
    sums: Mapping[str, Any]
    rest: Mapping[str, Any]
    constant: Mapping[str, Any]

    @property
    def hidden_count(self) -> int:
        """How many records are not shown."""
        return self.count - len(self.rows)


def shown_rows(records: Iterable[Record], columns: Sequence[str], layout: TableLayout, most_rows: int) -> ShownRows:
    """The first `most_rows` of `records` by the layout's `order_by`, in the order of the table.

    Records that are kept together are shown or hidden together, and must come one after the other. At most twice as
    many records as are shown, and one such group, are in memory at a time.
    """
    sums, shared, kept = RecordSums(layout.summed), SharedValues(columns, layout), _HeaviestGroups(layout, most_rows)
    for group in _groups(records, layout):
        together = [with_fallbacks(record, layout) for record in group]
        for record in together:
            sums.add(record)
            shared.add(record)
        kept.add(together)
    rows = ordered_records(kept.records(), layout)
    return ShownRows(rows, sums.count, sums.values(), kept.hidden.values(), shared.values())


class _HeaviestGroups:
    """Groups of records, of which those with the greatest weights are kept, and the sums of the `hidden` ones."""

    def __init__(self, layout: TableLayout, most_rows: int) -> None:
        self.hidden = RecordSums(layout.summed)
        self._layout = layout
        self._most_rows = most_rows
        self._groups: list[list[Record]] = []
        self._row_count = 0

    def add(self, group: list[Record]) -> None:
        self._groups.append(group)
        self._row_count += len(group)
        if self._row_count > 2 * self._most_rows:
            self._keep_heaviest()

    def records(self) -> list[Record]:
        if self._row_count > self._most_rows:
            self._keep_heaviest()
        return [record for group in self._groups for record in group]

    def _keep_heaviest(self) -> None:
        weights = [max(record_weight(record, self._layout) for record in group) for group in self._groups]
        heaviest_first = sorted(range(len(weights)), key=weights.__getitem__, reverse=True)
        row_counts = accumulate(len(self._groups[position]) for position in heaviest_first)
        chosen = bisect_right(list(row_counts), self._most_rows)
        for position in heaviest_first[chosen:]:
            for record in self._groups[position]:
                self.hidden.add(record)
        self._groups = [self._groups[position] for position in sorted(heaviest_first[:chosen])]
        self._row_count = sum(map(len, self._groups))


def _groups(records: Iterable[Record], layout: TableLayout) -> Iterator[Iterable[Record]]:
    """The records that are kept together, else each by itself."""
    if not layout.kept_together:
        return ([record] for record in records)
    return (group for _, group in groupby(records, lambda record: record_group(record, layout)))


def with_fallbacks(record: Record, layout: TableLayout) -> Record:
    """The record with its id where it has no name, as the layout's `fallbacks` say; a name may read as nobody's id."""
    shown = {
        name: told_apart(record[name], NOBODY) if record[name] else record[other]
        for name, other in layout.fallbacks.items()
        if name in record
    }
    return {**record, **shown} if shown else record
