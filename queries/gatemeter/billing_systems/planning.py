"""What has to be sent, from what was used and what was delivered before. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from gatemeter.billing.rating import difference as exact_difference
from gatemeter.billing.rating import product
from gatemeter.billing_systems.delivery import BillingSystem, Delivery, Usage, shortest
from gatemeter.billing_systems.history import Histories, JournalRow, UsageHistory
from gatemeter.billing_systems.mapping_file import Mapping
from gatemeter.errors import ConflictError, SettingsError
from gatemeter.plans.amount import plain

_MARGIN = timedelta(hours=1)
"""An id is not relied on for the last hour that a system remembers it."""
_MOST_NAMED = 3
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


@dataclass(slots=True)
class DeliveryPlan:
    """`deliveries` in order of time. `unchanged` usages were delivered as they are.

    `missing` has by account and charge how many events are in no quantity, and so in no delivery.
    """

    deliveries: list[Delivery] = field(default_factory=list)
    unsent: list[Unsent] = field(default_factory=list)
    unchanged: int = 0
    missing: Counter[tuple[str, str]] = field(default_factory=Counter)


def resumed(histories: Histories, system: BillingSystem, now: datetime) -> DeliveryPlan:
    """What was sent without an answer and is sent again, as it was then, whatever is stored by now."""
    plan = DeliveryPlan()
    for history in histories.values():
        if (row := history.open) is None:
            continue
        if reason := _too_late(row, system, now):
            sent = f"sent at {row.at:%Y-%m-%dT%H:%MZ} without an answer, {reason}"
            plan.unsent.append(Unsent(row.delivery, Why.DOUBTFUL, sent))
        else:
            plan.deliveries.append(row.delivery)
    return plan


def _too_late(row: JournalRow, system: BillingSystem, now: datetime) -> str:
    """Why it cannot be sent again; '' where it can."""
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


def planned(
    usages: Iterable[Usage], histories: Histories, system: BillingSystem, mapping: Mapping, period: str, now: datetime
) -> DeliveryPlan:
    """What brings the system from what it has to `usages`; usage that is gone is taken back.

    Usage with an open part is left out. Raises SettingsError for accounts, charges and quantities that cannot be told
    to the system, and ConflictError for usage that was delivered to another customer or by another name.
    """
    plan, wrong, seen = DeliveryPlan(), _Wrong(), set()
    for usage in usages:
        seen.add(usage.key)
        history = histories.get(usage.key)
        if mapping.skips(usage.account, usage.charge):
            continue
        plan.missing[usage.account, usage.charge] += usage.missing
        if usage.quantity is None or (history and history.open):
            continue
        target = _target(usage, usage.quantity, mapping, period, wrong)
        if target is not None:
            _add(plan, target, usage.end, history, system, now, wrong)
    for key, history in histories.items():
        was = history.any_row.delivery
        if key not in seen and not history.open and not mapping.skips(was.account, was.charge):
            _add(plan, replace(was, quantity=Decimal(0)), was.occurred_at, history, system, now, wrong)
    wrong.refuse()
    plan.deliveries.sort(key=lambda each: (each.occurred_at, each.id))
    return plan


@dataclass(slots=True)
class _Wrong:
    """What keeps everything from being sent, each name once."""

    unmapped: dict[str, None] = field(default_factory=dict)
    moved: dict[str, None] = field(default_factory=dict)
    unfit: dict[str, None] = field(default_factory=dict)

    def refuse(self) -> None:
        if self.unmapped:
            raise SettingsError(_listed(self.unmapped), where="--mapping", do="map them, or name them as skipped")
        if self.unfit:
            raise SettingsError(_listed(self.unfit), where="--mapping", do="set a factor that makes it fit")
        if self.moved:
            raise ConflictError(
                _listed(self.moved),
                where="--mapping",
                do="map them as before: what a customer has been told is not taken back from another one",
            )


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    more = f", and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return ", ".join(found[:_MOST_NAMED]) + more


def _target(usage: Usage, quantity: Decimal, mapping: Mapping, period: str, wrong: _Wrong) -> Delivery | None:
    """All of the usage as one delivery; None where the mapping has no name for it."""
    customer = mapping.customer(usage.account, usage.consumer)
    charge = mapping.charges.get(usage.charge)
    if customer is None:
        wrong.unmapped[f"account {usage.account} has no customer"] = None
    if charge is None:
        wrong.unmapped[f"charge {usage.charge} has no event_name"] = None
    if customer is None or charge is None:
        return None
    return Delivery(
        usage_key=usage.key,
        part=0,
        period=period,
        account=usage.account,
        consumer=usage.consumer,
        charge=usage.charge,
        customer=customer,
        event_name=charge.event_name,
        occurred_at=usage.start,
        quantity=product(quantity, charge.factor),
    )


def _add(
    plan: DeliveryPlan,
    target: Delivery,
    end: datetime,
    history: UsageHistory | None,
    system: BillingSystem,
    now: datetime,
    wrong: _Wrong,
) -> None:
    if history is not None and history.delivered:
        was = history.delivered[0].delivery
        if (was.customer, was.event_name) != (target.customer, target.event_name):
            before, after = f"{was.event_name} of {was.customer}", f"{target.event_name} of {target.customer}"
            wrong.moved[f"account {was.account}: {before} would become {after}"] = None
            return
    delivered = history.quantity if history else Decimal(0)
    difference = shortest(exact_difference(target.quantity, delivered))
    if not difference:
        plan.unchanged += bool(history)
        return
    delivery = replace(target, part=history.next_part if history else 0, quantity=difference)
    if reason := _unfit(delivery.quantity) or system.unfit(delivery):
        wrong.unfit[f"charge {delivery.charge}: {plain(difference)} {delivery.event_name}: {reason}"] = None
    elif (why := _why_not_now(delivery, end, system, now)) is not None:
        plan.unsent.append(Unsent(delivery, why))
    else:
        plan.deliveries.append(delivery)


def _unfit(quantity: Decimal) -> str | None:
    """The journal has the type Decimal(76, 24): what it cannot remember is not sent."""
    whole, _, behind = plain(abs(quantity)).partition(".")
    if len(behind) > _MOST_DECIMALS or len(whole) > _MOST_WHOLE_DIGITS:
        return f"no more than {_MOST_WHOLE_DIGITS} digits before the point and {_MOST_DECIMALS} behind it can be kept"
    return None


def _why_not_now(delivery: Delivery, end: datetime, system: BillingSystem, now: datetime) -> Why | None:
    limits = system.limits
    if end > now:
        return Why.NOT_OVER
    if _is_too_old(delivery, system, now):
        return Why.TOO_OLD
    if limits.ahead is not None and delivery.occurred_at > now + limits.ahead:
        return Why.TOO_NEW
    return None


def batches(deliveries: Sequence[Delivery], size: int) -> Iterator[Sequence[Delivery]]:
    """`deliveries` in order, `size` at a time."""
    for first in range(0, len(deliveries), size):
        yield deliveries[first : first + size]
