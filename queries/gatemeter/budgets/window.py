"""The time that a budget is for: a calendar day, week or month, or the last hours or minutes."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from gatemeter.duration import parse_duration
from gatemeter.reports.period import TimeSpan

Unit = Literal["day", "week", "month"]

MOST_HOURS = timedelta(days=92)
MOST_MINUTES = timedelta(hours=48)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_HOW = "write day, week or month, or a length as 24h, 7d, 4w or 15m"


@dataclass(frozen=True, slots=True)
class SlidingWindow:
    """The last `length` up to the end of this `step`, an hour or a minute."""

    length: timedelta
    step: timedelta

    @property
    def is_of_minutes(self) -> bool:
        """Whether it is read from usage per minute."""
        return self.step == _MINUTE

    def span(self, now: datetime) -> TimeSpan:
        """The hours or minutes at `now`."""
        begin = now.replace(minute=0 if self.step == _HOUR else now.minute, second=0, microsecond=0)
        end = begin + self.step
        return TimeSpan(end - self.length, end)


def parse_window(text: str) -> Unit | SlidingWindow:
    """Read `day`, `week`, `month`, or a length. Raises ValueError."""
    match text:
        case "day" | "week" | "month":
            return text
    length = parse_duration(text, "mhdw")
    if length is None or not length:
        msg = f"{text[:40]!r} is no window: {_HOW}"
        raise ValueError(msg)
    step = _MINUTE if text.strip().lower().endswith("m") else _HOUR
    most = MOST_MINUTES if step == _MINUTE else MOST_HOURS
    if length > most:
        msg = f"{text} is longer than {most // _HOUR} hours, the longest window that slides by the {_word(step)}"
        raise ValueError(msg)
    return SlidingWindow(length, step)


def calendar_days(unit: Unit, anchor_day: int, today: date) -> tuple[date, date]:
    """The first day of the window that `today` is in, and of the next one; weeks begin on Monday."""
    if unit == "day":
        return today, today + timedelta(days=1)
    if unit == "week":
        monday = today - timedelta(days=today.weekday())
        return monday, monday + timedelta(days=7)
    first = _anchored(today.year, today.month, anchor_day)
    if first > today:
        return _anchored(*_month_beside(today.year, today.month, -1), anchor_day), first
    return first, _anchored(*_month_beside(today.year, today.month, 1), anchor_day)


def _anchored(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def _month_beside(year: int, month: int, months: int) -> tuple[int, int]:
    number = year * 12 + month - 1 + months
    return number // 12, number % 12 + 1


def _word(step: timedelta) -> str:
    return "minute" if step == _MINUTE else "hour"
