"""Takings-back that follow from other files and options, and not from events.

A quantity falls below what was delivered when events are corrected, and that is delivered without a question. It also
falls when somebody gives the wrong plan file. The two are told apart by what the last delivery of the account's charge
was told by: if that is the same now, events have changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from operator import itemgetter

from gatemeter.billing.rating import total
from gatemeter.billing_systems.basis import Bases, changes, is_other_factor
from gatemeter.billing_systems.delivery import Delivery
from gatemeter.billing_systems.history import UsageHistory
from gatemeter.billing_systems.refusals import listed
from gatemeter.errors import ConflictError
from gatemeter.output.text import count_of
from gatemeter.plans.amount import plain

_Charge = tuple[str, str]


@dataclass(slots=True)
class _Sum:
    """What adjustments in one direction come to, in the system's unit."""

    quantity: Decimal = Decimal(0)
    events: int = 0

    def add(self, quantity: Decimal) -> None:
        self.quantity = total([self.quantity, abs(quantity)])
        self.events += 1


@dataclass(slots=True)
class _Amounts:
    """Adjustments of one charge of an account."""

    event_name: str
    less: _Sum = field(default_factory=_Sum)
    more: _Sum = field(default_factory=_Sum)


@dataclass(slots=True)
class TakenBack:
    """Adds adjustments up; `bases` are those of this run. It grows with accounts and charges, not with usage."""

    bases: Bases
    _latest: dict[_Charge, tuple[datetime, str]] = field(default_factory=dict)
    _amounts: dict[_Charge, _Amounts] = field(default_factory=dict)

    def know(self, history: UsageHistory) -> None:
        """Note by what it was told last."""
        if history.told_last is not None:
            charge = _charge(history.any_row.delivery)
            self._latest[charge] = max(self._latest.get(charge, history.told_last), history.told_last)

    def add(self, adjustment: Delivery) -> None:
        """Note that this is about to be sent, which is an adjustment of what was delivered."""
        amounts = self._amounts.setdefault(_charge(adjustment), _Amounts(adjustment.event_name))
        (amounts.less if adjustment.quantity < 0 else amounts.more).add(adjustment.quantity)

    def surprises(self) -> Iterator[str]:
        """For people, what would be taken back, or added by another factor, and why, of each account and charge."""
        for charge, amounts in sorted(self._amounts.items(), key=itemgetter(0)):
            before, now = self._latest[charge][1], self.bases.get(charge, "")
            if not (why := ", ".join(changes(before, now))):
                continue
            if amounts.less.events:
                yield f"take back {_told(charge, amounts.event_name, amounts.less, why)}"
            elif is_other_factor(before, now):
                yield f"add {_told(charge, amounts.event_name, amounts.more, why)}"

    def refuse(self) -> None:
        """Raise ConflictError where there is a surprise."""
        if found := list(self.surprises()):
            raise ConflictError(
                f"it would {listed(found)}, of what was delivered already",
                do="give the plan file, mapping and --grain of the last delivery, or say --take-back if it is meant",
            )


def _charge(delivery: Delivery) -> _Charge:
    return delivery.account, delivery.charge


def _told(charge: _Charge, event_name: str, found: _Sum, why: str) -> str:
    events = count_of(found.events, "event")
    return f"{plain(found.quantity)} {event_name} of account {charge[0]} (charge {charge[1]}, {events}: {why})"
