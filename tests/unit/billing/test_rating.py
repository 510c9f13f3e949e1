"""What quantities cost: edges of tiers, bounds, and exactness. What vendors publish is in test_published_prices.py."""

from decimal import Decimal
from typing import Any

import pytest

from gatemeter.billing.rating import rate
from gatemeter.plans.amount import plain
from tests.support.plan_files import charge, tiers


def amount(model: str, quantity: str, **values: Any) -> Decimal:
    return rate(charge(model, **values), Decimal(quantity)).amount


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
