"""Which hours of a span are read from which rung: whole months, whole days, and the hours at the edges.

A day (UTC) answers only where all its hours are of one period: in another time zone than UTC the days in which a week,
month or year begins are read by the hour, and periods of a day or an hour always are.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from string import Template

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.usage_parameters import UsageParameters
from gatemeter.reports.zoned_span import UTC_ZONE
from gatemeter.schema.rungs import Rung

MOST_EDGE_DAYS = 1_000
"""Of more days that are read by the hour all are: they are a parameter of the statement."""

_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)
_FORM = "%Y-%m-%d %H:%M:%S"
_OF_MONTHS = (None, Period.MONTH, Period.YEAR)
_OF_DAYS = (*_OF_MONTHS, Period.WEEK)


@dataclass(frozen=True, slots=True)
class RungSpans:
    """`span` is read from months in `months`, from days in the rest of `days`, and else from hours.

    Both may be empty (None). `edge_days` are begins of days (UTC) in `days` that are read from hours all the same.
    """

    span: TimeSpan
    days: TimeSpan | None = None
    months: TimeSpan | None = None
    edge_days: Sequence[datetime] = ()

    def sql(self, table: str) -> str:
        """SQL of rows that the rows of `table`, one of usage per hour, add up to; it takes `parameters`."""
        base = table.removesuffix("_hourly")
        return "\n    UNION ALL\n    ".join(_rows_sql(rung).substitute(base=base) for rung in self._rungs())

    @property
    def parameters(self) -> dict[str, object]:
        """The query parameters of `sql`, but for those of the span itself."""
        nothing = TimeSpan(self.span.end, self.span.end)
        days = self.days or nothing
        months = self.months or TimeSpan(days.end, days.end)
        bounds = {"days": days, "months": months}
        return {
            **{f"{name}_from": f"{each.start:{_FORM}}" for name, each in bounds.items()},
            **{f"{name}_to": f"{each.end:{_FORM}}" for name, each in bounds.items()},
            "edge_days": [int(day.timestamp()) for day in self.edge_days],
        }

    def _rungs(self) -> Iterator[str]:
        if self.months:
            yield Rung.MONTH
        if self.days and self.days != self.months:
            yield Rung.DAY
        if self.days is None:
            yield "hour_alone"
        elif self.span != self.days or self.edge_days:
            yield "hour"


@cache
def _rows_sql(rung: str) -> Template:
    text = files("gatemeter.reports").joinpath("sql", "rows", f"{rung}.sql").read_text(encoding="utf-8")
    return Template(_COMMENT.sub("", text).strip())


def rung_spans(
    span: TimeSpan,
    period: Period | None,
    rungs: Collection[Rung],
    *,
    is_utc: bool = True,
    edge_days: Sequence[datetime] | None = (),
) -> RungSpans:
    """Where to read `span` from if `rungs` may be read, so that each row is of one `period`.

    `edge_days` are the days in which a period begins that does not begin with the day; None: they are not known.
    """
    if Rung.DAY not in rungs or edge_days is None or period not in ((*_OF_DAYS, Period.DAY) if is_utc else _OF_DAYS):
        return RungSpans(span)
    days = _whole(span, _day_begin, timedelta(days=1))
    if days is None:
        return RungSpans(span)
    has_months = Rung.MONTH in rungs and (period is None or (is_utc and period in _OF_MONTHS))
    months = _whole(days, _month_begin, timedelta(days=31)) if has_months else None
    return RungSpans(span, days, months, [day for day in edge_days if days.start <= day < days.end])


def settled_spans(client: Client, parameters: UsageParameters, tables: Sequence[str]) -> RungSpans:
    """Where to read the rows of `tables`, those of usage per hour, for a report that takes `parameters`.

    Raises as `fetch` does.
    """
    rungs = [Rung(row["rung"]) for row in fetch(client, "settled_rungs", {"usage_tables": list(tables)})]
    span, period, time_zone = parameters.span, parameters.period, parameters.time_zone
    if time_zone == UTC_ZONE or period is None or not rungs:
        return rung_spans(span, period, rungs)
    edge_days = _edge_days(client, parameters) if span.is_closed and period in _OF_DAYS else None
    return rung_spans(span, period, rungs, is_utc=False, edge_days=edge_days)


def _edge_days(client: Client, parameters: UsageParameters) -> Sequence[datetime] | None:
    """The days in which a period of the time zone begins; None if there are too many."""
    rows = fetch(client, "edge_days", parameters.query_parameters)
    return None if len(rows) > MOST_EDGE_DAYS else [datetime.fromtimestamp(row["day_s"], UTC) for row in rows]


_BeginOf = Callable[[datetime], datetime]


def _day_begin(moment: datetime) -> datetime:
    return moment.replace(hour=0)


def _month_begin(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0)


def _whole(span: TimeSpan, begin_of: _BeginOf, longest: timedelta) -> TimeSpan | None:
    """The part of `span` that is made of whole days or months; None where there is none."""
    start = begin_of(span.start)
    if start < span.start:
        start = begin_of(start + longest)
    end = begin_of(span.end)
    return TimeSpan(start, end) if start < end else None
