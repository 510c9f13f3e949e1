"""What quantities cost: worked examples that vendors publish, edges of tiers, and exactness."""

from decimal import Decimal
from typing import Any

import pytest

from gatemeter.billing.rating import rate
from gatemeter.plans.amount import plain
from tests.support.plan_files import charge, tiers

FONTS = tiers(("6", "7"), ("11", "6.5"), (None, "6"))
"""docs.stripe.com/subscriptions/pricing-models/tiered-pricing: 1-5 at 7, 6-10 at 6.50, from 11 on at 6; whole units."""
FONTS_BY_BOUND = tiers(("5", "7"), ("10", "6.5"), (None, "6"))
"""The same for units one by one: Stripe's `up_to` is the end of a graduated tier."""
FIVE_STEPS = tiers(("5", "5"), ("10", "4"), ("15", "3"), ("20", "2"), (None, "1"))
"""stripe.com/docs/billing/subscriptions/tiers"""


def amount(model: str, quantity: str, **values: Any) -> Decimal:
    return rate(charge(model, **values), Decimal(quantity)).amount


@pytest.mark.parametrize(
    ("quantity", "expected"), [("0", "0"), ("1", "7"), ("5", "35"), ("6", "39"), ("20", "120"), ("25", "150")]
)
def test_volume_prices_are_those_that_stripe_publishes(quantity: str, expected: str) -> None:
    assert amount("volume", quantity, tiers=FONTS) == Decimal(expected)


@pytest.mark.parametrize(
    ("quantity", "expected"), [("1", "7"), ("5", "35"), ("6", "41.5"), ("10", "67.5"), ("20", "127.5"), ("25", "157.5")]
)
def test_graduated_prices_are_those_that_stripe_publishes(quantity: str, expected: str) -> None:
    assert amount("graduated", quantity, tiers=FONTS_BY_BOUND) == Decimal(expected)


@pytest.mark.parametrize(("quantity", "expected"), [("1", "5"), ("5", "25"), ("6", "29"), ("20", "70"), ("25", "75")])
def test_five_graduated_tiers_cost_what_stripe_says(quantity: str, expected: str) -> None:
    assert amount("graduated", quantity, tiers=FIVE_STEPS) == Decimal(expected)


@pytest.mark.parametrize(
    ("model", "quantity", "values", "expected"),
    [
        # getlago.com/docs/guide/plans/charges/charge-models/package: 5 USD per 100 units, 100 free
        ("package", "201", {"package_size": "100", "package_amount": "5", "free_units": "100"}, "10"),
        # getlago.com/docs/guide/plans/charges/charge-models/graduated: 1 USD, then 0.50, then 0.10
        ("graduated", "250", {"tiers": tiers(("100", "1"), ("200", "0.5"), (None, "0.1"))}, "155"),
        # zuplo.com/docs/articles/monetization/pricing-models, which bills by OpenMeter
        ("graduated", "15000", {"tiers": tiers(("1000", "0.1"), ("10000", "0.05"), (None, "0.01"))}, "600"),
        ("volume", "15000", {"tiers": tiers(("1001", "0.1"), ("10001", "0.05"), (None, "0.01"))}, "150"),
        ("per_unit", "100000", {"unit_amount": "0.001"}, "100"),
        # docs.flexprice.io: 65,000 calls at 0.0006; a started package counts whole
        ("volume", "65000", {"tiers": tiers(("50001", "0.0008"), (None, "0.0006"))}, "39"),
        ("package", "4500", {"package_size": "1000", "package_amount": "1"}, "5"),
        # docs.useautumn.com/documentation/modelling-pricing/graduated-pricing
        ("graduated", "15000", {"tiers": tiers(("1000", "0.01"), ("10000", "0.008"), (None, "0.005"))}, "107"),
    ],
)
def test_examples_of_other_billing_systems_cost_the_same(
    model: str, quantity: str, values: dict[str, Any], expected: str
) -> None:
    assert amount(model, quantity, **values) == Decimal(expected)


def test_a_percentage_of_a_cost_is_exact() -> None:
    found = rate(charge("percentage", meter="llm_cost", percent="120"), Decimal("0.297727835000000000000001"))
    assert found.amount == Decimal("0.3572734020000000000000012")
    assert found.formula == "0.297727835000000000000001 x 120 %"


@pytest.mark.parametrize(("quantity", "expected"), [("99.999", "99.999"), ("100", "50"), ("100.001", "50.0005")])
def test_a_bound_is_the_first_quantity_of_the_next_tier(quantity: str, expected: str) -> None:
    assert amount("volume", quantity, tiers=tiers(("100", "1"), (None, "0.5"))) == Decimal(expected)


@pytest.mark.parametrize(
    ("model", "quantity", "is_at_zero", "expected"),
    [
        ("graduated", "0", True, "3"),
        ("graduated", "0", False, "0"),
        ("graduated", "100", False, "103"),
        ("graduated", "100.5", False, "106.25"),
        ("volume", "0", True, "3"),
        ("volume", "0", False, "0"),
        ("volume", "100", False, "53"),
    ],
)
def test_a_flat_amount_is_due_once_a_tier_is_reached(
    model: str, quantity: str, is_at_zero: bool, expected: str
) -> None:
    steps = tiers(("100", "1"), (None, "0.5"), flat="3")
    assert amount(model, quantity, tiers=steps, flat_at_zero=is_at_zero) == Decimal(expected)


@pytest.mark.parametrize(
    ("quantity", "expected", "formula"),
    [
        ("0", "2", "0 - 10 free = 0; 0 x 0.5 = 0, at least 2"),
        ("20", "5", "20 - 10 free = 10; 10 x 0.5"),
        ("100", "9", "100 - 10 free = 90; 90 x 0.5 = 45, at most 9"),
    ],
)
def test_free_units_come_off_first_and_bounds_last(quantity: str, expected: str, formula: str) -> None:
    found = rate(charge("per_unit", unit_amount="0.5", free_units="10", minimum="2", maximum="9"), Decimal(quantity))
    assert (found.amount, found.formula) == (Decimal(expected), formula)


def test_the_formula_of_tiers_names_what_is_paid_in_each() -> None:
    steps = tiers(("1000", "0"), (None, "0.002"), flat="5")
    found = rate(charge("graduated", tiers=steps, flat_at_zero=False), Decimal(1500))
    assert found.formula == "1000 x 0 + 5 flat + 500 x 0.002 + 5 flat"
    assert rate(charge("graduated", tiers=steps, flat_at_zero=False), Decimal(0)).formula == "nothing used"


def test_a_started_package_is_paid_whole_and_none_at_zero() -> None:
    paid = [amount("package", each, package_size="100", package_amount="5") for each in ("0", "0.1", "100", "100.1")]
    assert paid == [0, 5, 5, 10]


@pytest.mark.parametrize(
    ("model", "quantity", "values", "expected", "formula"),
    [
        ("per_unit", "-3", {"unit_amount": "0.5"}, "-1.5", "-3 x 0.5"),
        ("per_unit", "-3", {"unit_amount": "0.5", "minimum": "2"}, "0.5", "2 without usage + -3 x 0.5"),
        ("per_unit", "-3", {"unit_amount": "0.5", "free_units": "10"}, "0", "-3 x 0"),
        ("graduated", "-3", {"tiers": tiers(("5", "2"), (None, "1"))}, "-6", "-3 x 2"),
        ("graduated", "-3", {"tiers": tiers(("5", "0"), (None, "1"))}, "0", "-3 x 0"),
        ("volume", "-3", {"tiers": tiers(("5", "2"), (None, "1")), "maximum": "1"}, "-6", "-3 x 2"),
        ("package", "-99", {"package_size": "100", "package_amount": "5"}, "0", "0 packages of 100 x 5"),
        ("package", "-250", {"package_size": "100", "package_amount": "5"}, "-10", "-2 packages of 100 x 5"),
        ("percentage", "-1.5", {"meter": "llm_cost", "percent": "120"}, "-1.8", "-1.5 x 120 %"),
    ],
)
def test_units_below_nothing_cost_what_the_first_unit_does(
    model: str, quantity: str, values: dict[str, Any], expected: str, formula: str
) -> None:
    found = rate(charge(model, **values), Decimal(quantity))
    assert (plain(found.amount), found.formula) == (expected, formula)


def test_the_largest_quantities_and_prices_stay_exact() -> None:
    price, quantity = "99999999999999.999999999999999999", "9" * 40 + "." + "9" * 24
    assert amount("per_unit", quantity, unit_amount=price).as_tuple().digits == tuple(
        map(int, str(int("9" * 32) * int("9" * 64)))
    )
