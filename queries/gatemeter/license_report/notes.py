"""What a reader of a license report has to know, and the vendor's shape has no place for."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from gatemeter.license_report.buckets import MonthlyBucket, undated_requests
from gatemeter.license_report.control_plane import KnownControlPlane
from gatemeter.license_report.inventoried import Inventoried
from gatemeter.output.text import count_of

DEFAULT_MAX_AGE = timedelta(hours=24)
"""Of a snapshot; a gateway's configuration changes by the day."""


def report_notes(
    buckets: Sequence[MonthlyBucket], known: Inventoried, now: datetime, max_age: timedelta
) -> Iterator[str]:
    """Sentences for people. Inventories that are older than `max_age` are named with their age."""
    if undated := undated_requests(buckets):
        yield (
            f"UNKNOWN: {count_of(undated, 'event')} without a time that can be believed; "
            "gatemeter dead-letters list shows them"
        )
    if not known.control_planes:
        yield "no inventory: versions, entities and whether there is a license are not known; see gatemeter inventory"
        return
    if len(known.control_planes) > 1:
        yield f"entities are added up over {len(known.control_planes)} control planes: {known.label}"
    for each in known.control_planes:
        yield from _of_control_plane(each, now, max_age)


def _of_control_plane(known: KnownControlPlane, now: datetime, max_age: timedelta) -> Iterator[str]:
    age = now - known.told_at
    if age > max_age:
        yield f"the inventory of {known.label} is of {known.told_at:%Y-%m-%dT%H:%M:%SZ}, {_in_words(age)} ago"
    if known.untiered:
        yield f"plugins of {known.label} that no table of tiers lists, counted as custom: {', '.join(known.untiered)}"


def _in_words(age: timedelta) -> str:
    return count_of(age.days, "day") if age.days else count_of(int(age.total_seconds() // 3600), "hour")
