"""Periods of an account that would overlap, or leave hours out, after a statement."""

from typing import Any

import pytest

from gatemeter.billing.account_calendars import require_same_calendars
from gatemeter.billing.statement import Statement
from gatemeter.errors import ConflictError
from tests.support.plan_files import account, book


def closed(*accounts: dict[str, Any]) -> Statement:
    return Statement(
        number=1,
        period="2026-02",
        closed_at="2026-03-04T00:00:00Z",
        grace_hours=72,
        previous_sha256=None,
        plans=book(accounts=accounts).document,
        price_versions=(),
        rules=(),
        logs=(),
        accepted=(),
        lines=(),
    )


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (
            account(time_zone="Europe/Berlin"),
            "periods of account acme are those of Europe/Berlin from day 1, and were those of UTC from day 1",
        ),
        (
            account("globex", consumers=["acme"], anchor_day=15),
            "periods of consumer acme are those of UTC from day 15, and were those of UTC from day 1",
        ),
        (
            account("globex", consumers=["x"], teams=["red"], anchor_day=2),
            "periods of team red are those of UTC from day 2, and were those of UTC from day 1",
        ),
    ],
)
def test_hours_that_two_periods_would_have_are_refused(after: dict[str, Any], said: str) -> None:
    with pytest.raises(ConflictError, match="hours would be billed twice, or never") as raised:
        require_same_calendars(closed(account(teams=["red"])), book(accounts=[after]))
    assert said in raised.value.what
    assert raised.value.where == "--plans, beside statement 1 of 2026-02"


def test_accounts_may_come_go_and_share_names_of_one_calendar() -> None:
    before = closed(account(anchor_day=15), account("initech"))
    after = [account("globex", consumers=["acme"], anchor_day=15), account("hooli", time_zone="Asia/Tokyo")]
    require_same_calendars(before, book(accounts=after))
