"""What a charge of an account is told by: what changes its hash, and what does not."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from gatemeter.billing.rated_account import RatedAccount
from gatemeter.billing_systems.basis import Basis, changes, is_other_factor
from gatemeter.billing_systems.exported_usage import plan_hash
from gatemeter.plans.plan import PlanBook
from gatemeter.reports.period import TimeSpan
from tests.support.plan_files import PER_REQUEST, account, book, plan

HOURS = TimeSpan(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
TEAM = account("acme", consumers=["acme"], teams=["mobile"])


def hashed(found: PlanBook) -> str:
    """Of the first charge of the first account."""
    rated = RatedAccount(found.accounts[0], found.plans[0], date(2026, 2, 1), HOURS, found.billable)
    return plan_hash(found, rated, next(rated.metered))


def with_charge(**values: Any) -> PlanBook:
    return book(plan({**PER_REQUEST, **values}), accounts=[account()])


BOOK = with_charge()


@pytest.mark.parametrize(
    "same",
    [
        with_charge(unit_amount="7", free_units="5", minimum="1"),
        book(plan(PER_REQUEST), accounts=[{**account(), "name": "Acme Inc."}, account("globex")]),
        PlanBook.model_validate(BOOK.document),
    ],
    ids=["other prices", "another account", "the book of a statement"],
)
def test_what_does_not_change_usage_does_not_change_it(same: PlanBook) -> None:
    assert hashed(same) == hashed(BOOK)


@pytest.mark.parametrize(
    "other",
    [
        with_charge(filter=["status_class in 2xx"]),
        with_charge(meter="request_size_sum"),
        with_charge(unit="calls"),
        book(plan(PER_REQUEST), accounts=[account(consumers=["acme", "acme-2"])]),
        book(plan(PER_REQUEST), accounts=[account(time_zone="Europe/Berlin")]),
        book(plan(PER_REQUEST), accounts=[account()], subject="username"),
        book(
            plan(PER_REQUEST),
            accounts=[account()],
            billable=[{"valid_from": "2026-01-01", "any_of": [["status_class in 2xx"]]}],
        ),
    ],
    ids=["filter", "meter", "unit", "consumers", "time zone", "subject", "billable"],
)
def test_what_changes_usage_changes_it(other: PlanBook) -> None:
    assert hashed(other) != hashed(BOOK)


def test_an_account_with_teams_depends_on_the_consumers_of_others() -> None:
    """A consumer of the team that gets an account of its own is not the team's any more."""
    before = book(plan(PER_REQUEST), accounts=[TEAM, account("globex")])
    after = book(plan(PER_REQUEST), accounts=[TEAM, account("globex", consumers=["globex", "acme-mobile-1"])])
    assert hashed(before) != hashed(after)


def test_people_are_told_what_differs() -> None:
    before, now = Basis("day", Decimal("1E+6"), "a1").text, Basis("hour", Decimal(1), "b2").text
    assert list(changes(before, now)) == [
        "--grain was day and is hour",
        "factor was 1000000 and is 1",
        "the plan file says something else of it",
    ]
    assert is_other_factor(before, now)
    assert not is_other_factor(before, Basis("hour", Decimal(1_000_000), "b2").text)
    assert list(changes(before, before)) == []
