"""Periods, in UTC, by the time at which a request began."""

from datetime import UTC, datetime
from functools import lru_cache

_MS_PER_DAY = 86_400_000
_S_PER_DAY = 86_400


def day_number(time_ms: int) -> int:
    """The day since 1970 in which `time_ms`, in Unix ms, lies."""
    return time_ms // _MS_PER_DAY


@lru_cache
def month_of(day: int) -> str:
    """`YYYY-MM`."""
    return day_of(day)[:7]


@lru_cache
def day_of(day: int) -> str:
    """`YYYY-MM-DD`."""
    return datetime.fromtimestamp(day * _S_PER_DAY, UTC).strftime("%Y-%m-%d")
