"""Metering events whose counts, or whose price, are not all that they seem to be."""

from typing import Any

import pytest

from gatemeter.llm.call import TokensEvidence
from tests.support.cloud_events import call_of

WHOLE: dict[str, Any] = {"prompt_tokens": 1000, "completion_tokens": 5}


@pytest.mark.parametrize(
    "more",
    [
        {"cached_tokens": 900},
        {"prompt_tokens_details": {"cached_tokens": 900}},
        {"usage": {"cachedTokens": 900}},
        {"cachedTokens": "900"},
        {"web_searches": 3},
        {"reasoning_tokens": -1},
        {"total_tokens": 1500},
    ],
)
def test_what_else_is_counted_makes_a_call_ambiguous(more: dict[str, Any]) -> None:
    assert call_of(**WHOLE, **more).tokens_evidence is TokensEvidence.AMBIGUOUS


@pytest.mark.parametrize(
    "more",
    [
        {"cached_tokens": 0, "prompt_tokens_details": {"audio_tokens": 0}},
        {"accepted_prediction_tokens": None, "request_size_bytes": 512, "duration_ms": 30, "cost": 0.25},
        {"total_tokens": 1005},
    ],
)
def test_numbers_that_no_provider_bills_are_not_counts(more: dict[str, Any]) -> None:
    assert call_of(**WHOLE, **more).tokens_evidence is TokensEvidence.REPORTED


@pytest.mark.parametrize("name", ["prompt_tokens", "completion_tokens"])
@pytest.mark.parametrize("count", [-5, "NaN", "1,000", [], 10**30])
def test_a_count_that_cannot_be_used_leaves_no_other_certain(name: str, count: object) -> None:
    assert call_of(**{**WHOLE, name: count}).tokens_evidence is TokensEvidence.INCONSISTENT


@pytest.mark.parametrize(
    ("tokens", "provider", "evidence"),
    [
        (5000, "openai", TokensEvidence.AMBIGUOUS),
        (5000, "mistral", TokensEvidence.AMBIGUOUS),
        (1023, "openai", TokensEvidence.REPORTED),
    ],
)
def test_an_input_may_hold_the_cache_that_another_event_counts(
    tokens: int, provider: str, evidence: TokensEvidence
) -> None:
    """Prompts below 1024 tokens are not cached."""
    assert call_of(type="input", tokens=tokens, provider=provider, model="m").tokens_evidence is evidence


@pytest.mark.parametrize("kind", ["input", "output"])
def test_half_of_a_call_that_counts_more_is_ambiguous(kind: str) -> None:
    assert call_of(type=kind, tokens=1000, cached_tokens=900).tokens_evidence is TokensEvidence.AMBIGUOUS


@pytest.mark.parametrize(
    ("provider", "model", "prompt", "answer"),
    [
        ("openai", "gpt-4o", "reported", "context_unknown"),
        ("anthropic", "claude-sonnet-4-5", "ambiguous", "ambiguous"),
        ("bedrock", "amazon.nova-pro-v1:0", "ambiguous", "context_unknown"),
        ("gemini", "gemini-2.5-flash", "reported", "ambiguous"),
        ("openai", "gpt-realtime", "ambiguous", "ambiguous"),
        ("openai", "gpt-image-1", "reported", "ambiguous"),
    ],
)
def test_halves_by_kong_may_hide_what_its_versions_leave_out(
    provider: str, model: str, prompt: str, answer: str
) -> None:
    """A cache beside the prompt, thoughts beside the completion, speech and images among both."""
    halves = [
        call_of("kong.llm_request", type=kind, tokens=1000, provider=provider, model=model, http_status=200)
        for kind in ("request", "response")
    ]
    assert [half.tokens_evidence.value for half in halves] == [prompt, answer]


@pytest.mark.parametrize(
    ("kind", "model", "tokens", "evidence"),
    [
        ("kong.llm_request", "gpt-4o", 1024, TokensEvidence.AMBIGUOUS),
        ("kong.llm_request", "gpt-4o", 1023, TokensEvidence.REPORTED),
        ("kong.llm_request", "text-embedding-3-small", 5000, TokensEvidence.REPORTED),
        ("tokens", "gpt-4o", 5000, TokensEvidence.AMBIGUOUS),
    ],
)
def test_a_long_prompt_in_an_event_of_its_own_may_hold_a_cache(
    kind: str, model: str, tokens: int, evidence: TokensEvidence
) -> None:
    half = call_of(kind, type="request", tokens=tokens, provider="openai", model=model, http_status=200)
    assert half.tokens_evidence is evidence


def test_the_modifiers_of_a_price_are_read() -> None:
    call = call_of(**WHOLE, service_tier="Priority", speed="fast", inference_geo="us")
    assert (call.service_tier, call.modifiers) == ("priority", "inference_geo=us,speed=fast")


def test_the_region_of_bedrock_is_not_known() -> None:
    call = call_of(**{**WHOLE, "provider": "bedrock", "model": "amazon.nova-pro-v1:0"})
    assert call.modifiers == "region=unknown"
    assert call_of(**{**WHOLE, "provider": "bedrock", "model": "us.amazon.nova-pro-v1:0"}).modifiers == ""


def test_no_half_is_certain_whose_client_left() -> None:
    half = call_of("kong.llm_request", type="response", tokens=1000, http_status=499)
    assert half.tokens_evidence is TokensEvidence.ESTIMATED
