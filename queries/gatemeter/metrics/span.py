"""Spans of a query that depend on now, or on the span itself: the last hours, days or weeks, and the time before."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from clickhouse_connect.driver.client import Client

from gatemeter.duration import parse_duration
from gatemeter.errors import SettingsError
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.output.text import shortened
from gatemeter.reports.period import TimeSpan, WrittenSpan
from gatemeter.reports.written_time import EARLIEST, LATEST, WrittenTime
from gatemeter.reports.zoned_span import span_in_zone

_HOUR = timedelta(hours=1)
_MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class AskedSpan:
    """What was asked for at `now`: `written` hours, or those of `recent` where the last ones were asked for.

    With `is_compared`, the time before, too.
    """

    written: WrittenSpan
    now: datetime
    recent: TimeSpan | None = None
    is_compared: bool = False

    @classmethod
    def parse(
        cls, start: str | None, end: str | None, last: str | None, now: datetime, *, is_compared: bool = False
    ) -> Self:
        """Read `--from`, `--to` and `--last`. Raises SettingsError."""
        written = WrittenSpan.parse(start, end)
        if last is None:
            return cls(written, now, None, is_compared)
        if written.start or written.end:
            raise SettingsError("--last is given beside --from or --to", do="give one of them")
        return cls(written, now, last_span(last, now), is_compared)

    def of(self, client: Client, query: MetricsQuery) -> MetricsQuery:
        """`query` with the hours, and the hours before, in its time zone. Raises as `span_in_zone` does."""
        zone = query.time_zone
        if self.recent is not None:
            before = span_before(self.recent) if self.is_compared else None
            return replace(query, span=self.recent, before=before, now=self.now)
        before = span_in_zone(client, written_span_before(self.written), zone) if self.is_compared else None
        return replace(query, span=span_in_zone(client, self.written, zone), before=before, now=self.now)


def last_span(text: str, now: datetime) -> TimeSpan:
    """The full hours of the last `24h`, `7d` or `4w` up to the end of the hour of `now`; a day is 24 hours.

    Raises SettingsError.
    """
    length = parse_duration(text, "hdw")
    if not length:
        raise SettingsError(f"{shortened(text)!r} is no length of time", where="--last", do="write 24h, 7d or 4w")
    end = now.replace(minute=0, second=0, microsecond=0) + _HOUR
    return TimeSpan(max(end - length, EARLIEST) if length < end - EARLIEST else EARLIEST, min(end, LATEST))


def span_before(span: TimeSpan) -> TimeSpan:
    """The span of the same length that ends where `span` begins. Raises SettingsError where there is none."""
    if not span.is_closed:
        raise _nothing_before()
    return TimeSpan(_not_before_all(span.start - (span.end - span.start)), span.start)


def written_span_before(span: WrittenSpan) -> WrittenSpan:
    """The span before, by the clock: of whole months as many months before, else as many hours of the clock.

    Raises SettingsError for an open span, or where there is nothing before.
    """
    start, end = span.start, span.end
    if start is None or end is None:
        raise _open_refusal()
    months = _months_between(start, end)
    clock = _months_earlier(start.clock, months) if months else start.clock - (end.clock - start.clock)
    return WrittenSpan(replace(start, clock=clock, text=f"{clock:%Y-%m-%dT%H:%M}"), start)


def _months_between(start: WrittenTime, end: WrittenTime) -> int:
    """How many calendar months lie between two begins of months; 0 for other times."""
    begins = [each.clock for each in (start, end) if (each.clock.day, each.clock.hour) == (1, 0)]
    if len(begins) < 2 or start.offset != end.offset:
        return 0
    first, last = begins
    return (last.year - first.year) * _MONTHS_OF_A_YEAR + last.month - first.month


def _months_earlier(clock: datetime, months: int) -> datetime:
    number = clock.year * _MONTHS_OF_A_YEAR + clock.month - 1 - months
    year = number // _MONTHS_OF_A_YEAR
    _not_before_all(EARLIEST.replace(year=max(year, 1)))
    return clock.replace(year=year, month=number % _MONTHS_OF_A_YEAR + 1)


def _not_before_all(start: datetime) -> datetime:
    if start < EARLIEST:
        raise _nothing_before()
    return start


def _nothing_before() -> SettingsError:
    return SettingsError("there is no time before it to compare with", do="ask for a later begin, or for fewer hours")


def _open_refusal() -> SettingsError:
    return SettingsError(
        "a time without begin or end has none before it to compare with",
        do="ask for both, or for the last hours, days or weeks",
    )
