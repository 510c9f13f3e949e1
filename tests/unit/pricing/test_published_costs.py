"""Costs worked out by hand from published price pages, through the packaged price book.

Prices of the past never change in the book, so these numbers hold for good. All amounts are US dollars.
"""

from typing import Any

import pytest

from gatemeter.generator.ai.llm_request import MODELS, AiModel
from gatemeter.generator.plan import TrafficPlan
from gatemeter.llm.call import context_above
from gatemeter.pricing.cost import LlmCost, price_usage
from tests.support.packaged_prices import packaged_table
from tests.support.price_books import hour_s, table, usage, yoctos

IN_2025 = hour_s("2025-07-01T12:00")
IN_NOVEMBER = hour_s("2026-11-01T12:00")


def cost(model: str, at: int = IN_2025, **others: int | str) -> LlmCost:
    return price_usage(usage(model, at=at, **others), packaged_table())  # type: ignore[arg-type]


def test_openai_cached_tokens_are_not_counted_twice() -> None:
    """OpenAI, prompt caching: 2006 prompt tokens, 1920 of them cached, 300 completion tokens.

    OpenAI, pricing, gpt-4o: input 2.50, cached input 1.25, output 10.00 per million:
    86 x 2.50 + 1920 x 1.25 + 300 x 10.00 = 215 + 2400 + 3000 = 5615 millionths.
    """
    priced = cost("openai/gpt-4o-2024-08-06", fresh_input_tokens=86, cached_tokens=1920, plain_output_tokens=300)
    assert (priced.cost_computed_yoctos, priced.evidence) == (yoctos("0.005615"), "computed")


def test_openai_gpt_4o_mini_costs_as_published() -> None:
    """OpenAI, pricing: input 0.15, output 0.60 per million: 1000 x 0.15 + 500 x 0.60 = 450 millionths."""
    priced = cost("openai/gpt-4o-mini-2024-07-18", fresh_input_tokens=1000, plain_output_tokens=500)
    assert priced.cost_computed_yoctos == yoctos("0.00045")


def test_openai_reasoning_is_paid_as_output() -> None:
    """OpenAI, reasoning: reasoning tokens "are billed as output tokens"; o1: input 15.00, output 60.00 per million.

    75 x 15 + (1186 - 1024) x 60 + 1024 x 60 = 1125 + 71160 = 72285 millionths.
    """
    priced = cost("openai/o1", fresh_input_tokens=75, plain_output_tokens=162, reasoning_tokens=1024)
    assert (priced.cost_computed_yoctos, priced.evidence) == (yoctos("0.072285"), "computed")


def test_anthropic_cache_writes_of_both_durations_and_reads() -> None:
    """Anthropic, pricing, Claude Sonnet 4: input 3, 5 min writes 3.75, 1 h writes 6, hits 0.30, output 15 per million.

    50 x 3 + 148 x 3.75 + 100 x 6 + 1800 x 0.30 + 503 x 15 = 150 + 555 + 600 + 540 + 7545 = 9390 millionths.
    """
    priced = cost(
        "anthropic/claude-sonnet-4-20250514",
        fresh_input_tokens=50,
        cache_write_tokens=148,
        cache_write_1h_tokens=100,
        cached_tokens=1800,
        plain_output_tokens=503,
    )
    assert (priced.cost_computed_yoctos, priced.evidence) == (yoctos("0.00939"), "computed")


@pytest.mark.parametrize(
    ("input_tokens", "amount"),
    [(200_000, "0.26"), (200_001, "0.5150025")],
)
def test_gemini_2_5_pro_costs_more_for_all_tokens_above_200k(input_tokens: int, amount: str) -> None:
    """Google, Gemini API pricing: input 1.25 and output 10 per million, 2.50 and 15 for prompts > 200k tokens.

    200000 x 1.25 + 1000 x 10 = 260000 millionths; 200001 x 2.50 + 1000 x 15 = 515002.5 millionths.
    """
    priced = cost(
        "gemini/gemini-2.5-pro",
        fresh_input_tokens=input_tokens,
        plain_output_tokens=400,
        reasoning_tokens=600,
        context_above_tokens=context_above(input_tokens),
    )
    assert priced.cost_computed_yoctos == yoctos(amount)


@pytest.mark.parametrize(("at", "amount"), [("2025-06-09T23:00", "0.05"), ("2025-06-10T00:00", "0.01")])
def test_openai_o3_became_cheaper_at_midnight_utc(at: str, amount: str) -> None:
    """OpenAI, 2025-06-10: o3 from input 10, output 40 down to input 2, output 8 per million.

    1000 x 10 + 1000 x 40 = 50000 millionths; 1000 x 2 + 1000 x 8 = 10000 millionths.
    """
    priced = cost("openai/o3", hour_s(at), fresh_input_tokens=1000, plain_output_tokens=1000)
    assert priced.cost_computed_yoctos == yoctos(amount)


def test_openai_batch_is_half_the_price() -> None:
    """OpenAI, batch pricing, gpt-4o: input 1.25, output 5.00 per million: 1000 x 1.25 + 100 x 5 = 1750 millionths."""
    priced = cost("openai/gpt-4o", IN_NOVEMBER, fresh_input_tokens=1000, plain_output_tokens=100, service_tier="batch")
    assert (priced.cost_computed_yoctos, priced.evidence) == (yoctos("0.00175"), "computed")


def test_openai_priority_costs_more() -> None:
    """OpenAI, priority pricing, gpt-4o: input 4.25, cached 2.125, output 17.00 per million.

    1000 x 4.25 + 10 x 2.125 + 100 x 17 = 4250 + 21.25 + 1700 = 5971.25 millionths.
    """
    priced = cost(
        "openai/gpt-4o",
        IN_NOVEMBER,
        fresh_input_tokens=1000,
        cached_tokens=10,
        plain_output_tokens=100,
        service_tier="priority",
    )
    assert (priced.cost_computed_yoctos, priced.evidence) == (yoctos("0.00597125"), "computed")


def test_openai_embeddings_cost_as_published() -> None:
    """OpenAI, pricing: text-embedding-3-small 0.02 per million, 3-large 0.13: 500 x 0.02 + 500 x 0.13 = 75."""
    priced = cost(
        "openai/text-embedding-3-small",
        fresh_input_tokens=500,
        embeddings_provider="openai",
        embeddings_model="text-embedding-3-large",
        embeddings_tokens=500,
        embeddings_evidence="reported",
    )
    assert priced.cost_computed_yoctos == yoctos("0.000075")


def test_openai_realtime_audio_has_its_own_prices() -> None:
    """OpenAI, pricing, gpt-4o-realtime-preview: text 5 and 20, audio 40 and 80 per million.

    100 x 5 + 200 x 40 + 10 x 20 + 20 x 80 = 500 + 8000 + 200 + 1600 = 10300 millionths.
    """
    priced = cost(
        "openai/gpt-4o-realtime-preview",
        fresh_input_tokens=100,
        audio_input_tokens=200,
        plain_output_tokens=10,
        audio_output_tokens=20,
    )
    assert (priced.cost_computed_yoctos, priced.evidence) == (yoctos("0.0103"), "computed")


@pytest.mark.parametrize(
    ("at", "amount"),
    [
        ("2026-11-02T00:00", "0.15"),
        ("2026-11-02T01:00", "0.3"),
        ("2026-11-02T04:00", "0.15"),
        ("2026-11-02T09:00", "0.3"),
    ],
)
def test_deepseek_costs_more_at_peak_hours(at: str, amount: str) -> None:
    """DeepSeek, pricing, V4.1 Flash: input 0.15 per million, 0.30 from 01:00 to 04:00 and 06:00 to 10:00 UTC."""
    priced = cost("deepseek/deepseek-flash", hour_s(at), fresh_input_tokens=1_000_000)
    assert priced.cost_computed_yoctos == yoctos(amount)


def test_an_hour_in_which_the_price_changes_is_an_estimate() -> None:
    """DeepSeek's off-peak price of deepseek-chat began at 16:30 UTC; usage is stored by the hour."""
    at_1500, at_1600, at_1700 = (
        cost("deepseek/deepseek-chat", hour_s(f"2025-07-01T{hour}:00"), fresh_input_tokens=10**6)
        for hour in (15, 16, 17)
    )
    assert (at_1500.cost_computed_yoctos, at_1700.cost_computed_yoctos) == (yoctos("0.27"), yoctos("0.135"))
    assert (at_1600.cost_computed_yoctos, at_1600.evidence) == (yoctos("0.27"), "estimated")


def test_azure_pays_openais_price_as_an_estimate() -> None:
    priced = cost("azure/gpt-4o", fresh_input_tokens=1000)
    assert (priced.cost_computed_yoctos, priced.evidence) == (yoctos("0.0025"), "estimated")


@pytest.mark.parametrize(
    "model", ["ollama/llama3.2", "huggingface/meta-llama/Llama-3.3-70B-Instruct", "openai/gpt-5.9-mini"]
)
def test_models_without_a_published_price_per_token_are_unpriced(model: str) -> None:
    assert cost(model, fresh_input_tokens=1000).evidence == "unpriced"


@pytest.mark.parametrize("model", MODELS.values, ids=lambda model: f"{model.provider}/{model.request_name}")
def test_every_model_of_generated_traffic_has_a_price(model: AiModel) -> None:
    at = hour_s(f"{TrafficPlan(events=1).month}-10T12:00")
    for name in (model.request_name, model.response_name):
        priced = cost(f"{model.provider}/{name}", at, fresh_input_tokens=9, cached_tokens=9, reasoning_tokens=9)
        assert priced.evidence in ("computed", "estimated"), priced.gaps


@pytest.mark.parametrize(
    ("prompt", "completion", "price", "amount"),
    [(25, 12, "10.0", "0.00037"), (18, 13, "10.0", "0.00031"), (2, 11, "15.0", "0.000195")],
)
def test_kongs_own_examples_with_the_same_price_for_both(prompt: int, completion: int, price: str, amount: str) -> None:
    """Kong's integration tests of ai-proxy: (prompt x input_cost + completion x output_cost) / 1,000,000."""
    own = table(
        f"\nentries = [{{provider = 'openai', model = 'gpt-4', prices = {{input = {price}, output = {price}}}}}]"
    )
    priced = price_usage(usage("openai/gpt-4", fresh_input_tokens=prompt, plain_output_tokens=completion), own)
    assert priced.cost_computed_yoctos == yoctos(amount)


def test_a_consumers_own_price_goes_before_the_published_one() -> None:
    own = table(
        "\nentries = [{provider = 'openai', model = 'gpt-4o', consumer = 'acme', prices = {input = 2, output = 8}}]",
        with_seed=True,
    )
    tokens: dict[str, Any] = {"fresh_input_tokens": 1000, "plain_output_tokens": 100}
    mine, others = (
        price_usage(usage("openai/gpt-4o", consumers=("id", name, ""), **tokens), own) for name in ("acme", "globex")
    )
    assert (mine.cost_computed_yoctos, others.cost_computed_yoctos) == (yoctos("0.0028"), yoctos("0.0035"))
    assert "for acme#" in mine.price_version
