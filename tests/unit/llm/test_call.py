"""The terms of a call that decide about its price: its outcome and its context."""

import pytest

from gatemeter.llm.call import context_above


@pytest.mark.parametrize(
    ("input_tokens", "threshold"),
    [(0, 0), (8_000, 0), (8_001, 8_000), (200_000, 199_999), (200_001, 200_000), (10**9, 1_000_000)],
)
def test_a_context_exceeds_a_threshold_from_the_next_token_on(input_tokens: int, threshold: int) -> None:
    assert context_above(input_tokens) == threshold
