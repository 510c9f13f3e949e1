"""The SQL of settling a table, made of its declaration and the files in `sql/`."""

import re
from functools import cache
from importlib.resources import files
from string import Template

from gatemeter.schema.rungs import Rung, RungTable
from gatemeter.schema.table import Column

_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)
UNITS = {
    Rung.DAY: "toStartOfDay(usage.hour, 'UTC')",
    Rung.MONTH: "toDateTime(toStartOfMonth(usage.hour, 'UTC'), 'UTC')",
}
"""SQL of the first hour of the unit that a row of `usage` is in."""
_OF_VALUES = re.compile(r"(?P<measured>\w+)_(?P<part>min_ns|max_ns|min_bytes|max_bytes|buckets|bucket_counts)")


def settle_sql(target: RungTable) -> str:
    """The INSERT that settles units of `target`."""
    return _template("settle").substitute(
        _slots(target),
        columns=", ".join(column.name for column in target.columns),
        source=f"{target.base_name}_by_{'hour' if target.rung is Rung.DAY else 'day'}",
        keys=", ".join(f"usage.{column.name}" for column in _keys(target)),
        sums=",\n    ".join(sum_sql(column, "usage") for column in target.measures),
    )


def written_sql(target: RungTable) -> str:
    """The rows that attempts have written."""
    keys = ("hour", *(column.name for column in _keys(target)))
    return _template("written").substitute(_slots(target), keys=", ".join(keys))


def row_counts_sql(target: RungTable) -> str:
    """The rows that units are made of."""
    source = target.rollup.name if target.rung is Rung.DAY else RungTable(target.rollup, Rung.DAY).name
    return _template("row_counts").substitute(_slots(target), source=source)


def replaced_attempts_sql(target: RungTable) -> str:
    """The attempts whose rows are to be deleted."""
    return _template("replaced_attempts").substitute(_slots(target))


def delete_attempts_sql(target: RungTable) -> str:
    """The DELETE of the rows of attempts."""
    return _template("delete_attempts").substitute(_slots(target))


def sum_sql(column: Column, rows: str) -> str:
    """What the values of a measure add up to over several of `rows`, in the type of `column`.

    Sums of numbers; of latencies and sizes the extremes and the merged sketch; of sets the union, in ascending order.
    """
    match = _OF_VALUES.fullmatch(column.name)
    if match is None:
        union = f"arraySort(groupUniqArrayArray({rows}.{column.name}))"
        return union if column.type.startswith("Array") else f"sum({rows}.{column.name})"
    measured, part = f"{rows}.{match['measured']}", match["part"]
    if part.startswith(("min", "max")):
        # A row of a correction has negative counts and no extremes. It is in a log of its own: counts of a unit have
        # one sign, so that no row with extremes adds up to 0.
        return f"{part[:3]}If({measured}_{part}, {measured}_count > 0)"
    # Of maps sumMap takes a sixth of the time that it takes of two arrays.
    merged = f"sumMap(mapFromArrays({measured}_buckets, {measured}_bucket_counts))"
    return f"mapKeys({merged})" if part == "buckets" else f"mapValues({merged})"


def _keys(target: RungTable) -> tuple[Column, ...]:
    """The keys but for the hour."""
    return target.keys[1:]


def _slots(target: RungTable) -> dict[str, str]:
    return {"target": target.name, "unit": UNITS[target.rung]}


@cache
def _template(name: str) -> Template:
    text = files("gatemeter.settling").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    return Template(_COMMENT.sub("", text).strip())
