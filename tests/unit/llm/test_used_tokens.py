"""The gateway's counts and the provider's, together."""

from typing import Any

import pytest

from gatemeter.llm.call import TokensEvidence
from gatemeter.llm.payload_usage import PayloadUsage
from gatemeter.llm.token_classes import TokenCounts
from gatemeter.llm.used_tokens import UsedTokens, used_tokens

PROVIDERS = PayloadUsage(TokenCounts(prompt=33, completion=44, total=77, cached=11), "", is_from_provider=True)


def used(logged: TokenCounts, payload: PayloadUsage | None = PROVIDERS, **about: Any) -> UsedTokens:
    return used_tokens(logged, payload, **{"provider": "openai", "model": "m", "is_stream": False, **about})


def test_the_gateway_s_counts_hold_and_the_answer_fills_gaps() -> None:
    found = used(TokenCounts(prompt=30, completion=40, total=70))
    assert (found.counts.prompt, found.counts.completion, found.counts.total, found.counts.cached) == (30, 40, 70, 11)
    assert (found.classes.fresh_input, found.evidence) == (19, TokensEvidence.REPORTED)


@pytest.mark.parametrize(
    ("logged", "is_stream"),
    [
        (TokenCounts(prompt=22, completion=40, total=62), True),
        (TokenCounts(prompt=22, completion=40, has_fractions=True), False),
        (TokenCounts(prompt=0, completion=0, total=0), False),
        (TokenCounts(), False),
    ],
)
def test_the_provider_s_counts_replace_estimates_and_zeros(logged: TokenCounts, is_stream: bool) -> None:
    found = used(logged, is_stream=is_stream)
    assert (found.counts.prompt, found.counts.completion, found.counts.total) == (33, 44, 77)
    assert found.evidence is TokensEvidence.REPORTED


def test_an_answer_composed_by_the_gateway_replaces_no_estimate() -> None:
    composed = PayloadUsage(TokenCounts(prompt=22, completion=40, total=62), "", is_from_provider=False)
    found = used(TokenCounts(prompt=22, completion=40, total=62), composed, is_stream=True)
    assert found.evidence is TokensEvidence.ESTIMATED


@pytest.mark.parametrize(
    ("gateway_prompt", "provider", "fresh_input"),
    [
        (10, "openai", 10),  # equal to Anthropic's input_tokens: the cached ones are beside it
        (100, "anthropic", 10),  # with the 90 cached ones: they are within it
        (55, "anthropic", 55),  # neither: the provider's rule
    ],
)
def test_a_native_answer_shows_what_the_gateway_s_prompt_count_holds(
    gateway_prompt: int, provider: str, fresh_input: int
) -> None:
    native = PayloadUsage(
        TokenCounts(prompt=10, completion=5, cached=90, cache_beside_prompt=True), "", is_from_provider=True
    )
    found = used(TokenCounts(prompt=gateway_prompt, completion=5), native, provider=provider)
    assert (found.classes.fresh_input, found.counts.cached) == (fresh_input, 90)


def test_an_estimated_total_is_not_kept_beside_the_provider_s_counts() -> None:
    payload = PayloadUsage(TokenCounts(prompt=33, completion=44), "", is_from_provider=True)
    found = used(TokenCounts(prompt=33, completion=44, total=99), payload, is_stream=True)
    assert (found.counts.total, found.evidence) == (None, TokensEvidence.REPORTED)
