"""Usage objects in each provider's spelling."""

from decimal import Decimal
from typing import Any

import pytest

from gatemeter.lenient.fields import Fields
from gatemeter.llm.provider_usage import read_usage
from gatemeter.llm.token_counts import COUNT_NAMES, TokenCounts


def counts_of(usage: dict[str, Any]) -> TokenCounts:
    ignored_fields: list[str] = []
    (counts,) = read_usage(Fields(usage, "usage", ignored_fields))
    assert ignored_fields == []
    return counts


def known(usage: dict[str, Any]) -> dict[str, int]:
    counts = counts_of(usage)
    told = {name: getattr(counts, name) for name in COUNT_NAMES if getattr(counts, name) is not None}
    return {**told, **counts.others}


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
            {"prompt": 120, "completion": 10, "total": 160, "cached": 60, "cached_audio": 5, "reasoning": 30}
            | {"text_input": 80, "audio_input": 20, "image_output": 4},
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
    ],
)
def test_counts_in_several_entries_are_added_up(usage: dict[str, Any], name: str, count: int | None) -> None:
    assert getattr(counts_of(usage), name) == count


@pytest.mark.parametrize(
    ("usage", "shape"),
    [
        (ANTHROPIC, "anthropic"),
        (BEDROCK, "bedrock"),
        (GEMINI, "gemini"),
        (OPENAI_RESPONSES, "openai-responses"),
        ({"prompt_tokens": 5, "cache_read_input_tokens": 3}, "openai-chat"),
        ({"billed_units": {"search_units": 1}}, "cohere"),
        ({"input_tokens": 5, "output_tokens": 3}, ""),
    ],
)
def test_the_names_of_the_fields_tell_the_shape(usage: dict[str, Any], shape: str) -> None:
    assert counts_of(usage).shape == shape


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


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 9, "cached_tokens": 4, "prompt_tokens_details": {"cached_tokens": 4}},
        {"prompt_tokens": 9, "cache_read_input_tokens": 4, "prompt_tokens_details": {"cached_tokens": 4}},
        {"prompt_tokens": 9, "cache_read_input_tokens": 0, "prompt_tokens_details": {"cached_tokens": 4}},
        {"prompt_tokens": 9, "prompt_cache_hit_tokens": 4, "num_cached_tokens": 4},
    ],
)
def test_several_spellings_of_a_count_are_one_count(usage: dict[str, Any]) -> None:
    counts = counts_of(usage)
    assert (counts.prompt, counts.cached, counts.has_conflict) == (9, 4, False)


def test_spellings_that_differ_are_in_conflict() -> None:
    counts = counts_of(
        {"prompt_tokens": 9, "cache_read_input_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}}
    )
    assert (counts.cached, counts.has_conflict) == (5, True)


@pytest.mark.parametrize(
    ("usage", "unknown"),
    [
        ({"prompt_tokens": 9, "hologram_tokens": 4}, ("hologram_tokens",)),
        ({"prompt_tokens_details": {"smell_tokens": Decimal("0.5")}}, ("prompt_tokens_details.smell_tokens",)),
        ({"billed_units": {"classifications": 3}}, ("billed_units.classifications",)),
        ({"num_sources_used": 8}, ("num_sources_used",)),
        ({"new_tokens": "8", "old_tokens": "0", "new_id": "8"}, ("new_tokens",)),
        ({"promptTokensDetails": [{"modality": "SMELL", "tokenCount": 2}]}, ("promptTokensDetails.SMELL.tokenCount",)),
        (
            {"iterations": [{"type": "advisor_message", "input_tokens": 7}], "input_tokens": 1},
            ("iterations.advisor_message.input_tokens",),
        ),
        ({"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": 1}}}}}}}}, ("a.b.c.d.e.f.g",)),
        ({"samples": [[5]], "hologram_tokens": 0, "note": "5", "is_free": False}, ("samples",)),
        ({"queue_time": 5, "cost": 3, "cost_details": {"upstream": 1}, "llm_accuracy": 88}, ()),
        ({"completion_tokens_details": {"accepted_prediction_tokens": 4, "rejected_prediction_tokens": 2}}, ()),
    ],
)
def test_what_no_table_knows_is_named(usage: dict[str, Any], unknown: tuple[str, ...]) -> None:
    assert counts_of(usage).unknown == unknown


def test_iterations_of_a_compaction_are_counts_of_their_own() -> None:
    """Anthropic's top level leaves them out; iterations of the message itself are in it."""
    compaction = {"type": "compaction", "input_tokens": 180_000, "output_tokens": 3_500, "cache_read_input_tokens": 9}
    message = {"type": "message", "input_tokens": 23_000, "output_tokens": 1_000}
    usage = {"input_tokens": 23_000, "output_tokens": 1_000, "iterations": [compaction, message]}
    answer, iteration = read_usage(Fields(usage, "usage", []))
    assert (answer.prompt, answer.completion, answer.cached, answer.unknown) == (23_000, 1_000, None, ())
    assert (iteration.prompt, iteration.completion, iteration.cached) == (180_000, 3_500, 9)


@pytest.mark.parametrize(
    ("usage", "path"),
    [
        ({"prompt_tokens": "many"}, "usage.prompt_tokens"),
        ({"prompt_tokens": True}, "usage.prompt_tokens"),
        ({"prompt_tokens_details": "x"}, "usage.prompt_tokens_details"),
        ({"prompt_tokens_details": {"cached_tokens": -1}}, "usage.prompt_tokens_details.cached_tokens"),
        ({"prompt_tokens": 10**12 + 1}, "usage.prompt_tokens"),
        ({"prompt_tokens": [10**12, 1]}, "usage.prompt_tokens"),
        ({"seconds": 10**9 + 1}, "usage.seconds"),
        ({"seconds": [10**9, "0.001"]}, "usage.seconds"),
    ],
)
def test_a_count_that_cannot_be_used_is_named(usage: dict[str, Any], path: str) -> None:
    ignored_fields: list[str] = []
    (counts,) = read_usage(Fields(usage, "usage", ignored_fields))
    assert (ignored_fields, counts.has_unusable) == ([path], True)


@pytest.mark.parametrize("cached", [0, 3, 64])
@pytest.mark.parametrize("place", ["", "tokens", "billed_units"])
def test_no_tokens_that_cohere_bills_are_cheaper_for_its_cache(place: str, cached: int) -> None:
    """docs.cohere.com/reference/chat: `cached_tokens` of the prompt hit the cache; there is no price for them."""
    usage: dict[str, Any] = {"billed_units": {"input_tokens": 5, "output_tokens": 418}, "tokens": {"input_tokens": 71}}
    (usage[place] if place else usage)["cached_tokens"] = cached
    counts = counts_of(usage)
    assert (counts.prompt, counts.completion, counts.cached or 0, counts.unknown) == (5, 418, 0, ())


@pytest.mark.parametrize(("written", "has_conflict"), [(9, True), (10, False), (11, False), (0, False)])
def test_a_cache_write_below_its_parts_is_a_conflict(written: int, *, has_conflict: bool) -> None:
    assert counts_of({**ANTHROPIC, "cache_creation_input_tokens": written}).has_conflict is has_conflict
