"""Prices that depend on the size of the context, and what a price for some calls leaves out."""

import pytest

from gatemeter.pricing.cost import price_usage
from tests.support.price_books import TIERED, table, usage, yoctos


@pytest.mark.parametrize(("model", "evidence"), [("tiered", "estimated"), ("flat", "computed")])
def test_unknown_context_is_an_estimate_where_it_matters(model: str, evidence: str) -> None:
    answer = usage(f"p/{model}", evidence="context_unknown", calls=0, answers=1, plain_output_tokens=10**6)
    priced = price_usage(answer, table(TIERED))
    assert (priced.cost_computed_yoctos, priced.evidence) == (yoctos("10"), evidence)


@pytest.mark.parametrize(
    ("model", "above", "evidence"),
    [("tiered", 200_000, "estimated"), ("tiered", 128_000, "computed"), ("flat", 200_000, "computed")],
)
def test_answers_of_several_contexts_are_an_estimate_where_it_matters(model: str, above: int, evidence: str) -> None:
    """They are priced by the largest context, and the others are smaller."""
    answers = usage(f"p/{model}", evidence="context_unknown", context_above_tokens=above, plain_output_tokens=10**6)
    assert price_usage(answers, table(TIERED)).evidence == evidence


@pytest.mark.parametrize(("above", "amount"), [(0, "10"), (128_000, "10"), (200_000, "15"), (1_000_000, "15")])
def test_all_tokens_are_paid_for_by_the_size_of_the_context(above: int, amount: str) -> None:
    call = usage("p/tiered", plain_output_tokens=10**6, context_above_tokens=above)
    assert price_usage(call, table(TIERED)).cost_computed_yoctos == yoctos(amount)


WITH_FEE = """
[[entries]]
provider = "p"
model = "m"
prices = {input = 1, output = 10, per_call = 0.5, context = {above = 200000, input = 2, output = 15, per_call = 0.5}}
service_tiers.flex = {input = 0.5, output = 5, per_call = 0.25}
service_tiers.free = {output = 0, per_call = 0, context = {above = 200000, output = 0, per_call = 0}}
service_tiers.batch = {input = 0.5, output = 5, context = {above = 200000, input = 1, output = 7.5}}
"""


@pytest.mark.parametrize(
    ("tier", "above", "amount", "gaps"),
    [
        ("flex", 0, "5.25", []),
        (
            "flex",
            200_000,
            "5.25",
            ["no price for contexts above 200000 tokens with these modifiers: the other one counts"],
        ),
        ("free", 200_000, "0", []),
        ("batch", 0, "5", ["no price per call with these modifiers"]),
        ("batch", 200_000, "7.5", ["no price per call with these modifiers"]),
    ],
)
def test_what_a_tier_leaves_out_is_not_free_of_charge(tier: str, above: int, amount: str, gaps: list[str]) -> None:
    call = usage("p/m", service_tier=tier, context_above_tokens=above, plain_output_tokens=10**6)
    priced = price_usage(call, table(WITH_FEE))
    assert (priced.cost_computed_yoctos, [gap.text for gap in priced.gaps]) == (yoctos(amount), gaps)
    assert priced.evidence == ("estimated" if gaps else "computed")
