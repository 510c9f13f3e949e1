"""What deliveries are told by besides events: what people write into files and options."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from gatemeter.plans.amount import plain

Bases = dict[tuple[str, str], str]
"""By account and charge the text of its basis; what is not there is told by nobody any more."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What one charge of one account is told by.

    `plan` is a hash of what the plan file says of whose usage it is, of which hours, and what of it counts; prices are
    not in it.
    """

    grain: str
    factor: Decimal
    plan: str

    @property
    def text(self) -> str:
        """As the journal has it."""
        return f"{self.grain} {plain(self.factor)} {self.plan}"


def changes(before: str, now: str) -> Iterator[str]:
    """What differs between two bases, for people; nothing where they are the same."""
    if before == now:
        return
    old, new = before.split(" "), now.split(" ")
    if not now:
        yield "the plan file does not have it any more"
    elif len(old) != len(new):
        yield "nothing says by which files it was delivered"
    else:
        for name, was, is_now in zip(("--grain", "factor"), old, new, strict=False):
            if was != is_now:
                yield f"{name} was {was} and is {is_now}"
        if old[-1] != new[-1]:
            yield "the plan file says something else of it"


def is_other_factor(before: str, now: str) -> bool:
    """Whether quantities are multiplied by another number than before."""
    return any(each.startswith("factor") for each in changes(before, now))
