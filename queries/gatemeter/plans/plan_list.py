"""A plan file as rows that people can read: one a charge, and one an account."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatemeter.metrics.filters import Filter
from gatemeter.plans.amount import plain
from gatemeter.plans.charge import Charge, Flat, Graduated, Metered, Package, Percentage, PerUnit, Tier, Volume
from gatemeter.plans.plan import PlanBook


@dataclass(frozen=True, slots=True)
class ListedCharge:
    """A charge of a plan, since a day; `price` says all of it in one text, `unit` what bills call the quantity."""

    plan: str
    valid_from: str
    charge: str
    model: str
    meter: str | None
    filter: str
    unit: str | None
    price: str
    currency: str


def listed_charges(book: PlanBook) -> Iterator[ListedCharge]:
    """All charges, in the order of the file."""
    for plan in book.plans:
        for charge in plan.charges:
            yield ListedCharge(
                plan=plan.name,
                valid_from=str(plan.valid_from),
                charge=charge.name,
                model=charge.model,
                meter=None if isinstance(charge, Flat) else charge.meter,
                filter="" if isinstance(charge, Flat) else filter_text(charge.filters),
                unit=None if isinstance(charge, Flat) else charge.unit,
                price=price_text(charge),
                currency=plan.currency,
            )


def filter_text(filters: Sequence[Filter]) -> str:
    """Filters that must all hold, as they are written."""
    return " and ".join(map(str, filters))


def price_text(charge: Charge) -> str:
    """What the charge asks for."""
    match charge:
        case Flat():
            return f"{plain(charge.amount)} a period"
        case PerUnit():
            price = f"{plain(charge.unit_amount)} each"
        case Package():
            price = f"{plain(charge.package_amount)} for each started {plain(charge.package_size)}"
        case Percentage():
            price = f"{plain(charge.percent)} %"
        case Graduated() | Volume():
            price = ", ".join(_tier_texts(charge.tiers))
            price += ", the first flat amount also at zero" if charge.flat_at_zero else ""
    return price + "".join(_bound_texts(charge))


def _tier_texts(tiers: Sequence[Tier]) -> Iterator[str]:
    begin = "0"
    for tier in tiers:
        flat = f" and {plain(tier.flat_amount)} flat" if tier.flat_amount else ""
        end = f" up to {plain(tier.below)}" if tier.below is not None else ""
        yield f"from {begin}{end} {plain(tier.unit_amount)} each{flat}"
        begin = plain(tier.below) if tier.below is not None else ""


def _bound_texts(charge: Metered) -> Iterator[str]:
    if charge.free_units:
        yield f", {plain(charge.free_units)} free"
    if charge.minimum:
        yield f", at least {plain(charge.minimum)}"
    if charge.maximum is not None:
        yield f", at most {plain(charge.maximum)}"
