"""Budgets for tests: name what matters, the rest is harmless."""

from datetime import UTC, datetime
from typing import Any

from gatemeter.budgets.budget import BudgetBook
from gatemeter.budgets.crossing import Crossing

CROSSING = Crossing(
    id="0f" * 16,
    budget="requests",
    declaration="abc",
    per="consumer",
    scope="acme",
    threshold="80",
    slides=False,
    window_start=datetime(2026, 2, 1, tzinfo=UTC),
    window_end=datetime(2026, 3, 1, tzinfo=UTC),
    meter="request_count",
    limit="1000",
    currency="",
    used="801",
    is_lower_bound=False,
    found_at=datetime(2026, 2, 15, 10, 30, tzinfo=UTC),
)


def budget(name: str = "requests", **values: Any) -> dict[str, Any]:
    """A budget of 1,000 requests a month for each consumer, announced at 80 and 100 %."""
    common = {"meter": "request_count", "limit": 1000, "window": "month", "per": "consumer", "thresholds": [80, 100]}
    return {"name": name, **common, **values}


def budgets(*all_budgets: dict[str, Any], **values: Any) -> BudgetBook:
    """A budget file."""
    return BudgetBook.model_validate({"budgets": list(all_budgets or (budget(),)), **values})
