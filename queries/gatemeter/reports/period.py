"""Calendar periods and spans of time, all in UTC.

A calendar period as people write it where a number is explained: a year, month, day or hour.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Self

from gatemeter.errors import SettingsError

_FORMS = (
    (re.compile(r"\d{4}-\d{2}", re.ASCII), "%Y-%m"),
    (re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), "%Y-%m-%d"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", re.ASCII), "%Y-%m-%dT%H:%M"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", re.ASCII), "%Y-%m-%dT%H:%M:%S"),
)
_HOW = "write 2026-02, 2026-02-01 or 2026-02-01T10:00 (UTC)"


class Period(StrEnum):
    """What a report adds its hours up to."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"

    @property
    def text_format(self) -> str:
        """How a period is written, for ClickHouse's formatDateTime: 2026, 2026-02, 2026-02-01, 2026-02-01T10:00:00Z."""
        return _TEXT_FORMATS[self]


_TEXT_FORMATS = {
    Period.HOUR: "%Y-%m-%dT%H:00:00Z",
    Period.DAY: "%Y-%m-%d",
    Period.MONTH: "%Y-%m",
    Period.YEAR: "%Y",
}

# The bounds of ClickHouse's DateTime, which stores the hours.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2106, 2, 7, 6, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """The hours from `start` up to, not including, `end`; both are full hours, aware, in UTC."""

    start: datetime = _EARLIEST
    end: datetime = _LATEST

    @classmethod
    def parse(cls, start: str | None, end: str | None) -> Self:
        """Read `--from` and `--to`; an absent side is open. Raises SettingsError for what is no such span."""
        span = cls(
            start=parse_moment(start, flag="--from") if start else _EARLIEST,
            end=parse_moment(end, flag="--to") if end else _LATEST,
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


def parse_moment(text: str, *, flag: str) -> datetime:
    """The full hour at which a month, a day or an hour begins. Raises SettingsError, naming `flag`."""
    plain = text.strip().removesuffix("Z")
    for form, python_format in _FORMS:
        if form.fullmatch(plain):
            return _full_hour(plain, python_format, text, flag)
    raise SettingsError(f"{text!r} is no date", where=flag, do=_HOW)


def _full_hour(plain: str, python_format: str, text: str, flag: str) -> datetime:
    try:
        moment = datetime.strptime(plain, python_format).replace(tzinfo=UTC)
    except ValueError as error:
        raise SettingsError(f"{text!r} is not in the calendar", where=flag, do=_HOW) from error
    if moment.minute or moment.second:
        raise SettingsError(f"{text!r} is no full hour", where=flag, do="usage is stored by the hour")
    if not _EARLIEST <= moment <= _LATEST:
        raise SettingsError(f"{text!r} is outside of {_EARLIEST:%Y} to {_LATEST:%Y-%m-%d}", where=flag)
    return moment


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
        f"{text!r} is no period", where=_FLAG, do="write 2026, 2026-02, 2026-02-01 or 2026-02-01T10 (UTC)"
    )


def _end_of(start: datetime, period: Period) -> datetime:
    match period:
        case Period.YEAR:
            return start.replace(year=start.year + 1)
        case Period.MONTH:
            return (start + timedelta(days=31)).replace(day=1)
        case Period.DAY:
            return start + timedelta(days=1)
        case Period.HOUR:
            return start + timedelta(hours=1)
