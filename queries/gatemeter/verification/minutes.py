"""Whether the minutes that are kept add up to their hours."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from string import Template

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch_composed
from gatemeter.clickhouse.retention import minutes_kept_from
from gatemeter.clock import SystemClock
from gatemeter.reports.period import TimeSpan
from gatemeter.schema import MINUTE_USAGE
from gatemeter.settling.statements import sum_sql
from gatemeter.verification.finding import Check, CheckResult, Finding

_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)
_NAMES = (*(column.name for column in MINUTE_USAGE.measures), "keys")
_KEYS = ", ".join(f"usage.{name}" for name in MINUTE_USAGE.dimension_names[1:])
_MOST_SHOWN = 80
_SKETCH = re.compile(r"mapFromArrays\((?P<buckets>[\w.]+), (?P<counts>[\w.]+)\)")
_RESIZED = r"mapFromArrays(\g<buckets>, arrayResize(\g<counts>, length(\g<buckets>)))"


def check_minutes(client: Client, span: TimeSpan) -> CheckResult:
    """The result of the check MINUTES over the hours of `span` whose minutes cannot have expired.

    Hours of epochs that were not counted per minute are left out. `epochs` counts hours of epochs. Raises as `fetch`
    does.
    """
    begin = max(span.start, minutes_kept_from(client, SystemClock().now()))
    if begin >= span.end:
        return CheckResult(Check.MINUTES, 0, 0, 0, [])
    [row] = fetch_composed(client, Check.MINUTES.query, _sql(), TimeSpan(begin, span.end).parameters)
    findings = [_finding(*differing) for differing in row["differing"]]
    return CheckResult(Check.MINUTES, row["hours"], row["rows"], row["differences"], findings)


@cache
def _sql() -> str:
    text = files("gatemeter.verification").joinpath("sql", "minutes.sql").read_text(encoding="utf-8")
    # Arrays of different lengths are for the check LATENCIES to report; a map cannot be made of them.
    sums = [_SKETCH.sub(_RESIZED, f"toString({sum_sql(column, 'usage')})") for column in MINUTE_USAGE.measures]
    keys = f"toString(sum(cityHash64({_KEYS}) * toUInt64(usage.requests)))"
    return Template(_COMMENT.sub("", text)).substitute(measures=f"[{', '.join([*sums, keys])}]")


def _finding(
    topic: str,
    log: str,
    partition: int,
    first_offset: int,
    next_offset: int,
    hour_s: int,
    found: Sequence[str],
    expected: Sequence[str],
) -> Finding:
    return Finding(
        check=Check.MINUTES,
        topic=topic,
        log=log,
        partition=partition,
        first_offset=first_offset,
        next_offset=next_offset,
        table=MINUTE_USAGE.name,
        detail=f"the hour {datetime.fromtimestamp(hour_s, UTC):%Y-%m-%dT%HZ}: {_difference(found, expected)}",
    )


def _difference(found: Sequence[str], expected: Sequence[str]) -> str:
    if not found:
        return "its minutes are missing"
    if not expected:
        return "there are minutes of it, and no hour"
    differing = [(name, it, should) for name, it, should in zip(_NAMES, found, expected, strict=True) if it != should]
    name, it, should = differing[0]
    if name == _NAMES[-1]:
        return "its minutes add up to the same, and are of other keys"
    return f"{name} of its minutes is {it[:_MOST_SHOWN]}, of the hour {should[:_MOST_SHOWN]}"
