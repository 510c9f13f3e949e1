"""What consumers may still use, from a snapshot that is some seconds old."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gatemeter.budgets.budget import BudgetBook
from gatemeter.budgets.budget_list import checked_budget, lines_of_unknown, shown_budget
from gatemeter.budgets.entitlement_refresh import EntitlementRefresh
from gatemeter.budgets.entitlements import Entitled, Snapshot
from gatemeter.budgets.evaluation import Evaluation, Evaluator
from gatemeter.budgets.use import Use
from gatemeter.clock import ManualClock
from gatemeter.errors import RetryableError
from gatemeter.reports.period import TimeSpan
from tests.support.budget_files import budget, budgets

NOW = datetime(2026, 2, 28, 23, 59, 55, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def entitled(book: BudgetBook, now: datetime) -> Entitled:
    """What acme may use at `now`, which had used up its one budget when the snapshot was read, before midnight."""
    [declared] = book.budgets
    window = TimeSpan(MIDNIGHT - timedelta(days=28), MIDNIGHT)
    uses = [Use(declared, "acme", window, Decimal(1000))]
    found = Snapshot(Evaluation(NOW, uses, [(declared, window)]), None, {}, ()).entitled("acme", (), now)
    assert found is not None
    return found


def test_a_window_that_slides_stays_used_up_when_its_hour_ends() -> None:
    book = budgets(budget(window="4w", enforce=True))
    assert [entitled(book, each).has_access for each in (NOW, MIDNIGHT)] == [False, False]


def test_in_a_new_month_access_is_not_certain_before_it_was_read() -> None:
    book = budgets(budget(enforce=True))
    assert not entitled(book, NOW).has_access
    found = entitled(book, MIDNIGHT)
    assert (found.has_access, found.is_certain, list(found.uses)) == (True, False, [])
    assert entitled(budgets(budget()), MIDNIGHT).is_certain


def test_what_is_almost_used_up_is_not_shown_as_all() -> None:
    [declared] = budgets(budget(limit=100_000)).budgets
    use = Use(declared, "acme", TimeSpan(NOW, MIDNIGHT), Decimal(99_960))
    assert (checked_budget(use).percent, checked_budget(use).reached) == ("99.9", "80")


def test_a_lower_bound_is_shown_as_one() -> None:
    [declared] = budgets(budget("spend", meter="llm_cost", limit="0.5", currency="EUR")).budgets
    window = TimeSpan(NOW, MIDNIGHT)
    exact = Use(declared, "initech", window, Decimal("0.4"))
    unpriced = Use(declared, "acme", window, Decimal("3.5665"), missing=3)
    in_dollars = Use(declared, "globex", window, unknown={"some of it is in USD"})
    uses = [exact, unpriced, in_dollars]
    rows = [checked_budget(each) for each in uses]
    assert [(each.used, each.used_at_least, each.percent) for each in rows] == [
        ("0.4", "0.4", "80.0"),
        (None, "3.5665", None),
        (None, "0", None),
    ]
    shown = [(row["used"], row["percent"]) for row in map(shown_budget, uses)]
    assert shown == [("0.4", "80.0"), (">= 3.5665", ">= 713.3"), (None, None)]
    [line] = lines_of_unknown(uses)
    reason = "3 unpriced_calls; some of it is in USD"
    assert line == f"budget spend: what is used by acme and 1 more is not known: {reason}"
    assert [*lines_of_unknown([exact])] == []


def test_a_store_that_fails_leaves_the_snapshot_of_before(caplog: pytest.LogCaptureFixture) -> None:
    class FailingStore:
        def ask(self, _question: Any) -> Snapshot:
            raise RetryableError("the store is away")

    refresh = EntitlementRefresh(Evaluator(budgets(), None), ManualClock(NOW))
    before = refresh.snapshot = Snapshot(Evaluation(NOW), None, {}, ())
    refresh.refresh(FailingStore())
    assert refresh.snapshot is before
    assert "the store is away" in caplog.text
