"""When a price applies: from a full hour on, and in some hours of the week. Dates are in UTC.

`PriceTimeline` holds prices with dates and finds the one that applies in an hour.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from gatemeter.pricing.price_hours import DAYS, HoursOfWeek, Week

_HOW = "write a date (2026-02-01) or a full hour (2026-02-01T10:00:00Z), in UTC"


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


FirstHour = Annotated[datetime | None, BeforeValidator(_first_hour)]
StartHour = Annotated[datetime, BeforeValidator(_first_hour)]


class Dated(Protocol):
    """Applies from `first_hour` on (None = always), in the hours of `when` (None = in all that no other one claims)."""

    @property
    def first_hour(self) -> datetime | None:
        """Aware, in UTC."""

    @property
    def when(self) -> HoursOfWeek | None:
        """Hours of the week."""


def refuse_overlaps(prices: Sequence[Dated]) -> None:
    """Raise ValueError if two of `prices` begin at the same time and claim the same hour of the week."""
    claimed: set[tuple[datetime | None, tuple[int, int] | None]] = set()
    zones: dict[datetime | None, ZoneInfo | None] = {}
    for price in prices:
        start = f"{price.first_hour:%Y-%m-%dT%H:00}" if price.first_hour else "no date"
        if price.when is not None and zones.setdefault(price.first_hour, price.when.zone) != price.when.zone:
            msg = f"has prices in several time zones from {start}; write all hours of one 'from' in one zone"
            raise ValueError(msg)
        for cell in price.when.cells() if price.when is not None else [None]:
            if (price.first_hour, cell) in claimed:
                what = "without hours" if cell is None else f"for {DAYS[cell[0]]} {cell[1]}:00"
                msg = f"has two prices {what} from {start}; give each its own 'from' or hours"
                raise ValueError(msg)
            claimed.add((price.first_hour, cell))


def date_text(first_hour: datetime) -> str:
    """`2026-02-01`, or `2026-02-01T10:00Z` where it is not midnight."""
    return f"{first_hour:%Y-%m-%dT%H:%MZ}" if first_hour.hour else f"{first_hour:%Y-%m-%d}"


T = TypeVar("T", bound=Dated)

_ALWAYS_S = -(2**63)


class PriceTimeline(Generic[T]):
    """Prices with dates. The latest date that has come counts, and replaces everything of earlier dates.

    Of the prices from that date on, the one for this hour of the week counts, else the one without hours and days.
    """

    __slots__ = ("_starts_s", "_weeks")

    def __init__(self, prices: Sequence[T]) -> None:
        groups: defaultdict[int, list[T]] = defaultdict(list)
        for price in prices:
            groups[int(price.first_hour.timestamp()) if price.first_hour else _ALWAYS_S].append(price)
        self._starts_s = sorted(groups)
        self._weeks = [_week(groups[start]) for start in self._starts_s]

    def at(self, hour_s: int) -> T | None:
        """What applies in the hour that begins at Unix second `hour_s`."""
        place = bisect_right(self._starts_s, hour_s)
        return self._weeks[place - 1].at(hour_s) if place else None

    @property
    def starts_s(self) -> list[int]:
        """The Unix seconds at which its dates begin, 0 for always."""
        return [max(start_s, 0) for start_s in self._starts_s]

    @property
    def zones(self) -> set[ZoneInfo | None]:
        """The time zones of its hours and days, None for UTC; empty where all prices apply at all hours."""
        return {week.zone for week in self._weeks if week.has_hours}

    def sample_hours(self) -> Iterator[int]:
        """Hours, as Unix seconds, among which there is one for each of the prices."""
        for start_s, week in zip(self._starts_s, self._weeks, strict=True):
            yield from week.sample_hours(max(start_s, 0))


def _week(prices: Sequence[T]) -> Week[T]:
    otherwise = next((price for price in prices if price.when is None), None)
    return Week(otherwise, [(price.when, price) for price in prices if price.when is not None])
