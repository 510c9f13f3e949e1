"""What is not sent, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from gatemeter.billing_systems.billing_system import BillingSystem
from gatemeter.billing_systems.delivery import Delivery
from gatemeter.billing_systems.history import JournalRow
from gatemeter.plans.amount import plain

_MARGIN = timedelta(hours=1)
"""An id is not relied on for the last hour that a system remembers it."""
_MOST_WHOLE_DIGITS, _MOST_DECIMALS = 52, 24


class Why(StrEnum):
    """Why usage is not sent."""

    NOT_OVER = "not over"
    """Its hours are not over; it is sent once they are."""
    TOO_OLD = "too old"
    TOO_NEW = "too new"
    DOUBTFUL = "doubtful"
    """It was sent without an answer, so long ago that the system might count it twice."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Unsent:
    """A delivery that is not made, and why."""

    delivery: Delivery
    why: Why
    reason: str = ""

    def __str__(self) -> str:
        each = self.delivery
        reason = f": {self.reason}" if self.reason else ""
        return (
            f"{self.why}: {plain(each.quantity)} {each.event_name} of account {each.account}, consumer "
            f"{each.consumer}, {each.occurred_at:%Y-%m-%dT%H:%MZ}, {each.id}{reason}"
        )


def unfit(quantity: Decimal) -> str | None:
    """Why no journal can remember it, whose type is Decimal(76, 24): what it cannot remember is not sent."""
    whole, _, behind = plain(abs(quantity)).partition(".")
    if len(behind) > _MOST_DECIMALS or len(whole) > _MOST_WHOLE_DIGITS:
        return f"no more than {_MOST_WHOLE_DIGITS} digits before the point and {_MOST_DECIMALS} behind it can be kept"
    return None


def why_not_now(delivery: Delivery, end: datetime, system: BillingSystem, now: datetime) -> Why | None:
    """Why the system does not take it now, whose usage ends at `end`; None where it does."""
    limits = system.limits
    if end > now:
        return Why.NOT_OVER
    if _is_too_old(delivery, system, now):
        return Why.TOO_OLD
    if limits.ahead is not None and delivery.occurred_at > now + limits.ahead:
        return Why.TOO_NEW
    return None


def too_late(row: JournalRow, system: BillingSystem, now: datetime) -> str:
    """Why what was sent without an answer cannot be sent again; '' where it can."""
    remembers = system.limits.remembers
    if not system.limits.knows_ids:
        return "and its id is not known again"
    if remembers is not None and row.at < now - max(remembers - _MARGIN, timedelta(0)):
        return f"and ids are known again for {remembers}"
    if remembers is not None and row.at > now + _MARGIN:
        return "by a clock that was ahead"
    return "and by now it is too old" if _is_too_old(row.delivery, system, now) else ""


def _is_too_old(delivery: Delivery, system: BillingSystem, now: datetime) -> bool:
    oldest = system.limits.oldest
    return oldest is not None and delivery.occurred_at < now - oldest + _MARGIN
