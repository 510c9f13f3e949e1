"""Questions that cannot be asked are refused before any store is."""

from typing import Any

import pytest

from gatemeter.errors import SettingsError
from gatemeter.metrics.filters import Filter, Operator
from gatemeter.metrics.metrics_query import MetricsQuery, Order
from gatemeter.reports.period import Period


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"metrics": ()}, "no metric"),
        ({"metrics": ("request_count", "request_count")}, "twice"),
        ({"metrics": ("llm_cost",), "by": ("method",)}, "llm_cost is not known by method"),
        ({"metrics": ("mcp_calls",), "filters": (Filter("provider", Operator.EMPTY),)}, "mcp_calls is not known"),
        ({"by": ("nothing",)}, "no dimension"),
        ({"order": Order("llm_cost")}, "no column of the answer"),
        ({"limit": 0}, "0 groups"),
        ({"by": tuple("abcdefghi")}, "more than 8"),
    ],
)
def test_what_cannot_be_told_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        MetricsQuery(**asked)


def test_an_amount_is_never_without_its_currency_and_what_it_lacks() -> None:
    query = MetricsQuery(period=Period.DAY, metrics=("llm_cost",), by=("consumer",))
    assert query.columns == ["period", "consumer", "llm_cost", "unpriced_calls", "cost_currency"]


def test_a_currency_that_is_grouped_by_is_one_column() -> None:
    query = MetricsQuery(period=None, metrics=("llm_cost",), by=("cost_currency",))
    assert query.columns == ["cost_currency", "llm_cost", "unpriced_calls"]


@pytest.mark.parametrize(("text", "order"), [("-llm_cost", Order("llm_cost", True)), ("service", Order("service"))])
def test_a_minus_orders_by_the_greatest_first(text: str, order: Order) -> None:
    assert Order.parse(text) == order
