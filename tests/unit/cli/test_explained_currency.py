"""The currency of an explained number: that of its own kind of cost; a count has none."""

import pytest

from gatemeter.cli.commands.explain.number import NumberQuery
from gatemeter.explain.metric import ExplainedMetric
from gatemeter.reports.currency import CostCurrency
from gatemeter.reports.usage_parameters import UsageParameters


@pytest.mark.parametrize(
    ("metric", "known", "name"),
    [
        (ExplainedMetric.LLM_COST_REPORTED, CostCurrency(reported=("USD",)), "USD"),
        (ExplainedMetric.LLM_COST_REPORTED, CostCurrency(reported=("",)), ""),
        (ExplainedMetric.LLM_COST_COMPUTED, CostCurrency(stored={"EUR": "p/m#1"}, reported=("USD",)), "EUR"),
        (ExplainedMetric.LLM_TOKENS, CostCurrency(), ""),
    ],
)
def test_an_explained_cost_has_the_currency_of_its_kind(
    metric: ExplainedMetric, known: CostCurrency, name: str
) -> None:
    assert NumberQuery(metric, UsageParameters(), "2026-02", 0, "", known).currency_name == name
