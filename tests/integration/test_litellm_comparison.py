"""Costs of 200 drawn usages by the packaged books, against LiteLLM's calculation and LiteLLM's prices.

In two steps: LiteLLM with gatemeter's prices shows other rules, LiteLLM with its own price map shows other prices.
docs/pricing.md explains all of them, and who is right.
"""

from dataclasses import dataclass

import pytest

from gatemeter.money import YOCTOS_PER_UNIT
from gatemeter.pricing.cost import CostEvidence, LlmCost, price_usage
from tests.support.drawn_usages import AT, DrawnUsage, drawn_usages
from tests.support.litellm_costs.differences import PRICE_DIFFERENCES
from tests.support.litellm_costs.environment import calculate
from tests.support.litellm_costs.litellm_request import litellm_request
from tests.support.litellm_costs.litellm_rules import Rule, RuledCost, cost_by_litellm_rules
from tests.support.packaged_prices import packaged_table

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long(reason="LiteLLM and all it needs are installed first, 400 MB"),
    pytest.mark.timeout(900),
]


@dataclass(frozen=True)
class Comparison:
    """What a usage costs, in US dollars where it is LiteLLM's; None where it has no price."""

    usage: DrawnUsage
    ours: LlmCost
    ruled: RuledCost | None
    by_our_prices: float | None
    by_their_map: float | None

    @property
    def our_dollars(self) -> float:
        return self.ours.cost_computed_yoctos / YOCTOS_PER_UNIT

    @property
    def is_unpriced(self) -> bool:
        return self.ours.evidence is CostEvidence.UNPRICED


@pytest.fixture(scope="module")
def comparisons() -> list[Comparison]:
    usages, prices = drawn_usages(), packaged_table()
    answers = calculate([litellm_request(usage, prices) for usage in usages], int(AT.timestamp()))
    return [
        Comparison(
            usage,
            price_usage(usage.priced_usage(), prices),
            cost_by_litellm_rules(usage, prices),
            None if answer["by_prices"] is None else float(answer["by_prices"]),
            None if answer["by_map"] is None else float(answer["by_map"]),
        )
        for usage, answer in zip(usages, answers, strict=True)
    ]


def same(one: float | None, other: float | None) -> bool:
    """LiteLLM adds floats."""
    return one == other if one is None or other is None else one == pytest.approx(other, rel=1e-9, abs=0)


def test_by_the_same_prices_only_named_rules_make_a_difference(comparisons: list[Comparison]) -> None:
    assert len(comparisons) == 200
    for each in comparisons:
        place = (each.usage.model_text, each.usage.tier, each.usage.counts, each.ruled)
        if each.ruled is None:
            assert (each.is_unpriced, each.by_our_prices) == (True, None), place
            continue
        assert same(float(each.ruled.yoctos / YOCTOS_PER_UNIT), each.by_our_prices), (place, each.by_our_prices)
        differs = each.is_unpriced or not same(each.our_dollars, each.by_our_prices)
        assert differs == bool(each.ruled.rules), (place, each.our_dollars)


def test_a_cost_by_another_rule_is_never_certain(comparisons: list[Comparison]) -> None:
    for each in comparisons:
        if each.ruled is not None and each.ruled.rules:
            assert each.ours.evidence is not CostEvidence.COMPUTED, each.usage


def test_every_rule_that_is_explained_makes_a_difference(comparisons: list[Comparison]) -> None:
    assert set(Rule) == {rule for each in comparisons if each.ruled is not None for rule in each.ruled.rules}


def test_every_difference_of_prices_is_explained(comparisons: list[Comparison]) -> None:
    differing = {
        each.usage.text
        for each in comparisons
        if each.by_their_map is not None and not same(each.by_our_prices, each.by_their_map)
    }
    assert differing == set().union(*(difference.usages for difference in PRICE_DIFFERENCES))
