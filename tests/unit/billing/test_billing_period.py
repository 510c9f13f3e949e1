"""Which day a period begins on, by the account."""

from datetime import date

import pytest

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.errors import SettingsError


@pytest.mark.parametrize(
    ("period", "anchor_day", "first", "after"),
    [
        ("2026-02", 1, date(2026, 2, 1), date(2026, 3, 1)),
        ("2026-01", 31, date(2026, 1, 31), date(2026, 2, 28)),
        ("2026-02", 31, date(2026, 2, 28), date(2026, 3, 31)),
        ("2028-02", 30, date(2028, 2, 29), date(2028, 3, 30)),
        ("2026-12", 15, date(2026, 12, 15), date(2027, 1, 15)),
    ],
)
def test_periods_follow_each_other_without_a_gap(period: str, anchor_day: int, first: date, after: date) -> None:
    found = BillingPeriod.parse(period)
    assert str(found) == period
    assert (found.first_day(anchor_day), found.following.first_day(anchor_day)) == (first, after)


@pytest.mark.parametrize(
    "text", ["2026", "2026-00", "2026-13", "2026-2", "2026-02-01", "1969-12", "9999-01", "٢٠٢٦-٠٢"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is not a billing period"):
        BillingPeriod.parse(text)
