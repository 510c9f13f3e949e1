"""The span that a count is of, where its edges are not known to the second."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from gatemeter.reports.written_time import EARLIEST

_FARTHEST_EAST, _FARTHEST_WEST = timedelta(hours=14), timedelta(hours=12)
"""How long before a month of UTC it begins, and how long after, in the time zones that there are."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A moment that lies between two others, both aware, in UTC; they are the same where it is known."""

    earliest: datetime
    latest: datetime

    @classmethod
    def at(cls, moment: datetime) -> "Edge":
        """An edge that is known."""
        return cls(moment, moment)


@dataclass(frozen=True, slots=True)
class Window:
    """What was counted from `start` up to `end`."""

    start: Edge
    end: Edge

    @property
    def is_since_unknown(self) -> bool:
        """Whether the count began at a time that nobody knows."""
        return self.start.earliest == EARLIEST

    @property
    def month(self) -> str:
        """The month (UTC) that holds the window's middle, as 2026-02; '' where the start is not known."""
        if self.is_since_unknown:
            return ""
        return f"{self.middle:%Y-%m}"

    @property
    def middle(self) -> datetime:
        """The moment in the middle of what certainly lies within."""
        return self.start.latest + (self.end.earliest - self.start.latest) / 2


def enclosing(windows: Iterable[Window]) -> Window:
    """The window of counts of several nodes that are added up: its edges hold those of all."""
    found = list(windows)
    return Window(
        Edge(min(each.start.earliest for each in found), max(each.start.latest for each in found)),
        Edge(min(each.end.earliest for each in found), max(each.end.latest for each in found)),
    )


def since_unknown(end: datetime) -> Window:
    """The window of a counter of which nobody knows when it began."""
    return Window(Edge(EARLIEST, end), Edge.at(end))


def month_window(month: str, zone: tzinfo | None) -> Window:
    """A calendar month, 2026-02, of a time zone; without one, of a time zone that is not known."""
    year, number = map(int, month.split("-"))
    first = datetime(year, number, 1, tzinfo=zone or UTC)
    following = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone or UTC)
    return Window(_border(first, zone), _border(following, zone))


def _border(moment: datetime, zone: tzinfo | None) -> Edge:
    if zone is not None:
        return Edge.at(moment.astimezone(UTC))
    return Edge(moment - _FARTHEST_EAST, moment + _FARTHEST_WEST)


def month_borders(first: datetime, last: datetime) -> list[datetime]:
    """The moments between the two at which a month of UTC begins."""
    return [day for day in day_borders(first, last) if day.day == 1]


def day_borders(first: datetime, last: datetime) -> list[datetime]:
    """The moments between the two at which a day of UTC begins."""
    start = first.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return [start + timedelta(days=number) for number in range(max(0, (last - start).days + 1)) if start < last]


def cuts(moments: list[datetime], borders: list[datetime]) -> list[tuple[int, int]]:
    """How ordered moments divide a span: pairs of positions, cut at the moments that are nearest to the borders.

    Each stretch between two moments is in exactly one pair.
    """
    nearest = {min(range(len(moments)), key=lambda at: abs(moments[at] - border)) for border in borders}
    return list(pairwise(sorted({0, *nearest, len(moments) - 1})))


def utc_text(moment: datetime) -> str:
    """2026-02-03T10:00:00Z, of a moment in UTC."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
