"""Calendar periods and spans of hours, as people write them on the command line.

Usage is stored per UTC hour. A span is kept in UTC; only how it is written depends on a time zone.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gatemeter.errors import SettingsError

_FORMS = (
    (re.compile(r"\d{4}-\d{2}", re.ASCII), "%Y-%m"),
    (re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), "%Y-%m-%d"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", re.ASCII), "%Y-%m-%dT%H:%M"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", re.ASCII), "%Y-%m-%dT%H:%M:%S"),
)
_HOW = "write 2026-02, 2026-02-01 or 2026-02-01T10:00"


class Period(StrEnum):
    """What a report adds its hours up to. A week is an ISO week: it begins on Monday, whose date names it."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


# The bounds of ClickHouse's DateTime, which stores the hours.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2106, 2, 7, 6, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """The hours from `start` up to, not including, `end`; both are full hours, aware, in UTC."""

    start: datetime = _EARLIEST
    end: datetime = _LATEST

    @classmethod
    def parse(cls, start: str | None, end: str | None, zone: tzinfo = UTC) -> Self:
        """Read `--from` and `--to` as times in `zone`; an absent side is open. Raises SettingsError."""
        span = cls(
            start=parse_moment(start, flag="--from", zone=zone) if start else _EARLIEST,
            end=parse_moment(end, flag="--to", zone=zone) if end else _LATEST,
        )
        if span.start >= span.end:
            raise SettingsError(
                f"--from {start or 'the beginning'} is not before --to {end or 'the end'}",
                do="the span holds --from and ends before --to",
            )
        return span

    @property
    def parameters(self) -> dict[str, str]:
        """The span as query parameters `from` and `to` of type DateTime('UTC')."""
        # As text: the client would write a datetime in the server's time zone.
        return {"from": f"{self.start:%Y-%m-%d %H:%M:%S}", "to": f"{self.end:%Y-%m-%d %H:%M:%S}"}


def parse_zone(name: str) -> tzinfo:
    """The time zone that the IANA database calls `name`. Raises SettingsError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(
            f"{name!r} is not a time zone", where="--tz", do="name one as Europe/Berlin or UTC"
        ) from error


def parse_moment(text: str, *, flag: str, zone: tzinfo = UTC) -> datetime:
    """The UTC time at which a month, a day or an hour of `zone` begins; with a Z behind it, of UTC.

    Of an hour that a clock shows twice it is the first; a day without midnight begins with its first hour. Raises
    SettingsError, naming `flag`.
    """
    plain = text.strip().removesuffix("Z")
    if text.strip().endswith("Z"):
        zone = UTC
    for form, python_format in _FORMS:
        if form.fullmatch(plain):
            return _full_hour(plain, python_format, text, flag, zone)
    raise SettingsError(f"{text!r} is not a date", where=flag, do=_HOW)


def _full_hour(plain: str, python_format: str, text: str, flag: str, zone: tzinfo) -> datetime:
    try:
        shown = datetime.strptime(plain, python_format).replace(tzinfo=zone)
    except ValueError as error:
        raise SettingsError(f"{text!r} is not in the calendar", where=flag, do=_HOW) from error
    if shown.minute or shown.second:
        raise SettingsError(f"{text!r} is not a full hour", where=flag, do="usage is stored by the hour")
    moment = shown.astimezone(UTC)
    if "T" in plain and moment.astimezone(zone).replace(tzinfo=None) != shown.replace(tzinfo=None):
        raise SettingsError(
            f"{text!r} does not exist in {zone}: clocks are put forward then", where=flag, do="name the hour after it"
        )
    if moment.minute or moment.second:
        raise part_of_hour_refusal(str(zone), text)
    if not _EARLIEST <= moment <= _LATEST:
        raise SettingsError(f"{text!r} is outside of {_EARLIEST:%Y} to {_LATEST:%Y-%m-%d}", where=flag)
    return moment


def part_of_hour_refusal(zone: str, when: str) -> SettingsError:
    """The error for a zone whose days begin within a UTC hour."""
    return SettingsError(
        f"{zone} is not whole hours from UTC at {when}, and usage is stored per UTC hour",
        where="--tz",
        do="name a zone whose offsets are whole hours, or UTC",
    )


_FLAG = "--period"
_PERIOD_FORMS = (
    (re.compile(r"\d{4}", re.ASCII), Period.YEAR, "-01"),
    (re.compile(r"\d{4}-\d{2}", re.ASCII), Period.MONTH, ""),
    (re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), Period.DAY, ""),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}", re.ASCII), Period.HOUR, ":00"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII), Period.HOUR, ""),
)


def parse_period(text: str) -> tuple[Period, TimeSpan]:
    """The kind of the period that `text` names, and its hours (UTC): 2026, 2026-02, 2026-02-01, 2026-02-01T10.

    Raises SettingsError.
    """
    plain = text.strip().removesuffix("Z")
    for form, period, rest in _PERIOD_FORMS:
        if form.fullmatch(plain):
            start = parse_moment(plain + rest, flag=_FLAG)
            return period, TimeSpan(start, min(_end_of(start, period), TimeSpan().end))
    raise SettingsError(
        f"{text!r} is not a period", where=_FLAG, do="write 2026, 2026-02, 2026-02-01 or 2026-02-01T10 (UTC)"
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
