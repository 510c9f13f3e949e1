"""The gateway's counts and the provider's, together."""

from typing import Any

import pytest
from msgspec.structs import replace

from gatemeter.llm.call import TokensEvidence
from gatemeter.llm.counting_rules import CountedBy
from gatemeter.llm.payload_usage import PayloadUsage
from gatemeter.llm.token_counts import TokenCounts
from gatemeter.llm.used_tokens import UsedTokens, used_tokens

PROVIDERS = PayloadUsage((TokenCounts(prompt=33, completion=44, total=77, cached=11),), is_whole=True)


def used(
    logged: TokenCounts, payload: PayloadUsage | None = None, *, is_stream: bool | None = False, **by: Any
) -> UsedTokens:
    counted_by = CountedBy(**{"gateway": "kong", "version": (), "provider": "openai", "model": "m", **by})
    return used_tokens((logged,), payload, counted_by=counted_by, is_stream=is_stream)


@pytest.mark.parametrize(
    "logged", [TokenCounts(prompt=30, completion=40), TokenCounts(prompt=0, completion=0), TokenCounts()]
)
@pytest.mark.parametrize("is_stream", [True, False])
def test_the_provider_s_own_counts_are_believed(logged: TokenCounts, is_stream: bool) -> None:
    found = used(logged, PROVIDERS, is_stream=is_stream)
    assert (found.prompt, found.completion, found.total, found.evidence) == (33, 44, 77, TokensEvidence.PROVIDER)
    assert found.units == {"cached_tokens": 11, "fresh_input_tokens": 22, "plain_output_tokens": 44}


def test_an_answer_that_is_not_whole_fills_gaps() -> None:
    part = PayloadUsage((TokenCounts(prompt=30, cached=11),))
    found = used(TokenCounts(prompt=30, completion=40, total=70), part)
    assert (found.prompt, found.units["cached_tokens"], found.units["fresh_input_tokens"]) == (30, 11, 19)
    assert found.evidence is TokensEvidence.REPORTED


def test_an_answer_composed_by_the_gateway_replaces_no_estimate() -> None:
    composed = PayloadUsage((TokenCounts(prompt=22, completion=40, total=62),))
    found = used(TokenCounts(prompt=22, completion=40, total=62), composed, is_stream=True)
    assert found.evidence is TokensEvidence.ESTIMATED


@pytest.mark.parametrize("gateway_prompt", [10, 100])
def test_a_gateway_that_counts_the_same_adds_the_classes_it_tells(gateway_prompt: int) -> None:
    """Anthropic's input is 10 beside 90 cached, however the gateway counts it."""
    own = PayloadUsage((TokenCounts(prompt=10, completion=5, shape="anthropic"),), is_whole=True)
    found = used(TokenCounts(prompt=gateway_prompt, completion=5, cached=90), own, provider="anthropic")
    assert (found.units["fresh_input_tokens"], found.units["cached_tokens"]) == (10, 90)


def test_what_only_the_gateway_counts_is_kept() -> None:
    logged = TokenCounts(prompt=1, completion=1, others={"web_searches": 3}, unknown=("smells",))
    found = used(logged, PROVIDERS)
    assert (found.units["web_searches"], found.unknown) == (3, ("smells",))


def test_several_answers_are_added_up_and_the_largest_is_the_context() -> None:
    two = PayloadUsage((TokenCounts(prompt=10, completion=5), TokenCounts(prompt=30, completion=5)), is_whole=True)
    found = used(TokenCounts(prompt=10, completion=5), two)
    assert (found.prompt, found.units["fresh_input_tokens"], found.context_tokens) == (40, 40, 30)


@pytest.mark.parametrize(
    ("counts", "provider", "version", "evidence"),
    [
        (TokenCounts(prompt=1024, completion=5), "openai", (3, 9, 1, 0), TokensEvidence.AMBIGUOUS),
        (TokenCounts(prompt=1023, completion=5), "openai", (3, 9, 1, 0), TokensEvidence.REPORTED),
        (TokenCounts(prompt=1024, completion=5), "openai", (3, 11, 0, 0), TokensEvidence.REPORTED),
        (TokenCounts(prompt=5000, completion=100), "openai", (), TokensEvidence.AMBIGUOUS),
        (TokenCounts(prompt=5000, completion=100), "azure", (), TokensEvidence.AMBIGUOUS),
        (TokenCounts(prompt=1023, completion=100), "openai", (), TokensEvidence.REPORTED),
        (TokenCounts(prompt=5000, completion=100, cached=0), "openai", (), TokensEvidence.REPORTED),
        (TokenCounts(prompt=1024, completion=5, cached=512), "openai", (3, 9, 1, 0), TokensEvidence.REPORTED),
        (TokenCounts(prompt=1024, completion=5), "gemini", (3, 14, 0, 7), TokensEvidence.AMBIGUOUS),
        (TokenCounts(prompt=1024, completion=5), "gemini", (), TokensEvidence.AMBIGUOUS),
        (TokenCounts(prompt=1024, completion=5), "gemini", (3, 15, 0, 4), TokensEvidence.REPORTED),
    ],
)
def test_a_prompt_may_be_cached_where_the_gateway_logs_no_cache(
    counts: TokenCounts, provider: str, version: tuple[int, ...], evidence: TokensEvidence
) -> None:
    """Prompts below 1024 tokens are not cached."""
    assert used(counts, provider=provider, version=version).evidence is evidence


def test_no_cache_is_missed_in_an_embedding() -> None:
    embedding = used(TokenCounts(prompt=1024, total=1024), model="text-embedding-3-small", version=(3, 9, 1, 0))
    assert embedding.evidence is TokensEvidence.REPORTED


@pytest.mark.parametrize(
    ("prompts", "evidence"),
    [
        ((250_000, 210_000), TokensEvidence.PROVIDER),
        ((250_000, 10_000), TokensEvidence.CONTEXT_UNKNOWN),
        ((10_000, 250_000), TokensEvidence.CONTEXT_UNKNOWN),
    ],
)
def test_answers_with_contexts_of_two_sizes_have_no_certain_one(
    prompts: tuple[int, int], evidence: TokensEvidence
) -> None:
    """A price for contexts above 200000 tokens is for one of the two answers only."""
    two = PayloadUsage(tuple(TokenCounts(prompt=prompt, completion=5) for prompt in prompts), is_whole=True)
    found = used(TokenCounts(prompt=10_000, completion=5), two)
    assert (found.units["fresh_input_tokens"], found.evidence) == (sum(prompts), evidence)


@pytest.mark.parametrize(
    ("logged", "is_stream", "evidence"),
    [
        (TokenCounts(prompt=0, completion=0, total=0), False, TokensEvidence.MISSING),
        (TokenCounts(prompt=10, completion=0, total=10, cached=0, has_details=True), True, TokensEvidence.MISSING),
        (TokenCounts(prompt=10, completion=0, total=10), None, TokensEvidence.MISSING),
        (TokenCounts(prompt=10, completion=0, total=10), False, TokensEvidence.AMBIGUOUS),
        (TokenCounts(prompt=10, total=10), None, TokensEvidence.MISSING),
        (TokenCounts(prompt=10, total=10), False, TokensEvidence.AMBIGUOUS),
        (TokenCounts(prompt=0, completion=10, total=10), False, TokensEvidence.MISSING),
        (TokenCounts(others={"audio_input_ms": 1500}), False, TokensEvidence.REPORTED),
        (TokenCounts(prompt=10, completion=5, has_unusable=True), False, TokensEvidence.INCONSISTENT),
        (TokenCounts(prompt=10, completion=5, has_conflict=True), False, TokensEvidence.AMBIGUOUS),
    ],
)
def test_counts_that_cannot_be_true_are_not_believed(
    logged: TokenCounts, is_stream: bool | None, evidence: TokensEvidence
) -> None:
    assert used(logged, is_stream=is_stream).evidence is evidence


THOUGHTS = TokenCounts(prompt=100, completion=0, total=600, reasoning=500, shape="gemini", has_details=True)


@pytest.mark.parametrize("is_stream", [True, False, None])
@pytest.mark.parametrize(("shape", "provider"), [("gemini", "gemini"), ("openai-chat", "xai")])
def test_an_answer_of_thoughts_alone_is_whole_where_the_total_proves_it(
    shape: str, provider: str, is_stream: bool | None
) -> None:
    found = used(replace(THOUGHTS, shape=shape), is_stream=is_stream, provider=provider)
    assert found.evidence is TokensEvidence.REPORTED
    assert found.units == {"fresh_input_tokens": 100, "plain_output_tokens": 0, "reasoning_tokens": 500}


@pytest.mark.parametrize("total", [None, 0, 100, 599, 601, 1000])
@pytest.mark.parametrize("is_stream", [True, None])
def test_thoughts_that_the_total_does_not_prove_to_be_all_are_no_answer(total: int | None, is_stream: bool) -> None:
    found = used(replace(THOUGHTS, total=total), is_stream=is_stream, provider="gemini")
    assert found.evidence is TokensEvidence.MISSING


@pytest.mark.parametrize("details", [{}, {"cached": 0, "has_details": True}])
@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini"])
def test_hiding_whether_it_was_a_stream_is_no_better_evidence(provider: str, details: dict[str, Any]) -> None:
    counts = TokenCounts(prompt=1000, completion=100, total=1100, **details)
    untold, stream = (used(counts, is_stream=told, provider=provider).evidence for told in (None, True))
    if provider == "openai":
        assert untold is stream is (TokensEvidence.REPORTED if details else TokensEvidence.ESTIMATED)
    assert untold is not TokensEvidence.REPORTED or stream is TokensEvidence.REPORTED


def test_a_model_of_embeddings_has_no_completion() -> None:
    counts = TokenCounts(prompt=10, completion=0, total=10)
    assert used(counts, is_stream=None, model="text-embedding-3-small").evidence is TokensEvidence.REPORTED


def test_an_answer_that_is_cut_off_and_contradicts_the_gateway_leaves_doubt() -> None:
    part = PayloadUsage((TokenCounts(prompt=100),), is_own=True)
    assert used(TokenCounts(prompt=300, completion=5), part).evidence is TokensEvidence.AMBIGUOUS
    assert used(TokenCounts(prompt=100, completion=5), part).evidence is TokensEvidence.REPORTED


def test_the_rest_of_an_image_answer_besides_its_text_is_an_image() -> None:
    counts = TokenCounts(prompt=7, completion=1300, total=1307, text_output=10, shape="gemini", has_details=True)
    found = used(counts, provider="gemini", model="gemini-2.5-flash-image")
    assert (found.units["image_output_tokens"], found.units["plain_output_tokens"]) == (1290, 10)
    assert found.evidence is TokensEvidence.AMBIGUOUS


def test_tokens_that_only_the_total_tells_are_named() -> None:
    assert used(TokenCounts(prompt=10, completion=5, total=25)).unknown == ("total_tokens",)


@pytest.mark.parametrize(("model", "searches"), [("gemini-2.5-flash", 1), ("gemini-3-pro", 3)])
def test_google_bills_grounded_prompts_and_later_queries(model: str, searches: int) -> None:
    counts = TokenCounts(prompt=1, completion=1, others={"grounding_queries": 3}, shape="gemini")
    found = used(TokenCounts(), PayloadUsage((counts,), is_whole=True), provider="gemini", model=model)
    assert (found.units["web_searches"], "grounding_queries" in found.units) == (searches, False)


@pytest.mark.parametrize(
    ("model", "counts", "is_untold"),
    [
        ("gpt-5.6-sol", TokenCounts(prompt=5000, completion=5, cached=0), True),
        ("openai/GPT-6.1-sol", TokenCounts(prompt=5000, completion=5), True),
        ("gpt-5.6-sol", TokenCounts(prompt=5000, completion=5, cache_write=0), False),
        ("gpt-5.6-sol", TokenCounts(prompt=1023, completion=5), False),
        ("gpt-5.6-sol", TokenCounts(prompt=5000, completion=5, cached=5000), False),
        ("gpt-5.5", TokenCounts(prompt=5000, completion=5), False),
    ],
)
def test_writes_to_a_cache_that_cost_more_have_to_be_told(model: str, counts: TokenCounts, is_untold: bool) -> None:
    assert used(counts, model=model).unknown == (("untold.cache_write_tokens",) if is_untold else ())
