"""What applies in a given hour, of several things with a date."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import Generic, TypeVar

from gatemeter.streams.pricing.price_dates import HOURS_A_DAY, Dated

T = TypeVar("T", bound=Dated)

_HOUR_S = 3600
_ALWAYS_S = -(2**63)


class PriceTimeline(Generic[T]):
    """Of the prices with the latest date that has come, the one for this hour of the day, else the one for all hours.

    A later date replaces everything of an earlier one, its hours of the day included.
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


def _by_hour_of_day(prices: Sequence[T]) -> list[T | None]:
    otherwise = next((price for price in prices if price.utc_hours is None), None)
    day: list[T | None] = [otherwise] * HOURS_A_DAY
    for price in prices:
        for hour in price.utc_hours or ():
            day[hour] = price
    return day
