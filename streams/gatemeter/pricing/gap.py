"""What is missing for a cost to be `computed`."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Bound(StrEnum):
    """On which side of an estimated cost the true one is."""

    UNKNOWN = ""
    AT_MOST = "at most"
    """The true cost is this or less."""
    AT_LEAST = "at least"
    """The true cost is this or more."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing, in words, and what it does to the cost."""

    text: str
    bound: Bound = Bound.UNKNOWN


Gaps = tuple[Gap, ...]

BETWEEN_GAPS = "; "


def bound_of(gaps: Iterable[Gap]) -> Bound:
    """The bound that all of `gaps` leave; UNKNOWN where they point in different directions, or there are none."""
    bounds = {gap.bound for gap in gaps}
    return bounds.pop() if len(bounds) == 1 else Bound.UNKNOWN


def gaps_text(gaps: Iterable[Gap]) -> str:
    """The gaps as a column holds them, each once, with `; ` only between them."""
    return BETWEEN_GAPS.join(dict.fromkeys(gap.text.replace(";", ",") for gap in gaps))
