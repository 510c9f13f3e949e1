"""What was counted of a gateway's events, by hour, service and route, and how much of it lies in a window."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch, fetch_rows
from gatemeter.losses.reading import Scope
from gatemeter.losses.window import Window
from gatemeter.reports.written_time import EARLIEST, LATEST

CLOCKS_DIFFER = timedelta(minutes=1)
"""How far the clocks of a gateway and of whoever asked for its counters may be apart, and how old a count may be that
its workers have not added up yet."""

MOST_RUNNING = timedelta(hours=24)
"""A request that takes longer may be counted in another window than its event."""

_HOUR = timedelta(hours=1)


class Target(NamedTuple):
    """The service and route of a request, each by id and by name, '' where it has none."""

    service_id: str = ""
    service_name: str = ""
    route_id: str = ""
    route_name: str = ""

    def is_of(self, service: str, route: str = "") -> bool:
        """Whether a gateway that names services and routes by name, else by id, means it; '' means any."""
        return (not service or service in (self.service_name, self.service_id)) and (
            not route or route in (self.route_name, self.route_id)
        )

    @property
    def has_service(self) -> bool:
        """Whether the request had a service."""
        return bool(self.service_id or self.service_name)


class HourlyRequests(NamedTuple):
    """The requests of one target that began within an hour; `is_own_answer` of those the gateway answered itself."""

    hour: datetime
    target: Target
    is_own_answer: bool
    requests: int


class CountedRange(NamedTuple):
    """At least and at most so many."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class HourlySeries:
    """Requests by hour: `all_before[n]` and `proxied_before[n]` are those of the first n of the ordered `hours`."""

    hours: Sequence[datetime]
    all_before: Sequence[int]
    proxied_before: Sequence[int]

    @classmethod
    def of(cls, rows: Iterable[HourlyRequests]) -> "HourlySeries":
        """Add rows up, which are ordered by hour."""
        hours, totals, proxied = [], [0], [0]
        for hour, of_hour in groupby(rows, key=lambda row: row.hour):
            found = list(of_hour)
            hours.append(hour)
            totals.append(totals[-1] + sum(row.requests for row in found))
            proxied.append(proxied[-1] + sum(row.requests for row in found if not row.is_own_answer))
        return cls(hours, totals, proxied)

    def within(self, start: datetime, end: datetime, *, is_proxied: bool) -> int:
        """The requests of the hours that lie between the two as a whole."""
        before = self.proxied_before if is_proxied else self.all_before
        first, behind = bisect_left(self.hours, start), bisect_right(self.hours, end - _HOUR)
        return before[behind] - before[first] if behind > first else 0

    def touching(self, start: datetime, end: datetime) -> int:
        """The requests of the hours of which any part lies between the two."""
        first, behind = bisect_right(self.hours, start - _HOUR), bisect_left(self.hours, end)
        return self.all_before[behind] - self.all_before[first] if behind > first else 0


@dataclass(frozen=True, slots=True)
class OwnRequests:
    """What is counted of a gateway's events, and what says how far that can be compared.

    `dead_letters` are those that stand, by the hour in which they came, None where that is not known. `first_hour` and
    `last_stored` are None in an empty store. `longest` is how long the longest request took.
    """

    by_target: Mapping[Target, HourlySeries]
    first_hour: datetime | None = None
    last_stored: datetime | None = None
    duplicates: int = 0
    dead_letters: Mapping[datetime | None, int] = field(default_factory=dict)
    longest: timedelta = timedelta()

    @classmethod
    def of_rows(cls, rows: Iterable[HourlyRequests], **facts: Any) -> "OwnRequests":
        """Of rows in any order; `facts` are the other fields."""
        ordered = sorted(rows, key=lambda row: (row.target, row.hour))
        by_target = groupby(ordered, key=lambda row: row.target)
        return cls({target: HourlySeries.of(found) for target, found in by_target}, **facts)

    def counted(self, window: Window, scope: Scope, service: str = "", route: str = "") -> CountedRange:
        """The requests that a counter of `scope` has counted in `window`, as far as their events were counted.

        An event has the time at which its request began, to the hour; a counter counts it then, or up to `longest`
        later, by a clock that is up to `CLOCKS_DIFFER` wrong. Which requests a license counts is not known: at least
        those that were proxied, at most all.
        """
        surely = window.start.latest + CLOCKS_DIFFER, window.end.earliest - CLOCKS_DIFFER - self.longest
        perhaps = window.start.earliest - CLOCKS_DIFFER - self.longest, window.end.latest + CLOCKS_DIFFER
        chosen = [
            series
            for target, series in self.by_target.items()
            if (scope is not Scope.SERVICES or target.has_service) and target.is_of(service, route)
        ]
        return CountedRange(
            sum(series.within(*surely, is_proxied=scope is Scope.LICENSED) for series in chosen),
            sum(series.touching(*perhaps) for series in chosen),
        )

    def dead_letters_since(self, window: Window) -> int:
        """Dead letters of which events of `window` may be: those that came after its start, or nobody knows when."""
        start = window.start.earliest
        return sum(
            count for hour, count in self.dead_letters.items() if hour is None or hour + _HOUR + CLOCKS_DIFFER > start
        )

    def services(self) -> set[str]:
        """The services that events tell, by name, else by id."""
        return {target.service_name or target.service_id for target in self.by_target if target.has_service}


def fetch_own_requests(client: Client, windows: Iterable[Window], topics: Sequence[str] = ()) -> OwnRequests:
    """What is counted in the hours that may be in one of `windows`; of `topics` (or files), or of all.

    Raises as `fetch` does.
    """
    found = list(windows)
    margin = MOST_RUNNING + 2 * _HOUR
    first = min(each.start.earliest for each in found)
    span = {
        "from": f"{EARLIEST if first == EARLIEST else first - margin:%Y-%m-%d %H:%M:%S}",
        "to": f"{min(LATEST, max(each.end.latest for each in found) + margin):%Y-%m-%d %H:%M:%S}",
        "topics": list(topics),
    }
    [facts] = fetch(client, "losses/store_facts", {"topics": list(topics)})
    hours: list[HourlyRequests] = []
    longest_ms = 0
    for row in fetch_rows(client, "losses/own_requests", span):
        target = Target(row["service_id"], row["service_name"], row["route_id"], row["route_name"])
        hours.append(HourlyRequests(_moment(row["hour_s"]), target, bool(row["is_own_answer"]), int(row["requests"])))
        longest_ms = max(longest_ms, int(row["longest_ms"]))
    letters = zip(facts["dead_letter_hours_s"], facts["dead_letter_counts"], strict=True)
    return OwnRequests.of_rows(
        hours,
        first_hour=_moment(facts["first_hour_s"]) if facts["first_hour_s"] else None,
        last_stored=_moment(facts["last_stored_s"]) if facts["last_stored_s"] else None,
        duplicates=int(facts["duplicates"]),
        dead_letters={_moment(hour_s) if hour_s else None: int(count) for hour_s, count in letters},
        longest=min(MOST_RUNNING, timedelta(milliseconds=longest_ms)),
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
