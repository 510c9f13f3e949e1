"""Rating: what a quantity costs by a charge, exactly, and how that was worked out.

All numbers are decimal, and nothing is rounded here: a price has at most 18 digits behind the point, and a quantity at
most 24, so every product is a decimal number with an end. A bill rounds once a line (`billing.bill`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact

from gatemeter.plans.amount import plain
from gatemeter.plans.charge import Graduated, Metered, Package, Percentage, PerUnit, Tier, Volume

_EXACT = Context(prec=200, traps=[Inexact])
"""Raises instead of rounding; 200 digits hold the product of any price and quantity."""
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Rated:
    """An exact amount in the plan's currency, and the formula that gives it."""

    amount: Decimal
    formula: str


def rate(charge: Metered, quantity: Decimal) -> Rated:
    """What `quantity` of the charge's meter costs in one period.

    Corrections can leave less than nothing of a period. Units below 0 cost what the first unit does, and are taken off
    what is due without usage: the amount falls without end.
    """
    if quantity < 0:
        return _below_nothing(charge, quantity)
    rest = max(Decimal(0), _EXACT.subtract(quantity, charge.free_units))
    amount, formula = _priced(charge, rest)
    if charge.free_units:
        formula = f"{plain(quantity)} - {plain(charge.free_units)} free = {plain(rest)}; {formula}"
    return _bounded(charge, amount, formula)


def _priced(charge: Metered, quantity: Decimal) -> tuple[Decimal, str]:
    match charge:
        case PerUnit():
            return product(quantity, charge.unit_amount), f"{plain(quantity)} x {plain(charge.unit_amount)}"
        case Package():
            packages = _packages(quantity, charge.package_size)
            size, price = plain(charge.package_size), plain(charge.package_amount)
            return product(packages, charge.package_amount), f"{plain(packages)} packages of {size} x {price}"
        case Percentage():
            share = product(charge.percent, _HUNDREDTH)
            return product(quantity, share), f"{plain(quantity)} x {plain(charge.percent)} %"
        case Graduated():
            return _added(_graduated(charge, quantity))
        case Volume():
            return _added(_volume(charge, quantity))


def _below_nothing(charge: Metered, quantity: Decimal) -> Rated:
    amount, formula = _first_units(charge, quantity)
    unused = rate(charge, Decimal(0)).amount
    if not unused:
        return Rated(amount, formula)
    return Rated(_EXACT.add(unused, amount), f"{plain(unused)} without usage + {formula}")


def _first_units(charge: Metered, quantity: Decimal) -> tuple[Decimal, str]:
    if charge.free_units:
        return Decimal(0), f"{plain(quantity)} x 0"
    if isinstance(charge, Graduated | Volume):
        price = charge.tiers[0].unit_amount
        return product(quantity, price), f"{plain(quantity)} x {plain(price)}"
    return _priced(charge, quantity)


def _graduated(charge: Graduated, quantity: Decimal) -> Iterator[tuple[Decimal, str]]:
    begin = Decimal(0)
    for tier in charge.tiers:
        if quantity <= begin and (begin or not charge.flat_at_zero):
            return
        end = quantity if tier.below is None else min(quantity, tier.below)
        yield from _of_tier(tier, _EXACT.subtract(end, begin))
        if tier.below is None:
            return
        begin = tier.below


def _volume(charge: Volume, quantity: Decimal) -> Iterator[tuple[Decimal, str]]:
    tier = next(each for each in charge.tiers if each.below is None or quantity < each.below)
    if quantity or charge.flat_at_zero:
        yield from _of_tier(tier, quantity)


def _of_tier(tier: Tier, quantity: Decimal) -> Iterator[tuple[Decimal, str]]:
    yield product(quantity, tier.unit_amount), f"{plain(quantity)} x {plain(tier.unit_amount)}"
    if tier.flat_amount:
        yield tier.flat_amount, f"{plain(tier.flat_amount)} flat"


def _added(parts: Iterator[tuple[Decimal, str]]) -> tuple[Decimal, str]:
    amounts: list[Decimal] = []
    formulas: list[str] = []
    for amount, formula in parts:
        amounts.append(amount)
        formulas.append(formula)
    return total(amounts), " + ".join(formulas) or "nothing used"


def _bounded(charge: Metered, amount: Decimal, formula: str) -> Rated:
    if amount < charge.minimum:
        return Rated(charge.minimum, f"{formula} = {plain(amount)}, at least {plain(charge.minimum)}")
    if charge.maximum is not None and amount > charge.maximum:
        return Rated(charge.maximum, f"{formula} = {plain(amount)}, at most {plain(charge.maximum)}")
    return Rated(amount, formula)


def _packages(quantity: Decimal, size: Decimal) -> Decimal:
    whole, rest = _EXACT.divmod(quantity, size)
    # Cut towards 0, so of a quantity below 0 it is the number of started packages already; -0 + 0 is 0.
    return _EXACT.add(whole, 1 if rest > 0 else 0)


def product(one: Decimal, other: Decimal) -> Decimal:
    """The exact product."""
    return _EXACT.multiply(one, other)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    added = Decimal(0)
    for each in amounts:
        added = _EXACT.add(added, each)
    return added


def difference(minuend: Decimal, subtrahend: Decimal) -> Decimal:
    """The exact difference."""
    return _EXACT.subtract(minuend, subtrahend)
