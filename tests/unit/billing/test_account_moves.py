"""Usage that moves between accounts: what is not asked of a store."""

from typing import Any

from gatemeter.billing.account_moves import moved_usage
from gatemeter.billing.billing_period import BillingPeriod
from tests.support.plan_files import account, book


def test_a_plan_file_with_the_same_accounts_asks_no_store() -> None:
    store: Any = None
    accounts = [account(anchor_day=day, consumers=[f"c-{day}"], id=f"a-{day}") for day in range(1, 29)]
    before, after = book(accounts=accounts), book(accounts=accounts, corrections="reversal")
    assert moved_usage(store, before, after, BillingPeriod(2026, 2)) == []
