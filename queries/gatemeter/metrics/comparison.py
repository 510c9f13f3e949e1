"""The metrics of a group beside those of the same group in the time before."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from gatemeter.metrics.catalogue import label
from gatemeter.metrics.declared import Metric, SeveralLabelsError

BEFORE, CHANGE = "_before", "_change"
"""Behind the name of a metric: its value in the time before, and by which share of that it has changed."""

_CHANGE_DIGITS = 6

Row = Mapping[str, Any]


def compared_columns(columns: Sequence[str], metrics: Mapping[str, Metric]) -> list[str]:
    """The columns of compared rows: behind each metric its value before, and the change."""
    return [each for name in columns for each in ((name, name + BEFORE, name + CHANGE) if name in metrics else (name,))]


def compared(
    now: Sequence[Row], before: Sequence[Row], by: Sequence[str], metrics: Mapping[str, Metric], labels: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """The rows of `now` in their order, then groups that there are no more.

    A group that is in one of both has 0 in the other of what is counted, and nothing is known of the rest. Raises
    SeveralLabelsError where amounts now and before are in different currencies.
    """
    earlier = {_group(row, by): row for row in before}
    for row in now:
        yield _compared(row, earlier.pop(_group(row, by), None), by, metrics, labels)
    for row in earlier.values():
        yield _compared(None, row, by, metrics, labels)


def _group(row: Row, by: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in by)


def _compared(
    now: Row | None, before: Row | None, by: Sequence[str], metrics: Mapping[str, Metric], labels: Sequence[str]
) -> dict[str, Any]:
    row = {name: (now or before or {})[name] for name in by}
    for name, metric in metrics.items():
        values = [_value(each, name, metric) for each in (now, before)]
        row |= {name: values[0], name + BEFORE: values[1], name + CHANGE: _change(*values)}
    return row | {
        name: (now or {}).get(name) if label(name).is_of_time else _one_label(name, now, before) for name in labels
    }


def _value(row: Row | None, name: str, metric: Metric) -> Any:
    if row is not None:
        return row[name]
    if not metric.is_zero_without_rows:
        return None
    return "0" if metric.type == "money" else 0


def _change(now: Any, before: Any) -> float | None:
    """By which share it has grown; None where one is not known, or there was nothing before."""
    if now is None or before is None or not Decimal(before):
        return None
    return round(float((Decimal(now) - Decimal(before)) / Decimal(before)), _CHANGE_DIGITS)


def _one_label(name: str, now: Row | None, before: Row | None) -> str | None:
    """What the numbers are; raises SeveralLabelsError where they are something else now than before."""
    found = list(dict.fromkeys(row[name] for row in (now, before) if row is not None and row[name]))
    if len(found) > 1:
        raise SeveralLabelsError(
            f"{name} of a group is {found[0]} now and was {found[1]}", where="--compare", do=f"add {name} to --by"
        )
    return found[0] if found else None
