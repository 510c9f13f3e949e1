"""Calendar periods and spans of hours, as people write them on the command line.

Usage is stored per UTC hour. A span is kept in UTC; only how it is written depends on a time zone.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Self

from gatemeter.errors import SettingsError
from gatemeter.output.text import shortened
from gatemeter.reports.written_time import EARLIEST, LATEST, WrittenTime, parse_moment


class Period(StrEnum):
    """What usage is added up to. A week is an ISO week: it begins on Monday, whose date names it.

    Minutes are known of few questions (`metrics.minutes`); reports add hours up.
    """

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


ReportPeriod = Literal[Period.HOUR, Period.DAY, Period.WEEK, Period.MONTH, Period.YEAR]
"""What reports can add up to."""


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """The hours from `start` up to, not including, `end`; both are full hours, aware, in UTC."""

    start: datetime = EARLIEST
    end: datetime = LATEST

    @classmethod
    def parse(cls, start: str | None, end: str | None) -> "TimeSpan":
        """Read `--from` and `--to` as times in UTC; an absent side is open. Raises SettingsError."""
        return WrittenSpan.parse(start, end).in_utc()

    @property
    def is_closed(self) -> bool:
        """Whether both sides were given."""
        return self.start > EARLIEST and self.end < LATEST

    @property
    def parameters(self) -> dict[str, str]:
        """The span as query parameters `from` and `to` of type DateTime('UTC')."""
        # As text: the client would write a datetime in the server's time zone.
        return {"from": f"{self.start:%Y-%m-%d %H:%M:%S}", "to": f"{self.end:%Y-%m-%d %H:%M:%S}"}


@dataclass(frozen=True, slots=True)
class WrittenSpan:
    """What `--from` and `--to` say, before a time zone makes hours of it; an absent side is open."""

    start: WrittenTime | None = None
    end: WrittenTime | None = None

    @classmethod
    def parse(cls, start: str | None, end: str | None) -> Self:
        """Read both. Raises SettingsError."""
        return cls(
            WrittenTime.parse(start, flag="--from") if start else None,
            WrittenTime.parse(end, flag="--to") if end else None,
        )

    def in_utc(self) -> TimeSpan:
        """The hours, where times without an offset are UTC. Raises SettingsError."""
        return self.between(*(None if each is None else each.in_utc() for each in (self.start, self.end)))

    def between(self, start: datetime | None, end: datetime | None) -> TimeSpan:
        """The hours between what the two sides are in UTC. Raises SettingsError if there are none."""
        span = TimeSpan(start or EARLIEST, end or LATEST)
        if span.start >= span.end:
            start_text = self.start.text if self.start else "the beginning"
            end_text = self.end.text if self.end else "the end"
            raise SettingsError(
                f"--from {start_text} is not before --to {end_text}", do="the span holds --from and ends before --to"
            )
        return span


_FLAG = "--period"
_PERIOD_FORMS = (
    (re.compile(r"\d{4}", re.ASCII), Period.YEAR, "-01"),
    (re.compile(r"\d{4}-\d{2}", re.ASCII), Period.MONTH, ""),
    (re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), Period.DAY, ""),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}", re.ASCII), Period.HOUR, ":00"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}([+-]\d{2}:\d{2})?)?", re.ASCII), Period.HOUR, ""),
)


def parse_period(text: str) -> tuple[Period, TimeSpan]:
    """The kind of the period that `text` names, and its hours (UTC): 2026, 2026-02, 2026-02-01, 2026-02-01T10.

    An hour may be written as reports print it, with an offset.

    Raises SettingsError.
    """
    plain = text.strip().removesuffix("Z")
    for form, period, rest in _PERIOD_FORMS:
        if form.fullmatch(plain):
            start = parse_moment(plain + rest, flag=_FLAG)
            return period, TimeSpan(start, min(_end_of(start, period), TimeSpan().end))
    raise SettingsError(
        f"{shortened(text)!r} is not a period", where=_FLAG, do="write 2026, 2026-02, 2026-02-01 or 2026-02-01T10 (UTC)"
    )


def _end_of(start: datetime, period: Period) -> datetime:
    match period:
        case Period.YEAR:
            return start.replace(year=start.year + 1)
        case Period.MONTH:
            return (start + timedelta(days=31)).replace(day=1)
        case Period.DAY:
            return start + timedelta(days=1)
        case Period.WEEK:
            return start + timedelta(days=7)
        case Period.HOUR:
            return start + timedelta(hours=1)
        case Period.MINUTE:
            return start + timedelta(minutes=1)
