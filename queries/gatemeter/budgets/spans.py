"""Which hours calendar windows have, remembered until they are over: ClickHouse alone is asked about time zones."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from clickhouse_connect.driver.client import Client

from gatemeter.budgets.window import SlidingWindow, Unit, calendar_days
from gatemeter.clickhouse.query import fetch
from gatemeter.reports.period import TimeSpan, WrittenSpan
from gatemeter.reports.zoned_span import span_in_zone

LATE = timedelta(hours=24)
"""For so long after its end a calendar window is still looked at: events of it may be stored late."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A window by the calendar: days begin at midnight in `time_zone`, months on `anchor_day`."""

    unit: Unit
    time_zone: str = "UTC"
    anchor_day: int = 1


class Spans:
    """The windows at a time. Not for several threads."""

    def __init__(self) -> None:
        self._found: dict[Calendar, tuple[TimeSpan, TimeSpan]] = {}

    def at(self, client: Client, window: Calendar | SlidingWindow, now: datetime) -> list[TimeSpan]:
        """The window that `now` is in, and before it the last one where that has just ended.

        Raises SettingsError for a time zone that usage cannot be told in, and as `fetch` does.
        """
        if isinstance(window, SlidingWindow):
            return [window.span(now)]
        known = self._found.get(window)
        if known is None or not known[1].start <= now < known[1].end:
            known = self._found[window] = _last_two(client, window, now)
        before, current = known
        return [before, current] if now < before.end + LATE else [current]

    def in_utc(self, client: Client, window: Calendar | SlidingWindow, now: datetime) -> TimeSpan:
        """The window that `now` is in, where its days are those of UTC. Raises as `fetch` does."""
        return self.at(client, window if isinstance(window, SlidingWindow) else replace(window, time_zone="UTC"), now)[
            -1
        ]


def _last_two(client: Client, calendar: Calendar, now: datetime) -> tuple[TimeSpan, TimeSpan]:
    # The zone is checked before it is used: an unknown one would be an error of ClickHouse.
    span_in_zone(client, WrittenSpan.parse(str(now.date()), None), calendar.time_zone)
    [row] = fetch(client, "budgets/local_day", {"now": f"{now:%Y-%m-%d %H:%M:%S}", "time_zone": calendar.time_zone})
    first, end = calendar_days(calendar.unit, calendar.anchor_day, date.fromisoformat(row["day"]))
    begin, _ = calendar_days(calendar.unit, calendar.anchor_day, first - timedelta(days=1))
    return _span(client, begin, first, calendar), _span(client, first, end, calendar)


def _span(client: Client, first: date, end: date, calendar: Calendar) -> TimeSpan:
    return span_in_zone(client, WrittenSpan.parse(str(first), str(end)), calendar.time_zone)
