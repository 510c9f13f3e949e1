"""Closing periods without asking verify, which takes longer than all else of it."""

from pathlib import Path

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import next_statement
from gatemeter.billing.closing_obstacles import Acceptance, Terms
from gatemeter.billing.statement_store import store_statement
from gatemeter.clock import SystemClock
from gatemeter.plans.plan_files import load_plans
from tests.support.databases import Store


def close_unverified(store: Store, plans: Path, period: BillingPeriod, *accepted: Acceptance) -> None:
    """Close a period by a plan file; partitions may be idle."""
    terms = Terms(SystemClock().now(), accepted=[Acceptance.IDLE, *accepted])
    with store.client() as client:
        store_statement(client, next_statement(client, load_plans(plans), period, terms))
