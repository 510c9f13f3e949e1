"""What a plan file says and probably does not mean."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gatemeter.plans.charge import Flat, Graduated, Tier, Volume
from gatemeter.plans.plan import Account, Plan, PlanBook

_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class PlanWarning:
    """`str()` joins the three into one line."""

    where: str
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.do}"


def lint_warnings(book: PlanBook) -> Iterator[PlanWarning]:
    """Warnings in the order of the file. What cannot be used is refused when a file is read."""
    assigned = {each.plan for account in book.accounts for each in account.plans}
    for plan in book.plans:
        where = f"plan {plan.name} from {plan.valid_from}"
        if plan.name not in assigned:
            yield PlanWarning(where, "nobody is on it", "assign it to an account, or remove it")
        for charge in plan.charges:
            if isinstance(charge, Graduated | Volume):
                yield from _odd_tiers(charge.tiers, f"{where}, charge {charge.name}")
        yield from _counted_twice(plan, where)
    for account in book.accounts:
        yield from _starts_within_a_period(account, book)
        yield from _not_whole_hours(account)


def _odd_tiers(tiers: Sequence[Tier], where: str) -> Iterator[PlanWarning]:
    for lower, upper in pairwise(tiers):
        if upper.unit_amount > lower.unit_amount > 0:
            what = f"more costs more each: {upper.unit_amount} behind {lower.unit_amount}"
            yield PlanWarning(where, what, "compare the tiers with the contract")
        elif (upper.unit_amount, upper.flat_amount) == (lower.unit_amount, lower.flat_amount):
            yield PlanWarning(where, f"the tier from {lower.below} changes nothing", "remove it")


def _counted_twice(plan: Plan, where: str) -> Iterator[PlanWarning]:
    seen: dict[tuple[str, frozenset[object]], str] = {}
    for charge in plan.charges:
        if isinstance(charge, Flat):
            continue
        key = (charge.meter, frozenset(charge.filters))
        if key in seen:
            what = f"charges {seen[key]} and {charge.name} ask for the same {charge.meter}"
            yield PlanWarning(where, what, "tell them apart by filters, or remove one")
        seen[key] = charge.name


def _starts_within_a_period(account: Account, book: PlanBook) -> Iterator[PlanWarning]:
    """Periods are rated whole: what begins within one holds from the next one on."""
    for each in account.plans:
        dates = [plan.valid_from for plan in book.plans if plan.name == each.plan and plan.valid_from > each.valid_from]
        for day in (each.valid_from, *dates):
            if day.day != min(account.anchor_day, monthrange(day.year, day.month)[1]):
                what = f"plan {each.plan} from {day} begins within a period, and holds from the next one on"
                yield PlanWarning(f"account {account.id}", what, f"let it begin on day {account.anchor_day} of a month")


def _not_whole_hours(account: Account) -> Iterator[PlanWarning]:
    """The store has the last word when a period is billed; then it may be too late to name another zone."""
    where, do = f"account {account.id}", "name one as Europe/Berlin or UTC"
    try:
        zone = ZoneInfo(account.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield PlanWarning(where, f"this computer cannot tell whether {account.time_zone!r} is a time zone", do)
        return
    year = account.plans[-1].valid_from.year
    odd = [day for day in (date(year, 1, 1), date(year, 7, 1)) if _offset_s(zone, day) % _HOUR_S]
    if odd:
        what = f"time_zone {account.time_zone} is not whole hours from UTC at {odd[0]}, and cannot be billed then"
        yield PlanWarning(where, what, do)


def _offset_s(zone: ZoneInfo, day: date) -> int:
    offset = datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
