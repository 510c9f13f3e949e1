"""Rating beside a sum in fractions, and what must hold for any tiers and quantity."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gatemeter.billing.rating import rate
from gatemeter.plans.charge import Graduated
from tests.support.plan_files import charge

PRICES = st.decimals(0, 1000, places=6)
QUANTITIES = st.decimals(0, 2_000, places=3)


@st.composite
def drawn_tiers(draw: st.DrawFn) -> list[dict[str, Any]]:
    ends = sorted(draw(st.sets(st.decimals("0.001", 1_000, places=3), max_size=4)))
    tiers: list[dict[str, Any]] = [
        {"below": str(end), "unit_amount": str(draw(PRICES)), "flat_amount": str(draw(PRICES))} for end in ends
    ]
    return [*tiers, {"unit_amount": str(draw(PRICES)), "flat_amount": str(draw(PRICES))}]


def graduated(tiers: list[dict[str, Any]], *, is_at_zero: bool = False) -> Graduated:
    found = charge("graduated", tiers=tiers, flat_at_zero=is_at_zero)
    assert isinstance(found, Graduated)
    return found


def exact(charge: Graduated, quantity: Decimal) -> Fraction:
    """By the definition: each tier's share of the line from 0 to the quantity."""
    paid, begin = Fraction(0), Fraction(0)
    for tier in charge.tiers:
        end = None if tier.below is None else Fraction(tier.below)
        share = max(Fraction(0), (Fraction(quantity) if end is None else min(Fraction(quantity), end)) - begin)
        is_due = share > 0 or (begin == 0 and bool(charge.flat_at_zero))
        paid += share * Fraction(tier.unit_amount) + (Fraction(tier.flat_amount) if is_due else 0)
        begin = begin if end is None else end
    return paid


@given(drawn_tiers(), QUANTITIES, st.booleans())
def test_graduated_amounts_are_the_sum_of_the_tiers(
    tiers: list[dict[str, Any]], quantity: Decimal, is_at_zero: bool
) -> None:
    asked = graduated(tiers, is_at_zero=is_at_zero)
    assert Fraction(rate(asked, quantity).amount) == exact(asked, quantity)


@given(drawn_tiers(), st.lists(QUANTITIES, min_size=2, max_size=8))
def test_more_usage_never_costs_less_by_graduated_tiers(tiers: list[dict[str, Any]], quantities: list[Decimal]) -> None:
    paid = [rate(graduated(tiers), each).amount for each in sorted(quantities)]
    assert all(less <= more for less, more in pairwise(paid))


@given(drawn_tiers(), QUANTITIES)
def test_all_units_cost_what_their_volume_tier_says(tiers: list[dict[str, Any]], quantity: Decimal) -> None:
    begins = [Decimal(0), *(Decimal(each["below"]) for each in tiers[:-1])]
    tier = [each for begin, each in zip(begins, tiers, strict=True) if begin <= quantity][-1]
    expected = Fraction(quantity) * Fraction(tier["unit_amount"]) + Fraction(tier["flat_amount"])
    found = rate(charge("volume", tiers=tiers, flat_at_zero=False), quantity).amount
    assert Fraction(found) == (expected if quantity else 0)


@given(PRICES, QUANTITIES, QUANTITIES)
def test_a_price_per_unit_adds_up_over_parts(price: Decimal, one: Decimal, other: Decimal) -> None:
    asked = charge("per_unit", unit_amount=price)
    parts = Fraction(rate(asked, one).amount) + Fraction(rate(asked, other).amount)
    assert Fraction(rate(asked, one + other).amount) == parts


@given(QUANTITIES, QUANTITIES, QUANTITIES, QUANTITIES)
def test_an_amount_stays_within_its_bounds(quantity: Decimal, free: Decimal, one: Decimal, other: Decimal) -> None:
    least, most = sorted((one, other))
    asked = charge("per_unit", unit_amount="1", free_units=free, minimum=least, maximum=most)
    assert rate(asked, quantity).amount == min(max(quantity - free, Decimal(0), least), most)
