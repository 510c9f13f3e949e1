"""Whether the rungs agree: what days are settled to is what their hours add up to, and months what their days do."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from string import Template

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch, fetch_composed
from gatemeter.reports.period import TimeSpan
from gatemeter.schema.rungs import RUNG_TABLES, Rung, RungTable
from gatemeter.schema.table import Column
from gatemeter.settling.statements import UNITS, sum_sql
from gatemeter.verification.finding import Check, CheckResult, CountedFindings, Finding

_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)
_KEYS = "keys"


def check_rungs(client: Client, span: TimeSpan) -> CheckResult:
    """The result of the check RUNGS over the settled units of whole months that `span` has hours of.

    `rows` counts units. Raises as `fetch` does.
    """
    untouched = fetch(client, "verification/untouched_usage", span.parameters)
    units, found = 0, CountedFindings()
    found.count_all(len(untouched), [_untouched(**row) for row in untouched])
    settled = {(row["rung"], row["table"]) for row in fetch(client, "verification/settled_tables", {})}
    for target in (each for each in RUNG_TABLES if (each.rung.value, each.rollup.name) in settled):
        [row] = fetch_composed(client, "verification/rungs", _sql(target), _months(span))
        units += row["settled"]
        found.count_all(row["differences"], [_differing(target, *differing) for differing in row["differing"]])
    return CheckResult(Check.RUNGS, 0, units, found.differences, found.findings)


def _months(span: TimeSpan) -> dict[str, str]:
    start = span.start.replace(day=1, hour=0)
    end = span.end if span == TimeSpan() else (span.end - timedelta(hours=1)).replace(day=28, hour=0)
    end = end if span == TimeSpan() else (end + timedelta(days=4)).replace(day=1)
    return TimeSpan(start, end).parameters


@cache
def _sql(target: RungTable) -> str:
    text = files("gatemeter.verification").joinpath("sql", "rungs.sql").read_text(encoding="utf-8")
    return Template(_COMMENT.sub("", text)).substitute(
        rung=target.name,
        below=f"{target.base_name}_by_{'hour' if target.rung is Rung.DAY else 'day'}",
        table=target.rollup.name,
        settling=f"{target.rung.value}_settling",
        unit=UNITS[target.rung],
        totals=f"[{', '.join(_totals(target))}]",
    )


def _totals(target: RungTable) -> list[str]:
    """SQL of what rows add up to, as texts, in the order of `_names`.

    The last one is a sum of hashes of the keys, each as often as its counts say: it is another one where counts went
    from one key to another.
    """
    keys = ", ".join(f"usage.{column.name}" for column in target.keys[1:])
    counts = " + ".join(f"toUInt64(usage.{column.name})" for column in target.measures if _is_count(column))
    return [
        *(f"toString({sum_sql(column, 'usage')})" for column in target.measures),
        f"toString(sum(cityHash64({keys}) * ({counts})))",
    ]


def _is_count(column: Column) -> bool:
    return column.type in ("Int64", "Int128") and sum_sql(column, "usage").startswith("sum(")


def _names(target: RungTable) -> list[str]:
    return [*(column.name for column in target.measures), _KEYS]


def _untouched(table: str, log: str, partition: int, hour: int) -> Finding:
    return _finding(
        table, f"partition {partition} of log {log}: {_text(hour)}: rows that no touch tells of: no total has them"
    )


def _differing(
    target: RungTable, log: str, partition: int, unit_s: int, found: Sequence[str], expected: Sequence[str]
) -> Finding:
    which = f"partition {partition} of log {log}: the {target.rung.value} {_text(unit_s)}"
    return _finding(target.name, f"{which}: {_difference(target, found, expected)}")


def _text(unit_s: int) -> str:
    return f"{datetime.fromtimestamp(unit_s, UTC):%Y-%m-%dT%HZ}"


def _finding(table: str, detail: str) -> Finding:
    return Finding(
        check=Check.RUNGS, topic="", log="", partition=0, first_offset=0, next_offset=0, table=table, detail=detail
    )


def _difference(target: RungTable, found: Sequence[str], expected: Sequence[str]) -> str:
    if not found:
        return "its rows are missing"
    if not expected:
        return f"it has rows, and nothing below it in {target.rollup.name}"
    differing = [
        (name, it, should) for name, it, should in zip(_names(target), found, expected, strict=True) if it != should
    ]
    name, it, should = differing[0]
    if name == _KEYS:
        return "its rows add up to the same, and are of other keys than the hours"
    more = f" (and {len(differing) - 1} more columns)" if len(differing) > 1 else ""
    return f"{name} is {it[:80]}, the rows below add up to {should[:80]}{more}"
