"""Which hours windows have; those of calendars are remembered until they are over.

ClickHouse alone is asked about time zones (`reports.zoned_span`).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from clickhouse_connect.driver.client import Client

from gatemeter.budgets.window import SlidingWindow, Unit, calendar_days
from gatemeter.clickhouse.query import fetch
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.zoned_span import UTC_ZONE, day_begin, require_time_zone

LATE = timedelta(hours=24)
"""For so long after its end a calendar window is still looked at: events of it may be stored late."""

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A window by the calendar: days begin at midnight in `time_zone`, months on `anchor_day`."""

    unit: Unit
    time_zone: str = UTC_ZONE
    anchor_day: int = 1


@dataclass(frozen=True, slots=True)
class Window:
    """The time of a budget: `span`, of which `read` can be read. Usage is stored per hour of UTC.

    `cut_hours` are the hours of which only a part is in it, for it begins or ends within an hour. `billed_from` is the
    first day of the billing month in which it begins.
    """

    span: TimeSpan
    read: TimeSpan
    billed_from: date
    cut_hours: tuple[TimeSpan, ...] = ()


class Windows:
    """The windows at a time. Not for several threads."""

    def __init__(self) -> None:
        self._found: dict[Calendar, tuple[Window, Window]] = {}

    def at(self, client: Client, window: Calendar | SlidingWindow, now: datetime) -> list[Window]:
        """The window that `now` is in, and before it the last one where that has just ended.

        Raises SettingsError for a time zone that ClickHouse does not know, and as `fetch` does.
        """
        if isinstance(window, SlidingWindow):
            span = window.span(now)
            return [Window(span, span, span.start.date().replace(day=1))]
        known = self._found.get(window)
        if known is None or not known[1].span.start <= now < known[1].span.end:
            known = self._found[window] = _last_two(client, window, now)
        before, current = known
        return [before, current] if now < before.span.end + LATE else [current]

    def in_utc(self, client: Client, window: Calendar | SlidingWindow, now: datetime) -> Window:
        """The window that `now` is in, where its days are those of UTC. Raises as `fetch` does."""
        asked = window if isinstance(window, SlidingWindow) else replace(window, time_zone=UTC_ZONE)
        return self.at(client, asked, now)[-1]


def _last_two(client: Client, calendar: Calendar, now: datetime) -> tuple[Window, Window]:
    # The zone is checked before it is used: an unknown one would be an error of ClickHouse.
    require_time_zone(client, calendar.time_zone)
    [row] = fetch(client, "budgets/local_day", {"now": f"{now:%Y-%m-%d %H:%M:%S}", "time_zone": calendar.time_zone})
    first, end = calendar_days(calendar.unit, calendar.anchor_day, date.fromisoformat(row["day"]))
    before, _ = calendar_days(calendar.unit, calendar.anchor_day, first - timedelta(days=1))
    begins = [day_begin(client, each, calendar.time_zone) for each in (before, first, end)]
    return (
        _window(TimeSpan(begins[0], begins[1]), before, calendar.anchor_day),
        _window(TimeSpan(begins[1], begins[2]), first, calendar.anchor_day),
    )


def _window(span: TimeSpan, first_day: date, anchor_day: int) -> Window:
    first, last = (each.replace(minute=0, second=0) for each in (span.start, span.end))
    begun = first if first == span.start else first + _HOUR
    cut = tuple(TimeSpan(hour, hour + _HOUR) for hour in (first, last) if hour not in (span.start, span.end))
    billed_from, _ = calendar_days("month", anchor_day, first_day)
    return Window(span, TimeSpan(begun, last), billed_from, cut)
