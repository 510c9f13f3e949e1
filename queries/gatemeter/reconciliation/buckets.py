"""The times that amounts are compared by: days of UTC, or what an export has in place of them."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gatemeter.errors import InputError
from gatemeter.reconciliation.stated import Interval, spanned

_DAY = timedelta(days=1)
_STEP = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Buckets:
    """Intervals in order, none of which overlaps another; all edges are full hours."""

    intervals: Sequence[Interval]

    def of(self, moment: datetime, offset: timedelta = timedelta()) -> Interval | None:
        """The interval that holds a moment, where all are `offset` later; None where none does."""
        at = bisect_right(self.intervals, moment - offset, key=lambda each: each.start) - 1
        return self.intervals[at] if at >= 0 and moment - offset < self.intervals[at].end else None

    def is_beside(self, moment: datetime) -> bool:
        """Whether a moment is before or behind all intervals, on the day when the first begins or the last ends."""
        span = spanned(self.intervals)
        day = Interval(_midnight(span.start), _midnight(span.end - _STEP) + _DAY)
        return day.start <= moment < day.end and not span.start <= moment < span.end

    @property
    def are_days(self) -> bool:
        """Whether each is as long as a day."""
        return all(each.end - each.start == _DAY for each in self.intervals)


def buckets_of(told: Iterable[tuple[str, Sequence[Interval]]]) -> Buckets:
    """The days within which each file tells something, also those without a row; of others their own intervals.

    `told` are the paths of files with their intervals. Raises InputError where one begins or ends within an hour:
    usage is stored by the hour.
    """
    found: list[Interval] = []
    for path, intervals in told:
        are_of_days = all(map(_is_within_day, intervals))
        found += _days(spanned(intervals)) if are_of_days else intervals
        _require_full_hours(path, [spanned(intervals)] if are_of_days else intervals)
    return Buckets(_merged(found))


def label(interval: Interval) -> str:
    """`2026-02-03` of a day of UTC, else both edges."""
    if _is_within_day(interval) and interval.start.hour == 0 and interval.end - interval.start == _DAY:
        return f"{interval.start:%Y-%m-%d}"
    return f"{interval.start:%Y-%m-%dT%HZ}/{interval.end:%Y-%m-%dT%HZ}"


def _is_within_day(interval: Interval) -> bool:
    return interval.end <= _midnight(interval.start) + _DAY


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _days(span: Interval) -> list[Interval]:
    days = []
    start = _midnight(span.start)
    while start < span.end:
        days.append(Interval(max(start, span.start), min(start + _DAY, span.end)))
        start += _DAY
    return days


def _merged(intervals: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for each in sorted(set(intervals)):
        if merged and each.overlaps(merged[-1]):
            merged[-1] = spanned([merged[-1], each])
        else:
            merged.append(each)
    return merged


def _require_full_hours(path: str, intervals: Sequence[Interval]) -> None:
    edges = [edge for each in intervals for edge in each]
    if odd := next((edge for edge in edges if (edge.minute, edge.second, edge.microsecond) != (0, 0, 0)), None):
        raise InputError(
            f"it begins or ends at {odd:%Y-%m-%dT%H:%M:%SZ}, and usage is stored by the hour",
            where=path,
            do="export full hours, or days",
        )
