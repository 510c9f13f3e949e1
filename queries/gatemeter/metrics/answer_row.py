"""A row of an answer, from a row of the statement that answers the query."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from gatemeter.metrics.catalogue import label
from gatemeter.metrics.declared import SeveralLabelsError
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.output.layout import PERIOD
from gatemeter.output.placeholders import EMPTY, REST, told_apart
from gatemeter.output.remembered import Remembered


@dataclass(frozen=True, slots=True)
class RowShape:
    """The columns of a query's rows, found once: an answer may have hundreds of thousands of rows."""

    has_period: bool
    by: Sequence[str]
    metrics: Sequence[str]
    labels: Sequence[str]
    placeholders: Sequence[str] = (EMPTY, REST)
    """From which names are told apart."""
    _shown: Remembered = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare what names are shown as."""
        placeholders = self.placeholders
        object.__setattr__(self, "_shown", Remembered(lambda name: told_apart(name, *placeholders) if name else EMPTY))

    @classmethod
    def of(cls, query: MetricsQuery, *, is_folded: bool = False) -> Self:
        """The shape of the answer to `query`, without comparison; with `is_folded`, groups beyond a limit are one."""
        placeholders = (EMPTY,) if is_folded else (EMPTY, REST)
        return cls(query.period is not None, query.by, tuple(query.found), query.labels, placeholders)

    def row(self, found: dict[str, Any]) -> dict[str, Any]:
        """`found` with a column a dimension, '' where events give none. Raises SeveralLabelsError."""
        row = {PERIOD: found[PERIOD]} if self.has_period else {}
        row.update(zip(self.by, found["groups"], strict=True))
        for name in self.metrics:
            row[name] = found[name]
        for name in self.labels:
            row[name] = _label(name, found[name])
        return row

    def shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """`row`, changed into what people see.

        To be done last: a group may have the name that stands for none, and is another.
        """
        for name in self.by:
            row[name] = self._shown[row[name]]
        return row


def _label(name: str, labels: Sequence[str]) -> str | None:
    """What a group's numbers are; None where there is no number, or no row says it."""
    if len(labels) > 1 and label(name).is_one:
        named = " and ".join(each or "one that is not named" for each in labels)
        by = label(name).dimension or name
        raise SeveralLabelsError(f"{name} of a group is {named}", where="--metrics", do=f"add {by} to --by")
    return "+".join(labels) or None
