"""Usage objects in each provider's spelling."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.lenient.fields import Fields
from gatemeter.llm import provider_usage
from gatemeter.llm.provider_usage import read_usage
from gatemeter.llm.token_classes import TokenCounts


def counts_of(usage: dict[str, Any]) -> TokenCounts:
    ignored_fields: list[str] = []
    counts = read_usage(Fields(usage, "usage", ignored_fields))
    assert ignored_fields == []
    return counts


def known(usage: dict[str, Any]) -> dict[str, int]:
    counts = counts_of(usage)
    names = (name for name in counts.__slots__ if not name.startswith(("has_", "is_", "cache_beside")))
    return {name: getattr(counts, name) for name in names if getattr(counts, name) is not None}


OPENAI_RESPONSES = {
    "input_tokens": 328,
    "input_tokens_details": {"cached_tokens": 128},
    "output_tokens": 52,
    "output_tokens_details": {"reasoning_tokens": 30},
    "total_tokens": 380,
}
ANTHROPIC = {
    "input_tokens": 5,
    "cache_read_input_tokens": 100,
    "cache_creation": {"ephemeral_5m_input_tokens": 7, "ephemeral_1h_input_tokens": 3},
    "output_tokens": 9,
}
BEDROCK = {
    "inputTokens": 5,
    "outputTokens": 9,
    "totalTokens": 124,
    "cacheReadInputTokens": 100,
    "cacheWriteInputTokens": 10,
    "cacheDetails": [{"ttl": "1h", "inputTokens": 3}, {"ttl": "5m", "inputTokens": 7}],
}
GEMINI = {
    "promptTokenCount": 100,
    "toolUsePromptTokenCount": 20,
    "cachedContentTokenCount": 60,
    "candidatesTokenCount": 10,
    "thoughtsTokenCount": 30,
    "totalTokenCount": 160,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 80}, {"modality": "AUDIO", "tokenCount": 20}],
    "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 5}],
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 4}],
}


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        (OPENAI_RESPONSES, {"prompt": 328, "completion": 52, "total": 380, "cached": 128, "reasoning": 30}),
        (ANTHROPIC, {"prompt": 5, "completion": 9, "cached": 100, "cache_write": 10, "cache_write_1h": 3}),
        (
            BEDROCK,
            {"prompt": 5, "completion": 9, "total": 124, "cached": 100, "cache_write": 10, "cache_write_1h": 3},
        ),
        (
            GEMINI,
            {"prompt": 120, "completion": 10, "total": 160, "cached": 60, "reasoning": 30}
            | {"audio_input": 15, "other_modality": 4},
        ),
        (
            {"billed_units": {"input_tokens": 4, "output_tokens": 6}, "tokens": {"input_tokens": 70}},
            {"prompt": 4, "completion": 6},
        ),
        ({"tokens": {"input_tokens": 70, "output_tokens": 6}}, {"prompt": 70, "completion": 6}),
        ({"prompt_tokens": 4, "response_tokens": 6}, {"prompt": 4, "completion": 6}),
        (
            {"prompt_tokens": 9, "completion_tokens": 1, "prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 1},
            {"prompt": 9, "completion": 1, "cached": 8},
        ),
        ({"prompt_tokens": 9, "prompt_tokens_details": {"cache_write_tokens": 8}}, {"prompt": 9, "cache_write": 8}),
        ({"prompt_token": 9, "completion_token": 1}, {"prompt": 9, "completion": 1}),
        ({"inputTokenCount": 9, "outputTokenCount": 1}, {"prompt": 9, "completion": 1}),
    ],
)
def test_each_form_gives_the_same_named_counts(usage: dict[str, Any], counts: dict[str, int]) -> None:
    assert known(usage) == counts


@pytest.mark.parametrize(
    ("usage", "name", "count"),
    [
        ({"cacheDetails": [{"ttl": "1h", "inputTokens": 3}] * 2}, "cache_write_1h", 6),
        ({"cacheDetails": [{"ttl": "5m", "inputTokens": 3}] * 2}, "cache_write", 6),
        (
            {"promptTokenCount": 9, "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 2}] * 2},
            "audio_input",
            4,
        ),
        ({"promptTokenCount": 9, "toolUsePromptTokenCount": 1}, "prompt", 10),
        (
            {
                "input_tokens_details": {"audio_tokens": 2, "cached_tokens_details": {"audio_tokens": 3}},
            },
            "audio_input",
            0,
        ),
    ],
)
def test_counts_in_several_entries_are_added_up(usage: dict[str, Any], name: str, count: int | None) -> None:
    assert getattr(counts_of(usage), name) == count


@pytest.mark.parametrize(
    ("usage", "is_beside"),
    [
        (ANTHROPIC, True),
        (BEDROCK, True),
        (OPENAI_RESPONSES, False),
        ({"prompt_tokens": 5, "cache_read_input_tokens": 3}, False),
    ],
)
def test_only_native_forms_have_the_cache_beside_the_prompt_for_sure(usage: dict[str, Any], is_beside: bool) -> None:
    assert counts_of(usage).cache_beside_prompt is is_beside


def test_details_are_numbers_not_empty_objects() -> None:
    assert counts_of({"prompt_tokens_details": {"cached_tokens": 0}}).has_details
    assert not counts_of({"prompt_tokens_details": {}, "completion_tokens_details": None}).has_details


def test_a_fraction_is_remembered() -> None:
    assert counts_of({"prompt_tokens": 3.6}).has_fractions
    assert not counts_of({"prompt_tokens": 3.0}).has_fractions


def test_gaps_are_filled_but_not_with_another_sum_s_total() -> None:
    gateway = TokenCounts(prompt=10, completion=5)
    assert gateway.completed_by(TokenCounts(prompt=10, completion=5, total=18, reasoning=3)).total == 18
    filled = gateway.completed_by(TokenCounts(prompt=11, completion=5, total=19, reasoning=3))
    assert (filled.prompt, filled.total, filled.reasoning) == (10, None, 3)


PLAIN_NAMES = ("prompt_tokens", "completion_tokens", "total_tokens", "cost", "time_per_token", "time_to_first_token")
PLAIN_VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, 0, 7, -1, Decimal("1.5"), "12", "x", True, [], {}, 10**30]
)


@given(st.dictionaries(st.sampled_from(PLAIN_NAMES), PLAIN_VALUES))
def test_the_quick_reading_of_plain_counts_is_the_thorough_one(usage: dict[str, Any]) -> None:
    quick: list[str] = []
    thorough: list[str] = []
    counts = read_usage(Fields(usage, "usage", quick))
    expected = provider_usage._read_common(Fields(usage, "usage", thorough))
    assert counts == replace(expected, has_unusable=bool(thorough))
    assert sorted(quick) == sorted(thorough)
