"""How entitlements are put together from files."""

from pathlib import Path

from gatemeter.budgets.budget_files import load_budgets
from gatemeter.budgets.entitlement_refresh import EntitlementRefresh
from gatemeter.budgets.evaluation import Evaluator
from gatemeter.clock import SystemClock
from gatemeter.plans.plan_files import load_plans


def entitlement_refresh(budgets: Path, plans: Path | None) -> EntitlementRefresh:
    """What keeps the entitlements of a budget file, for accounts of a plan file. Raises InputError."""
    accounts = None if plans is None else load_plans(plans)
    return EntitlementRefresh(Evaluator(load_budgets(budgets, accounts), accounts), SystemClock())
