"""The rules of costs: what is spend, what is saved, what is unknown, and how far a number can be relied on."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gatemeter.llm.call import EmbeddingsEvidence, LlmCall, Outcome, TokensEvidence
from gatemeter.pricing.cost import LlmCost, cost_columns, price_usage
from gatemeter.pricing.cost_derivation import derivation_lines
from gatemeter.pricing.priced_usage import usage_of_call
from gatemeter.schema.usage import LLM_SUMS, LLM_USAGE
from tests.support.price_books import NOON, TIERED, table, usage, yoctos

PRICES = table(
    """
    [[entries]]
    provider = "p"
    model = "full"
    [entries.prices]
    input = 10
    output = 30
    cache_read = 1
    cache_write = 12
    cache_write_1h = 20
    reasoning = 40
    audio_input = 100
    audio_output = 200
    per_call = 0.005

    [[entries]]
    provider = "p"
    model = "plain"
    prices = {input = 10, output = 30}

    [[entries]]
    provider = "p"
    model = "vectors"
    prices = {input = 2}

    [[entries]]
    provider = "p"
    model = "embedder"
    prices = {embedding = 3}
    """
)
IN_AND_OUT: dict[str, Any] = {"fresh_input_tokens": 100, "plain_output_tokens": 10}
EMBEDDED: dict[str, Any] = {
    "embeddings_provider": "p",
    "embeddings_model": "vectors",
    "embeddings_tokens": 50,
    "embeddings_evidence": "reported",
}


def cost(model: str = "p/plain", **others: Any) -> LlmCost:
    return price_usage(usage(model, **others), PRICES)


@pytest.mark.parametrize(
    ("tokens", "amount"),
    [
        ({"fresh_input_tokens": 1_000_000}, "10"),
        ({"plain_output_tokens": 1_000_000}, "30"),
        ({"cached_tokens": 1_000_000}, "1"),
        ({"cache_write_tokens": 1_000_000}, "12"),
        ({"cache_write_1h_tokens": 1_000_000}, "20"),
        ({"cache_write_tokens": 750_000, "cache_write_1h_tokens": 250_000}, "14"),
        ({"reasoning_tokens": 1_000_000}, "40"),
        ({"audio_input_tokens": 1_000_000}, "100"),
        ({"audio_output_tokens": 1_000_000}, "200"),
        ({}, "0"),
        ({"fresh_input_tokens": 1, "cached_tokens": 1, "plain_output_tokens": 1, "reasoning_tokens": 1}, "0.000081"),
    ],
)
def test_each_token_class_is_multiplied_with_its_rate(tokens: dict[str, int], amount: str) -> None:
    priced = cost("p/full", **tokens)
    assert priced.cost_computed_yoctos == yoctos(amount) + yoctos("0.005")
    assert (priced.evidence, priced.unpriced_calls) == ("computed", 0)


def test_a_price_per_call_counts_for_each_call() -> None:
    assert cost("p/full", calls=3).cost_computed_yoctos == yoctos("0.015")


@pytest.mark.parametrize(
    ("tokens", "amount", "evidence"),
    [
        ({"reasoning_tokens": 1_000_000}, "30", "computed"),
        ({"cached_tokens": 1_000_000}, "10", "estimated"),
        ({"cached_tokens": 0, "fresh_input_tokens": 1_000_000}, "10", "computed"),
        ({"cache_write_tokens": 1}, "0", "unpriced"),
        ({"cache_write_1h_tokens": 1}, "0", "unpriced"),
        ({"audio_input_tokens": 1, "fresh_input_tokens": 1_000_000}, "0", "unpriced"),
        ({"audio_output_tokens": 1}, "0", "unpriced"),
    ],
)
def test_a_class_without_a_price_never_costs_too_little(tokens: dict[str, int], amount: str, evidence: str) -> None:
    priced = cost("p/plain", calls=4, **tokens)
    assert (priced.cost_computed_yoctos, priced.evidence) == (yoctos(amount), evidence)
    assert priced.unpriced_calls == (4 if evidence == "unpriced" else 0)


def test_an_hours_writes_are_not_priced_as_short_ones() -> None:
    prices = table("\nentries = [{provider = 'p', model = 'm', prices = {input = 1, cache_write = 2}}]")
    written = usage("p/m", cache_write_1h_tokens=5)
    assert price_usage(written, prices).evidence == "unpriced"


def test_spend_holds_the_embedding() -> None:
    priced = cost(**IN_AND_OUT, **EMBEDDED)
    assert priced.embeddings_cost_yoctos == yoctos("0.0001")
    assert priced.cost_computed_yoctos == yoctos("0.0013") + yoctos("0.0001")
    assert priced.price_version.startswith("p/plain#")
    assert " + p/vectors#" in priced.price_version


@pytest.mark.parametrize(
    ("model", "embeddings", "model_price"),
    [("vectors", "0.0001", "0.0002"), ("embedder", "0.00015", "0.0003")],
)
def test_input_and_embedding_are_one_price_for_an_embedding_model(
    model: str, embeddings: str, model_price: str
) -> None:
    embedded = cost(**{**EMBEDDED, "embeddings_model": model})
    assert embedded.embeddings_cost_yoctos == yoctos(embeddings)
    assert cost(f"p/{model}", fresh_input_tokens=100).cost_computed_yoctos == yoctos(model_price)


def test_an_estimated_embedding_makes_the_cost_an_estimate() -> None:
    """As the gateway vendor has it: where no embedding tokens are logged, the prompt tokens stand for them."""
    priced = cost(**IN_AND_OUT, **{**EMBEDDED, "embeddings_tokens": 100, "embeddings_evidence": "estimated"})
    assert priced.cost_computed_yoctos == yoctos("0.0013") + yoctos("0.0002")
    assert priced.evidence == "estimated"


@pytest.mark.parametrize("outcome", ["cache_hit", "failed"])
def test_what_no_provider_answered_is_no_spend(outcome: str) -> None:
    priced = cost(outcome=outcome, **IN_AND_OUT, **EMBEDDED)
    assert (priced.cost_computed_yoctos, priced.evidence, priced.unpriced_calls) == (0, "", 0)
    assert priced.embeddings_cost_yoctos == yoctos("0.0001")


def test_a_cache_hit_saves_the_answer_but_not_the_embedding() -> None:
    assert cost(outcome="cache_hit", **IN_AND_OUT, **EMBEDDED).cost_savings_yoctos == yoctos("0.0013")
    assert cost(outcome="failed", **IN_AND_OUT).cost_savings_yoctos == 0
    assert cost(outcome="provider", **IN_AND_OUT).cost_savings_yoctos == 0


def test_a_saving_that_cannot_be_priced_is_not_an_unpriced_call() -> None:
    priced = cost("p/unheard-of", outcome="cache_hit", **IN_AND_OUT)
    assert priced.columns() == (0, 0, 0, 0, "", "", "USD", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"outcome": "unknown"}, "the event does not tell whether the provider answered"),
        ({"evidence": "missing"}, "the token counts are missing"),
        ({"evidence": "inconsistent"}, "the token counts are inconsistent"),
        ({"evidence": "other_modality"}, "the token counts are other_modality"),
        ({"model": "p/unheard-of"}, "no price for p/unheard-of"),
        ({"model": "/plain"}, "no price for an unnamed provider/plain"),
        ({"model": "UNSPECIFIED/plain"}, "no price for UNSPECIFIED/plain"),
        ({**EMBEDDED, "embeddings_model": "unheard-of"}, "no price for embeddings by p/unheard-of"),
    ],
)
def test_an_unknown_cost_is_unpriced_and_never_0(change: dict[str, Any], reason: str) -> None:
    priced = cost(**{**IN_AND_OUT, "calls": 7, **change})
    assert (priced.cost_computed_yoctos, priced.unpriced_calls, priced.evidence) == (0, 7, "unpriced")
    assert ([gap.text for gap in priced.gaps], derivation_lines(priced)[-1]) == ([reason], f"unpriced: {reason}")


def test_an_unpriced_embedding_of_a_hit_keeps_its_saving() -> None:
    priced = cost(outcome="cache_hit", **IN_AND_OUT, **{**EMBEDDED, "embeddings_model": "unheard-of"})
    assert (priced.unpriced_calls, priced.evidence) == (0, "unpriced")
    assert priced.cost_savings_yoctos == yoctos("0.0013")


def test_estimated_counts_make_an_estimated_cost() -> None:
    priced = cost(evidence="estimated", **IN_AND_OUT)
    assert (priced.cost_computed_yoctos, priced.evidence) == (yoctos("0.0013"), "estimated")


def test_what_no_unit_counts_makes_the_cost_an_estimate_of_the_least() -> None:
    priced = price_usage(usage("p/flat", plain_output_tokens=10**6, unknown_units="smells,total_tokens"), table(TIERED))
    assert (priced.cost_computed_yoctos, priced.evidence) == (yoctos("10"), "estimated")
    assert [gap.text for gap in priced.gaps] == [
        "the usage counts smells, which no price is known for",
        "the usage counts total_tokens, which no price is known for",
    ]
    assert "cost: at least 10 USD" in derivation_lines(priced)


@pytest.mark.parametrize(
    ("name", "said", "bound"),
    [
        ("smells", "the usage counts smells, which no price is known for", "at least"),
        ("tools.web_search", "the request allows web_search, and no answer tells how often it was used", "at least"),
        ("untold.cache_write_tokens", "no count tells the cache write tokens, which cost more", "at least"),
        ("untold.service_tier", "no answer tells that the service tier of the request was served", "at most"),
    ],
)
def test_what_is_not_told_says_on_which_side_the_cost_is(name: str, said: str, bound: str) -> None:
    priced = price_usage(usage("p/flat", plain_output_tokens=10**6, unknown_units=name), table(TIERED))
    assert [(gap.text, gap.bound.value) for gap in priced.gaps] == [(said, bound)]


def test_an_event_that_completes_a_call_counts_tokens_only() -> None:
    priced = cost("p/full", calls=0, fresh_input_tokens=1_000_000)
    assert (priced.cost_computed_yoctos, priced.unpriced_calls) == (yoctos("10"), 0)


def test_an_unpriced_answer_counts_without_its_call() -> None:
    priced = cost("p/unheard-of", calls=0, answers=1, plain_output_tokens=1_000_000)
    assert (priced.cost_computed_yoctos, priced.unpriced_calls, priced.evidence) == (0, 1, "unpriced")


def test_a_fallback_price_of_an_embedding_makes_the_cost_an_estimate() -> None:
    prices = table(f"fallbacks = {{q = 'p'}}\n{TIERED}")
    embedded = {**EMBEDDED, "embeddings_model": "flat", "plain_output_tokens": 1}
    assert price_usage(usage("p/flat", **embedded), prices).evidence == "computed"
    assert price_usage(usage("p/flat", **{**embedded, "embeddings_provider": "q"}), prices).evidence == "estimated"


@pytest.mark.parametrize(
    ("asked", "answered", "evidence"),
    [("flat", "flat-2026-02-01", "estimated"), ("flat", "another", "estimated"), ("flat", "", "computed")],
)
def test_a_price_of_another_model_than_answered_is_estimate(asked: str, answered: str, evidence: str) -> None:
    call = replace(usage("p/x", plain_output_tokens=10**6), request_model=asked, response_model=answered)
    priced = price_usage(call, table(TIERED))
    assert (priced.cost_computed_yoctos, priced.evidence) == (yoctos("10"), evidence)


def test_a_cost_beyond_the_column_is_unpriced_and_goes_on() -> None:
    priced = price_usage(usage("p/m", fresh_input_tokens=10**12), table(ABSURD))
    assert (priced.cost_computed_yoctos, priced.unpriced_calls, priced.evidence) == (0, 1, "unpriced")


ABSURD = """
entries = [
  {provider = "p", model = "m", prices = {input = 900000000000}},
  {provider = "p", model = "exact", prices = {input = 10.000000000000000001}},
]
"""


@pytest.mark.parametrize("sign", [1, -1])  # a correction has negative counts
def test_a_cost_that_just_fits_the_column_is_kept(sign: int) -> None:
    prices = table(ABSURD)
    fits = price_usage(usage("p/exact", fresh_input_tokens=sign * (10**19 - 1)), prices)
    assert (fits.cost_computed_yoctos, fits.evidence) == (sign * (10**38 - 1), "computed")
    beyond = price_usage(usage("p/exact", fresh_input_tokens=sign * 10**19), prices)
    assert (beyond.cost_computed_yoctos, beyond.evidence) == (0, "unpriced")


def test_a_derivation_shows_each_product() -> None:
    priced = cost("p/full", **IN_AND_OUT, **EMBEDDED)
    version, embeddings_version = priced.price_version.split(" + ")
    assert derivation_lines(priced) == [
        f"price: {version}",
        "fresh input tokens: 100 x 10 per million = 0.001",
        "plain output tokens: 10 x 30 per million = 0.0003",
        "calls: 1 x 0.005 = 0.005",
        f"embeddings price: {embeddings_version}",
        "embeddings tokens: 50 x 2 per million = 0.0001",
        "cost: 0.0064 USD",
        "embeddings cost: 0.0001 USD",
    ]


def test_a_derivation_names_estimates_and_savings() -> None:
    assert derivation_lines(cost(cached_tokens=4))[1:] == [
        "cached tokens: 4 x 10 per million = 0.00004",
        "cost: at most 0.00004 USD",
        "estimated: no price for cache_read: that of input counts",
    ]
    assert derivation_lines(cost(outcome="cache_hit", **IN_AND_OUT))[-1] == "saved by the cache: 0.0013 USD"
    assert derivation_lines(cost(service_tier="scale"))[-1] == (
        "estimated: no price for service tier scale: the standard price counts"
    )


def key(**values: Any) -> tuple[Any, ...]:
    known = {"hour": NOON, "provider": "p", "response_model": "plain", "outcome": "provider", **values}
    known.setdefault("tokens_evidence", "reported")
    blank = {"context_above_tokens": 0}
    return tuple(known.get(column.name, blank.get(column.name, "")) for column in LLM_USAGE.dimensions)


def test_columns_of_rows_come_in_the_order_of_the_table() -> None:
    sums = {name: [0, 0, 0] for name in LLM_SUMS}
    sums |= {"calls": [2, 3, 1], "fresh_input_tokens": [100, 100, 10**30], "plain_output_tokens": [10, 10, 0]}
    columns = cost_columns([key(), key(outcome="cache_hit"), key(response_model="nope")], sums, PRICES)
    version = cost().price_version
    assert [column.name for column in LLM_USAGE.measures[-8:]] == [
        "cost_computed", "embeddings_cost", "cost_savings", "unpriced_calls", "cost_evidence", "price_version",
        "cost_currency", "cost_gaps",
    ]  # fmt: skip
    amount = yoctos("0.0013")
    assert columns == [
        [amount, 0, 0], [0, 0, 0], [0, amount, 0], [0, 0, 1], ["computed", "", "unpriced"], [version, version, ""],
        ["USD"] * 3, ["", "", "no price for p/nope"],
    ]  # fmt: skip


def test_no_rows_have_eight_empty_columns() -> None:
    assert cost_columns([], {name: [] for name in LLM_SUMS}, PRICES) == [[]] * 8


def test_the_names_of_the_consumer_reach_the_prices() -> None:
    own = table(
        """
        entries = [
          {provider = "p", model = "plain", prices = {input = 10}},
          {provider = "p", model = "plain", consumer = "acme", prices = {input = 1}},
        ]
        """
    )
    sums = {name: [0] * 3 for name in LLM_SUMS} | {"fresh_input_tokens": [10**6] * 3}
    keys = [key(consumer_id="acme"), key(consumer_username="acme"), key(consumer_custom_id="other")]
    assert cost_columns(keys, sums, own)[0] == [yoctos("1"), yoctos("1"), yoctos("10")]


def test_a_call_is_priced_as_its_row_is() -> None:
    call = LlmCall(
        outcome=Outcome.PROVIDER,
        tokens_evidence=TokensEvidence.REPORTED,
        provider="p",
        request_model="full",
        units={
            "fresh_input_tokens": 100,
            "cached_tokens": 20,
            "cache_write_tokens": 6,
            "cache_write_1h_tokens": 4,
            "plain_output_tokens": 3,
        },
        embeddings_provider="p",
        embeddings_model="vectors",
        embeddings_tokens=100,
        embeddings_evidence=EmbeddingsEvidence.REPORTED,
    )
    priced = price_usage(usage_of_call(call, NOON, ("a", "b", "")), PRICES)
    by_hand = 100 * 10 + 20 * 1 + 6 * 12 + 4 * 20 + 3 * 30 + 100 * 2
    assert priced.cost_computed_yoctos == yoctos(str(Decimal(by_hand) / 10**6)) + yoctos("0.005")
