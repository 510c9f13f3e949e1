"""What is missing for a cost: as a column holds it, and on which side the true cost is."""

import pytest

from gatemeter.pricing.gap import BETWEEN_GAPS, Bound, Gap, bound_of, gaps_text


def test_gaps_are_told_once_and_can_be_taken_apart() -> None:
    text = gaps_text([Gap("no price for a; b"), Gap("c"), Gap("c")])
    assert text.split(BETWEEN_GAPS) == ["no price for a, b", "c"]
    assert gaps_text([]) == ""


@pytest.mark.parametrize(
    ("bounds", "bound"),
    [
        ([], Bound.UNKNOWN),
        ([Bound.AT_MOST, Bound.AT_MOST], Bound.AT_MOST),
        ([Bound.AT_LEAST], Bound.AT_LEAST),
        ([Bound.AT_MOST, Bound.AT_LEAST], Bound.UNKNOWN),
        ([Bound.AT_MOST, Bound.UNKNOWN], Bound.UNKNOWN),
    ],
)
def test_a_bound_is_that_of_all_gaps(bounds: list[Bound], bound: Bound) -> None:
    assert bound_of(Gap(each, each) for each in bounds) is bound
