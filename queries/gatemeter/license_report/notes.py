"""What a reader of a license report has to know, and the vendor's shape has no place for."""

from collections.abc import Iterator, Sequence

from gatemeter.license_report.buckets import MonthlyBucket, undated_requests
from gatemeter.output.text import count_of


def bucket_notes(buckets: Sequence[MonthlyBucket]) -> Iterator[str]:
    """What the buckets do not say by themselves."""
    if undated := undated_requests(buckets):
        yield (
            f"UNKNOWN: {count_of(undated, 'event')} without a time that can be believed, copies among them not told "
            "apart; gatemeter dead-letters list shows them"
        )
