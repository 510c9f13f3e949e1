"""When a price applies: from a full hour on, and in some hours of the day. All times are UTC.

`PriceTimeline` holds prices with dates and finds the one that applies in an hour.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, Protocol, TypeVar

from pydantic import BeforeValidator

HOURS_A_DAY = 24
_HOW = "write a date (2026-02-01) or a full hour (2026-02-01T10:00:00Z), in UTC"
_SPAN = re.compile(r"(\d{1,2})-(\d{1,2})", re.ASCII)


def _first_hour(value: Any) -> datetime | None:
    """A date or time, as TOML or a text gives it, as an aware full hour."""
    if value is None:
        return None
    moment = _moment(value)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if moment.minute or moment.second or moment.microsecond:
        msg = f"{value} is not a full hour, and usage is stored by the hour; {_HOW}"
        raise ValueError(msg)
    return moment


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the caller says it is UTC
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as error:
        msg = f"{value} is not a date; {_HOW}"
        raise ValueError(msg) from error


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
        msg = f'{span} is not a span of full hours; write for example "1-4" for 01:00 to 04:00 UTC'
        raise ValueError(msg)
    return (hour % HOURS_A_DAY for hour in range(start, end if end > start else end + HOURS_A_DAY))


FirstHour = Annotated[datetime | None, BeforeValidator(_first_hour)]
HoursOfDay = Annotated[frozenset[int], BeforeValidator(_hours_of_day)]


class Dated(Protocol):
    """Applies from `first_hour` on (None = always), in `utc_hours` (None = in all hours that no other one claims)."""

    @property
    def first_hour(self) -> datetime | None:
        """Aware, in UTC."""

    @property
    def utc_hours(self) -> frozenset[int] | None:
        """Hours of the day, 0 to 23."""


def refuse_overlaps(prices: Sequence[Dated]) -> None:
    """Raise ValueError if two of `prices` begin at the same time and claim the same hour of the day."""
    claimed: set[tuple[datetime | None, int | None]] = set()
    for price in prices:
        for hour in price.utc_hours if price.utc_hours is not None else [None]:
            if (price.first_hour, hour) in claimed:
                when = f"{price.first_hour:%Y-%m-%dT%H:00}" if price.first_hour else "no date"
                what = "without utc_hours" if hour is None else f"for {hour}:00 UTC"
                msg = f"has two prices {what} from {when}; give each its own 'from' or utc_hours"
                raise ValueError(msg)
            claimed.add((price.first_hour, hour))


def spans_of(hours: Iterable[int]) -> list[str]:
    """The fewest spans that cover exactly these hours of the day: {1, 2, 3, 22, 23} gives 1-4 and 22-24."""
    spans: list[list[int]] = []
    for hour in sorted(hours):
        if spans and spans[-1][1] == hour:
            spans[-1][1] = hour + 1
        else:
            spans.append([hour, hour + 1])
    return [f"{start}-{end}" for start, end in spans]


def date_text(first_hour: datetime) -> str:
    """`2026-02-01`, or `2026-02-01T10:00Z` where it is not midnight."""
    return f"{first_hour:%Y-%m-%dT%H:%MZ}" if first_hour.hour else f"{first_hour:%Y-%m-%d}"


T = TypeVar("T", bound=Dated)

_HOUR_S = 3600
_ALWAYS_S = -(2**63)


class PriceTimeline(Generic[T]):
    """Prices with dates. The latest date that has come counts, and replaces everything of earlier dates.

    Of the prices from that date on, the one for this hour of the day counts, else the one without `utc_hours`.
    """

    __slots__ = ("_by_hour", "_starts_s")

    def __init__(self, prices: Sequence[T]) -> None:
        groups: defaultdict[int, list[T]] = defaultdict(list)
        for price in prices:
            groups[int(price.first_hour.timestamp()) if price.first_hour else _ALWAYS_S].append(price)
        self._starts_s = sorted(groups)
        self._by_hour = [_by_hour_of_day(groups[start]) for start in self._starts_s]

    def at(self, hour_s: int) -> T | None:
        """What applies in the hour that begins at Unix second `hour_s`."""
        place = bisect_right(self._starts_s, hour_s)
        return self._by_hour[place - 1][hour_s // _HOUR_S % HOURS_A_DAY] if place else None

    def sample_hours(self) -> Iterator[int]:
        """Hours, as Unix seconds, among which there is one for each of the prices."""
        for start_s in self._starts_s:
            first_s = max(start_s, 0)
            yield from (first_s + hour * _HOUR_S for hour in range(HOURS_A_DAY))


def _by_hour_of_day(prices: Sequence[T]) -> list[T | None]:
    otherwise = next((price for price in prices if price.utc_hours is None), None)
    day: list[T | None] = [otherwise] * HOURS_A_DAY
    for price in prices:
        for hour in price.utc_hours or ():
            day[hour] = price
    return day
