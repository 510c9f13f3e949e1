"""What is delivered to a billing system, and what became of it: the words that all systems share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from gatemeter.plans.amount import plain


@dataclass(frozen=True, slots=True)
class Usage:
    """How much a consumer of an account used of a charge's meter within [start, end), both in UTC.

    `key` names all that but the quantity, and is the same in every run. A `quantity` of None is not known, which is
    not 0: nothing is sent for it, and nothing taken back. `missing` counts the events that are in no quantity, for
    nothing says how much they are.
    """

    key: str
    account: str
    consumer: str
    charge: str
    start: datetime
    end: datetime
    quantity: Decimal | None
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for a billing system.

    `part` 0 is the first of its usage, later ones adjust what was delivered before. `occurred_at` is a whole second in
    UTC. `quantity` is in the system's unit and may be negative in an adjustment. `basis` says what it was told by
    (`Basis.text`); the system does not get it.
    """

    usage_key: str
    part: int
    period: str
    account: str
    consumer: str
    charge: str
    customer: str
    event_name: str
    occurred_at: datetime
    quantity: Decimal
    basis: str = ""

    @property
    def id(self) -> str:
        """What the system knows the event by: 40 characters at most, the same whenever it is sent again."""
        return f"gm-{usage_id(self.usage_key)}-{self.part}"


def usage_id(key: str) -> str:
    """What ids of the deliveries of a usage have in common; the journal has them in the order of it."""
    return sha256(key.encode()).hexdigest()[:32]


class Result(StrEnum):
    """What became of a delivery."""

    DELIVERED = "delivered"
    DUPLICATE = "duplicate"
    """The system has an event with this id: an earlier attempt had arrived."""
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    """The answer does not say; sent again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The system's answer about one delivery; `reason` is its own words."""

    result: Result
    reason: str = ""


def shortest(quantity: Decimal) -> Decimal:
    """The same number without exponent and zeros at the end, so that an event is written alike whenever it is sent."""
    return Decimal(plain(quantity))


def all_of(deliveries: Sequence[Delivery], result: Result, reason: str = "") -> list[Outcome]:
    """One outcome for each."""
    return [Outcome(result, reason)] * len(deliveries)
