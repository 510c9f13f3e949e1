"""The terms of a call that decide about its price: its outcome and its context."""

import pytest

from gatemeter.llm.call import Outcome, context_above, outcome_of


@pytest.mark.parametrize(
    ("input_tokens", "threshold"),
    [(0, 0), (8_000, 0), (8_001, 8_000), (200_000, 199_999), (200_001, 200_000), (10**9, 1_000_000)],
)
def test_a_context_exceeds_a_threshold_from_the_next_token_on(input_tokens: int, threshold: int) -> None:
    assert context_above(input_tokens) == threshold


@pytest.mark.parametrize(
    ("status", "cache_status", "outcome"),
    [
        (99, "", Outcome.UNKNOWN),
        (100, "", Outcome.PROVIDER),
        (399, "", Outcome.PROVIDER),
        (400, "", Outcome.FAILED),
        (400, "hit", Outcome.FAILED),
        (None, "hit", Outcome.CACHE_HIT),
        (None, "miss", Outcome.UNKNOWN),
    ],
)
def test_the_outcome_changes_at_the_borders_of_http(status: int | None, cache_status: str, outcome: Outcome) -> None:
    assert outcome_of(status, cache_status) is outcome
