"""Disjoint units by the rules of counting."""

import pytest

from gatemeter.llm.counting_rules import CountingRule, MediaModel
from gatemeter.llm.token_classes import TokenClasses, token_classes
from gatemeter.llm.token_counts import TokenCounts

INCLUDED = CountingRule(name="included", source="", cache="included", reasoning="included")
BESIDE = CountingRule(name="beside", source="", cache="added", reasoning="added")
UNKNOWN = CountingRule(
    name="unknown", source="", cache="unknown", reasoning="included", doubtful=frozenset({"with_cache"})
)


def read(rule: CountingRule, media: MediaModel | None = None, /, **counts: int) -> TokenClasses:
    return token_classes(TokenCounts(**counts), rule, media)  # type: ignore[arg-type]


def classes(rule: CountingRule, **counts: int) -> tuple[int, int, int, bool]:
    found = read(rule, **counts)
    units = found.units
    return units["fresh_input_tokens"], units["plain_output_tokens"], found.all_input, found.are_consistent


def test_included_classes_are_taken_out() -> None:
    counts = {"prompt": 100, "completion": 50, "cached": 60, "cache_write": 10, "audio_input": 5, "reasoning": 30}
    assert classes(INCLUDED, **counts, audio_output=8) == (25, 12, 100, True)


def test_all_that_was_written_to_a_cache_may_be_kept_for_an_hour() -> None:
    assert classes(INCLUDED, prompt=100, completion=50, cache_write=10, cache_write_1h=10) == (90, 50, 100, True)


def test_added_classes_are_not() -> None:
    counts = {"prompt": 100, "completion": 50, "cached": 600, "cache_write": 10, "reasoning": 300}
    assert classes(BESIDE, **counts) == (100, 50, 710, True)


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
def test_the_total_proves_where_reasoning_is_counted(rule: CountingRule, total: int, plain_output: int) -> None:
    assert classes(rule, prompt=100, completion=50, reasoning=30, cached=70, total=total)[1] == plain_output


@pytest.mark.parametrize(
    ("counts", "are_doubtful"),
    [
        ({"total": 150}, False),
        ({"reasoning": 0}, False),
        ({"reasoning": 30}, False),
        ({}, True),
        ({"total": 0}, True),
    ],
)
def test_thoughts_beside_the_completion_need_a_total_or_a_count(counts: dict[str, int], *, are_doubtful: bool) -> None:
    assert read(BESIDE, prompt=100, completion=50, **counts).are_doubtful is are_doubtful
    assert not read(INCLUDED, prompt=100, completion=50, **counts).are_doubtful


def test_a_total_that_fits_both_ways_leaves_it_to_the_rule() -> None:
    """100 + 50 + 30 is the prompt, the completion and either 30 cached or 30 of reasoning."""
    counts = {"prompt": 100, "completion": 50, "reasoning": 30, "cached": 30, "total": 180}
    only_cache_beside = CountingRule(name="", source="", cache="added", reasoning="included")
    assert classes(BESIDE, **counts)[1] == 50
    assert classes(only_cache_beside, **counts)[1] == 20


def test_audio_and_reasoning_share_the_completion() -> None:
    """100 + 50 would prove the reasoning included, but 30 of it and 25 of audio do not fit into 50, and 20 do."""
    counts = {"prompt": 100, "completion": 50, "reasoning": 30, "total": 150}
    assert classes(BESIDE, **counts, audio_output=25) == (100, 25, 100, True)
    assert classes(BESIDE, **counts, audio_output=20) == (100, 0, 100, True)


def test_a_total_below_its_parts_is_possible_where_they_were_estimated() -> None:
    counts = TokenCounts(prompt=10, completion=5, total=14, has_fractions=True)
    assert token_classes(counts, INCLUDED).units["fresh_input_tokens"] == 10


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
        {"prompt": 10, "completion": 5, "cached": 1, "cached_audio": 3, "audio_input": 3},
        {"prompt": 10, "completion": 5, "cached": 4, "cached_audio": 3, "audio_input": 2},
        {"completion": 5, "cached": 1},
    ],
)
def test_impossible_sums_leave_no_tokens_to_price(counts: dict[str, int]) -> None:
    fresh_input, plain_output, _, are_consistent = classes(INCLUDED, **counts)
    assert (fresh_input, plain_output, are_consistent) == (0, 0, False)


def test_cached_audio_is_apart_from_cached_text() -> None:
    """10000 = 500 cached text + 7500 cached audio + 1500 other audio + 500 fresh text."""
    counts = {"prompt": 10_000, "cached": 8_000, "cached_text": 500, "cached_audio": 7_500, "audio_input": 9_000}
    found = read(INCLUDED, **counts, completion=1_000, audio_output=900)
    units = {"cached_tokens": 500, "cached_audio_tokens": 7_500, "audio_input_tokens": 1_500, "fresh_input_tokens": 500}
    assert found.units == {**units, "audio_output_tokens": 900, "plain_output_tokens": 100}
    assert not found.are_doubtful


def test_cached_tokens_of_an_untold_modality_are_in_doubt() -> None:
    """80 cached and 90 of audio in 100: at least 70 of audio were cached."""
    found = read(INCLUDED, prompt=100, completion=1, cached=80, audio_input=90)
    assert (found.units["cached_audio_tokens"], found.units["cached_tokens"], found.are_doubtful) == (70, 10, True)
    assert found.units["fresh_input_tokens"] == 0


@pytest.mark.parametrize(
    ("counts", "fresh_input", "is_doubtful"),
    [
        ({"prompt": 10, "completion": 5, "cached": 11}, 10, False),  # cannot be within
        ({"prompt": 100, "completion": 5, "cached": 11, "total": 116}, 100, False),  # the total holds it once more
        ({"prompt": 100, "completion": 5, "cached": 11, "total": 105}, 100, True),
        ({"prompt": 100, "completion": 5, "cached": 11}, 100, True),
        ({"prompt": 100, "completion": 5}, 100, False),
    ],
)
def test_where_an_unknown_rule_s_cache_is_counts_may_prove(
    counts: dict[str, int], fresh_input: int, is_doubtful: bool
) -> None:
    found = read(UNKNOWN, **counts)
    assert (found.units["fresh_input_tokens"], found.are_doubtful) == (fresh_input, is_doubtful)


def test_a_total_with_a_rest_tells_of_tokens_that_are_not_told() -> None:
    assert read(INCLUDED, prompt=10, completion=5, total=25).unexplained == 10
    assert read(INCLUDED, prompt=10, completion=5, total=15).unexplained == 0


def test_the_rest_of_a_total_is_thoughts_where_those_stand_beside() -> None:
    found = read(BESIDE, prompt=10, completion=5, total=25)
    assert (found.units["reasoning_tokens"], found.units["plain_output_tokens"]) == (10, 5)
    assert (found.unexplained, found.are_doubtful) == (0, True)


def test_reasoning_beside_the_total_is_not_within_the_completion() -> None:
    """Perplexity: 100 + 50 = 150, and 30 of reasoning in neither."""
    rule = CountingRule(name="", source="", cache="included", reasoning="beside_total")
    found = read(rule, prompt=100, completion=50, total=150, reasoning=30)
    assert (found.units["plain_output_tokens"], found.units["reasoning_tokens"], found.unexplained) == (50, 30, 0)


IMAGES = MediaModel(name_has=(), source="", output="image_output_tokens", doubtful=True)
SPEECH = MediaModel(name_has=(), source="", doubtful=True)


def test_an_answer_of_an_image_model_is_not_priced_as_text() -> None:
    found = read(INCLUDED, IMAGES, prompt=10, completion=1290)
    assert (found.units["image_output_tokens"], found.units["plain_output_tokens"]) == (1290, 0)
    assert found.are_doubtful
    told = read(INCLUDED, IMAGES, prompt=10, completion=1300, image_output=1290)
    assert (told.units["image_output_tokens"], told.units["plain_output_tokens"], told.are_doubtful) == (
        1290,
        10,
        False,
    )


def test_counts_of_a_speech_model_without_modalities_are_in_doubt() -> None:
    assert read(INCLUDED, SPEECH, prompt=10, completion=5).are_doubtful
    assert not read(INCLUDED, SPEECH, prompt=10, completion=5, audio_input=0, audio_output=0).are_doubtful
