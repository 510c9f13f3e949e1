"""Budgets for tests: name what matters, the rest is harmless."""

from typing import Any

from gatemeter.budgets.budget import BudgetBook


def budget(name: str = "requests", **values: Any) -> dict[str, Any]:
    """A budget of 1,000 requests a month for each consumer, announced at 80 and 100 %."""
    common = {"meter": "request_count", "limit": 1000, "window": "month", "per": "consumer", "thresholds": [80, 100]}
    return {"name": name, **common, **values}


def budgets(*all_budgets: dict[str, Any], **values: Any) -> BudgetBook:
    """A budget file."""
    return BudgetBook.model_validate({"budgets": list(all_budgets or (budget(),)), **values})
