"""In which hours of the week a price applies: `hours = "9-12", days = "mon-fri", time_zone = "Asia/Shanghai"`.

Usage is stored by the UTC hour. A time zone whose offset from UTC is not whole hours would cut such an hour in two, so
it is refused.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

HOURS_A_DAY = 24
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,2})-(\d{1,2})", re.ASCII)
_HOUR_S = 3600
_DAY_OF_EPOCH = DAYS.index("thu")
YEARS_CHECKED = range(2020, 2046)
"""Those for which it is looked at what a time zone does."""


def _hours_of_day(value: Any) -> frozenset[int]:
    """`"1-4"` or `["1-4", "22-2"]` as the hours of the spans, without the hour at the end of each."""
    if isinstance(value, frozenset):
        return value
    spans = [value] if isinstance(value, str) else value
    if not isinstance(spans, list | tuple) or not spans:
        msg = f'{value} is not a span of hours; write for example "1-4", or a list such as ["1-4", "22-2"]'
        raise ValueError(msg)
    return frozenset(hour for span in spans for hour in _hours_of_span(span))


def _hours_of_span(span: Any) -> Iterable[int]:
    found = _SPAN.fullmatch(str(span))
    start, end = (int(found[1]), int(found[2])) if found else (0, 0)
    if start == end or start >= HOURS_A_DAY or end > HOURS_A_DAY:
        msg = f'{span} is not a span of full hours; write for example "1-4" for 01:00 to 04:00'
        raise ValueError(msg)
    return (hour % HOURS_A_DAY for hour in range(start, end if end > start else end + HOURS_A_DAY))


def _days_of_week(value: Any) -> frozenset[int]:
    """`"mon-fri"`, `"sat"` or a list of such texts as days, 0 = Monday; both ends of a span are in it."""
    if isinstance(value, frozenset):
        return value
    spans = [value] if isinstance(value, str) else value
    if not isinstance(spans, list | tuple) or not spans:
        msg = f'{value} is not a span of days; write for example "mon-fri", or a list such as ["sat", "sun"]'
        raise ValueError(msg)
    return frozenset(day for span in spans for day in _days_of_span(span))


def _days_of_span(span: Any) -> Iterable[int]:
    first, _, last = str(span).strip().lower().partition("-")
    if first not in DAYS or (last or first) not in DAYS:
        msg = f'{span} is not a span of days; write for example "mon-fri" or "sat"'
        raise ValueError(msg)
    start, end = DAYS.index(first), DAYS.index(last or first)
    return (day % len(DAYS) for day in range(start, end + 1 if end >= start else end + 1 + len(DAYS)))


def _time_zone(value: Any) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        zone = ZoneInfo(str(value))
    except (KeyError, ValueError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError
        msg = f"{value} is not a time zone that this computer knows; name one as Europe/Berlin, or install tzdata"
        raise ValueError(msg) from error
    if not _is_of_whole_hours(zone):
        msg = f"{value} is not always whole hours from UTC, and usage is stored per UTC hour; write utc_hours and days"
        raise ValueError(msg)
    return zone


@cache
def _is_of_whole_hours(zone: ZoneInfo) -> bool:
    """Whether local hours begin and end with UTC hours, on every day for which the zone may be asked."""
    day, end = datetime(YEARS_CHECKED[0], 1, 1, tzinfo=UTC), datetime(YEARS_CHECKED[-1], 1, 1, tzinfo=UTC)
    while day < end:
        offset = day.astimezone(zone).utcoffset() or timedelta()
        if offset.total_seconds() % _HOUR_S:
            return False
        day += timedelta(days=1)
    return True


HoursOfDay = Annotated[frozenset[int], BeforeValidator(_hours_of_day)]
DaysOfWeek = Annotated[frozenset[int], BeforeValidator(_days_of_week)]
TimeZone = Annotated[ZoneInfo, BeforeValidator(_time_zone)]


@dataclass(frozen=True, slots=True)
class HoursOfWeek:
    """Hours of some days of the week, in `zone` (None = UTC); None for `hours` or `days` means all of them."""

    hours: frozenset[int] | None = None
    days: frozenset[int] | None = None
    zone: ZoneInfo | None = None

    def cells(self) -> Iterator[tuple[int, int]]:
        """Day of the week and hour of the day, each pair once."""
        for day in sorted(self.days if self.days is not None else range(len(DAYS))):
            for hour in sorted(self.hours if self.hours is not None else range(HOURS_A_DAY)):
                yield day, hour


T = TypeVar("T")


class Week(Generic[T]):
    """What applies in which hour of the week."""

    __slots__ = ("_cells", "_otherwise", "zone")

    def __init__(self, otherwise: T | None, parts: Sequence[tuple[HoursOfWeek, T]]) -> None:
        """All of `parts` are in one time zone, and no two claim the same hour."""
        self._otherwise = otherwise
        self._cells = {cell: each for when, each in parts for cell in when.cells()}
        self.zone = next((when.zone for when, _ in parts), None)

    @property
    def has_hours(self) -> bool:
        """Whether not the same applies in all hours."""
        return bool(self._cells)

    def at(self, hour_s: int) -> T | None:
        """What applies in the hour that begins at Unix second `hour_s`."""
        if not self._cells:
            return self._otherwise
        if self.zone is None:
            hours = hour_s // _HOUR_S
            cell = (hours // HOURS_A_DAY + _DAY_OF_EPOCH) % len(DAYS), hours % HOURS_A_DAY
        else:
            local = datetime.fromtimestamp(hour_s, self.zone)
            cell = local.weekday(), local.hour
        return self._cells.get(cell, self._otherwise)

    def sample_hours(self, first_s: int) -> Iterator[int]:
        """Hours from Unix second `first_s` on, among which there is one for each part."""
        count = HOURS_A_DAY * len(DAYS) if self._cells else 1
        return (first_s + hour * _HOUR_S for hour in range(count))


def spans_of(hours: Iterable[int]) -> list[str]:
    """The fewest spans that cover exactly these hours of the day: {1, 2, 3, 22, 23} gives 1-4 and 22-24."""
    return [f"{start}-{end + 1}" for start, end in _runs(hours)]


def day_spans_of(days: Iterable[int]) -> list[str]:
    """The fewest spans that cover exactly these days: {0, 1, 2, 6} gives mon-wed and sun."""
    return [DAYS[start] if start == end else f"{DAYS[start]}-{DAYS[end]}" for start, end in _runs(days)]


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
