"""The conservation law of events: it holds to the event, whichever count is wrong."""

from dataclasses import replace

import pytest

from gatemeter.metering.counts import COUNT_COLUMNS, EventCounts

ACCOUNT = EventCounts(consumed=10, counted=4, duplicates=3, dead_letters=2, other_kind=1, ignored_fields=7)


@pytest.mark.parametrize("wrong", ["consumed", "counted", "duplicates", "dead_letters", "other_kind"])
@pytest.mark.parametrize("by", [-1, 1])
def test_one_event_too_many_or_too_few_breaks_the_law(wrong: str, by: int) -> None:
    assert ACCOUNT.holds
    assert not replace(ACCOUNT, **{wrong: getattr(ACCOUNT, wrong) + by}).holds


def test_fields_are_no_events() -> None:
    assert replace(ACCOUNT, ignored_fields=0).holds


def test_counts_add_up_and_are_taken_apart_again() -> None:
    total = EventCounts.of(ACCOUNT.columns())
    total.add(ACCOUNT)
    assert total.columns() == dict(zip(COUNT_COLUMNS, (20, 8, 6, 4, 2, 14), strict=True))
    assert total.minus(ACCOUNT) == ACCOUNT
