"""Disjoint token classes by each provider's rule."""

import tomllib
from importlib.resources import files

import pytest

from gatemeter.llm.token_classes import InclusionRule, TokenCounts, inclusion_rule, streams_have_counts, token_classes

INCLUDED = InclusionRule(cache_is_added=False, reasoning_is_added=False)
BESIDE = InclusionRule(cache_is_added=True, reasoning_is_added=True)


def classes(rule: InclusionRule, **counts: int) -> tuple[int, int, int, bool]:
    found = token_classes(TokenCounts(**counts), rule)  # type: ignore[arg-type]
    return found.fresh_input, found.plain_output, found.all_input, found.are_consistent


@pytest.mark.parametrize(
    ("provider", "cache_is_added", "reasoning_is_added"),
    [
        ("openai", False, False),
        ("azure", False, False),
        ("deepseek", False, False),
        ("mistral", False, False),
        ("cohere", False, False),
        ("anthropic", True, False),
        ("bedrock", True, False),
        ("gemini", False, True),
        ("xai", False, True),
        ("UNSPECIFIED", False, False),
        ("", False, False),
        ("someone new", False, False),
    ],
)
def test_the_rule_of_each_provider(provider: str, cache_is_added: bool, reasoning_is_added: bool) -> None:
    assert inclusion_rule(provider, "model") == InclusionRule(cache_is_added, reasoning_is_added)


@pytest.mark.parametrize(
    ("provider", "model", "like"),
    [("gemini", "Claude-sonnet-4@20250514", "anthropic"), ("azure", "grok-4", "xai"), ("azure", "gpt-4o", "openai")],
)
def test_a_model_keeps_its_maker_s_rule(provider: str, model: str, like: str) -> None:
    assert inclusion_rule(provider, model) == inclusion_rule(like, "")


def test_which_streams_tell_counts() -> None:
    with_counts = {name for name in ("openai", "azure", "mistral", "cohere", "llama2") if streams_have_counts(name)}
    assert with_counts == {"cohere", "llama2"}
    assert all(map(streams_have_counts, ("anthropic", "gemini", "bedrock")))


def test_included_classes_are_taken_out() -> None:
    counts = {"prompt": 100, "completion": 50, "cached": 60, "cache_write": 10, "audio_input": 5, "reasoning": 30}
    assert classes(INCLUDED, **counts, audio_output=8) == (25, 12, 100, True)


def test_all_that_was_written_to_a_cache_may_be_kept_for_an_hour() -> None:
    assert classes(INCLUDED, prompt=100, completion=50, cache_write=10, cache_write_1h=10) == (90, 50, 100, True)


def test_added_classes_are_not() -> None:
    counts = {"prompt": 100, "completion": 50, "cached": 600, "cache_write": 10, "reasoning": 300}
    assert classes(BESIDE, **counts) == (100, 50, 710, True)


def test_a_native_form_has_its_cache_beside_the_prompt() -> None:
    counts = TokenCounts(prompt=10, completion=1, cached=90, cache_beside_prompt=True)
    assert token_classes(counts, INCLUDED).fresh_input == 10


@pytest.mark.parametrize(
    ("rule", "total", "plain_output"),
    [
        (INCLUDED, 180, 50),  # 100 + 50 + 30: beside the completion
        (INCLUDED, 150, 20),
        (BESIDE, 150, 20),  # 100 + 50: within the completion
        (BESIDE, 180, 50),
        (BESIDE, 250, 50),  # 100 + 50 + 70 cached + 30: with a cache beside the prompt
        (BESIDE, 220, 20),
        (INCLUDED, 999, 20),  # proves nothing
        (BESIDE, 999, 50),
    ],
)
def test_the_total_proves_where_reasoning_is_counted(rule: InclusionRule, total: int, plain_output: int) -> None:
    assert classes(rule, prompt=100, completion=50, reasoning=30, cached=70, total=total)[1] == plain_output


def test_a_total_that_fits_both_ways_leaves_it_to_the_rule() -> None:
    """100 + 50 + 30 is the prompt, the completion and either 30 cached or 30 of reasoning."""
    counts = {"prompt": 100, "completion": 50, "reasoning": 30, "cached": 30, "total": 180}
    only_cache_beside = InclusionRule(cache_is_added=True, reasoning_is_added=False)
    assert classes(BESIDE, **counts)[1] == 50
    assert classes(only_cache_beside, **counts)[1] == 20


def test_audio_and_reasoning_share_the_completion() -> None:
    """100 + 50 would prove the reasoning included, but 30 of it and 25 of audio do not fit into 50, and 20 do."""
    counts = {"prompt": 100, "completion": 50, "reasoning": 30, "total": 150}
    assert classes(BESIDE, **counts, audio_output=25) == (100, 25, 100, True)
    assert classes(BESIDE, **counts, audio_output=20) == (100, 0, 100, True)


def test_a_total_below_its_parts_is_possible_where_they_were_estimated() -> None:
    counts = TokenCounts(prompt=10, completion=5, total=14, has_fractions=True)
    assert token_classes(counts, INCLUDED).fresh_input == 10


def test_more_reasoning_than_completion_cannot_be_included() -> None:
    """12 + 1 = 13 would prove it included, but 386 do not fit into 1."""
    assert classes(BESIDE, prompt=12, completion=1, reasoning=386, total=13) == (12, 1, 12, True)
    assert classes(INCLUDED, prompt=12, completion=1, reasoning=386, total=13) == (0, 0, 12, False)


@pytest.mark.parametrize(
    "counts",
    [
        {"prompt": 10, "completion": 5, "cached": 11},
        {"prompt": 10, "completion": 5, "cached": 6, "cache_write": 5},
        {"prompt": 10, "completion": 5, "audio_output": 6},
        {"prompt": 10, "completion": 5, "cache_write": 3, "cache_write_1h": 4},
        {"prompt": 10, "completion": 5, "total": 14},
        {"completion": 5, "cached": 1},
    ],
)
def test_impossible_sums_leave_no_tokens_to_price(counts: dict[str, int]) -> None:
    fresh_input, plain_output, _, are_consistent = classes(INCLUDED, **counts)
    assert (fresh_input, plain_output, are_consistent) == (0, 0, False)


def test_the_rule_file_names_each_provider_once_and_only_rules_it_has() -> None:
    rules = tomllib.loads(files("gatemeter.llm").joinpath("token_rules.toml").read_text(encoding="utf-8"))
    named = [provider for rule in rules["rules"].values() for provider in rule["providers"]]
    assert len(named) == len(set(named))
    assert {entry["rule"] for entry in rules["model_rules"]} | {rules["default_rule"]} <= set(rules["rules"])
