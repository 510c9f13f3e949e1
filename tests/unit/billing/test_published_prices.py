"""What Stripe, Lago and OpenMeter say in public that their price models cost, worked out by ours.

OpenMeter's models are those of Kong Konnect Metering and Billing, whose manual has the examples; where it has none,
the amounts are those of OpenMeter's own tests. Where a page gives prices alone, the amounts are worked out by hand.
Sources, read in November 2026:

- stripe: docs.stripe.com/subscriptions/pricing-models/tiered-pricing, .../billing/subscriptions/tiers,
  .../quantity-transformation, .../usage-based/transform-quantities,
  .../usage-based-v1/use-cases/flat-fee-and-overages; openmeter.io/docs/billing/product-catalog/pricing-models
- lago: getlago.com/docs/guide/plans/charges/charge-models/{standard,graduated,volume,package,percentage},
  .../charges/spending-minimum
- openmeter: developer.konghq.com/metering-and-billing/pricing-models, and in openmeterio/openmeter
  openmeter/billing/rating/service/rate/{tieredgraduated,tieredvolume}_test.go
"""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.quantities import Quantity, Used
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.billing.rated_line import account_lines
from gatemeter.billing.rating import rate
from gatemeter.reports.period import TimeSpan
from tests.support.plan_files import book, charge, plan, tiers


class Published(NamedTuple):
    """An amount that `vendor` publishes for a quantity; `feature` is what it is an example of."""

    vendor: str
    feature: str
    model: str
    values: dict[str, Any]
    amounts: dict[str, str]


OF_MONEY = {"meter": "llm_cost"}
FONTS = tiers(("6", "7"), ("11", "6.5"), (None, "6"))
"""1-5 at 7, 6-10 at 6.50, from 11 on at 6; whole units."""
FONTS_BY_BOUND = tiers(("5", "7"), ("10", "6.5"), (None, "6"))
"""The same for units one by one: Stripe's `up_to` is the end of a graduated tier."""
CALLS = tiers(("10001", "0.001"), ("50001", "0.0008"), ("100001", "0.0006"), (None, "0.0004"), flat="10")
"""Up to 10,000 at 0.0010, to 50,000 at 0.0008, to 100,000 at 0.0006, above at 0.0004; 10 for each tier."""
INCLUDED = [{"below": "1000", "flat_amount": "500"}, {"unit_amount": "0.1"}]
FIRST_UNIT = [{"below": "1", "unit_amount": "500"}, {"below": "1000"}, {"unit_amount": "0.1"}]
STEPS = [
    {"below": "5", "flat_amount": "100"},
    {"below": "10", "flat_amount": "50"},
    {"below": "15", "unit_amount": "5"},
    {"unit_amount": "1"},
]
VOLUME_STEPS = [
    {"below": "6", "flat_amount": "100"},
    {"below": "11", "flat_amount": "150"},
    {"below": "16", "unit_amount": "10"},
    {"unit_amount": "5"},
]
AT_ZERO = {"flat_at_zero": True}

PUBLISHED = [
    # Stripe
    Published(
        "stripe",
        "volume",
        "volume",
        {"tiers": FONTS},
        {"0": "0", "1": "7", "5": "35", "6": "39", "20": "120", "25": "150"},
    ),
    Published(
        "stripe",
        "graduated",
        "graduated",
        {"tiers": FONTS_BY_BOUND},
        {"1": "7", "5": "35", "6": "41.5", "10": "67.5", "20": "127.5", "25": "157.5"},
    ),
    Published(
        "stripe",
        "graduated",
        "graduated",
        {"tiers": tiers(("5", "5"), ("10", "4"), ("15", "3"), ("20", "2"), (None, "1"))},
        {"1": "5", "5": "25", "6": "29", "20": "70", "25": "75"},
    ),
    Published(
        "stripe",
        "package",
        "package",
        {"package_size": "5", "package_amount": "10"},
        {"1": "10", "3": "10", "5": "10", "6": "20", "7": "20"},
    ),
    Published("stripe", "package", "package", {"package_size": "60", "package_amount": "10"}, {"150": "30"}),
    Published(
        "stripe",
        "free units",
        "graduated",
        {"tiers": tiers(("1000", "0"), (None, "0.04"))},
        {"0": "0", "1000": "0", "1001": "0.04", "3500": "100"},
    ),
    Published(
        "stripe",
        "free units",
        "per_unit",
        {"unit_amount": "0.04", "free_units": "1000"},
        {"0": "0", "1000": "0", "1001": "0.04", "3500": "100"},
    ),
    Published("stripe", "per unit", "per_unit", {"unit_amount": "100"}, {"1": "100"}),
    # Lago
    Published("lago", "per unit", "per_unit", {"unit_amount": "0.05"}, {"1000": "50"}),
    Published(
        "lago",
        "graduated",
        "graduated",
        {"tiers": tiers(("100", "1"), ("200", "0.5"), (None, "0.1"))},
        {"100": "100", "200": "150", "250": "155"},
    ),
    *(
        Published("lago", feature, "volume", {"tiers": CALLS, **AT_ZERO}, {"65000": "49"})
        for feature in ("volume", "flat in tiers")
    ),
    Published(
        "lago",
        "package",
        "package",
        {"package_size": "100", "package_amount": "5", "free_units": "100"},
        {"100": "0", "200": "5", "201": "10"},
    ),
    Published("lago", "percentage", "percentage", {**OF_MONEY, "percent": "1.2"}, {"50": "0.6"}),
    Published("lago", "free units", "per_unit", {"unit_amount": "0.1", "free_units": "3"}, {"3": "0", "4": "0.1"}),
    Published("lago", "minimum", "per_unit", {"unit_amount": "0.01", "minimum": "100"}, {"5000": "100", "0": "100"}),
    # OpenMeter
    Published("openmeter", "per unit", "per_unit", {"unit_amount": "0.01"}, {"10000": "100"}),
    Published(
        "openmeter",
        "graduated",
        "graduated",
        {"tiers": tiers(("1000", "0.3"), ("5000", "0.2"), (None, "0.1"))},
        {"6000": "1200"},
    ),
    Published(
        "openmeter",
        "volume",
        "volume",
        {"tiers": tiers(("1001", "0.3"), ("5001", "0.2"), (None, "0.1"))},
        {"6000": "600"},
    ),
    Published("openmeter", "flat in tiers", "graduated", {"tiers": INCLUDED, **AT_ZERO}, {"2000": "600", "0": "500"}),
    Published("openmeter", "flat in tiers", "graduated", {"tiers": FIRST_UNIT}, {"2000": "600", "0": "0"}),
    Published(
        "openmeter",
        "flat in tiers",
        "graduated",
        {"tiers": STEPS, **AT_ZERO},
        {"0": "100", "3": "100", "5": "100", "5.001": "150", "7": "150", "22": "182"},
    ),
    Published(
        "openmeter",
        "flat in tiers",
        "volume",
        {"tiers": VOLUME_STEPS, **AT_ZERO},
        {"0": "100", "3": "100", "5": "100", "14": "140", "15": "150", "16": "80", "100": "500"},
    ),
    Published(
        "openmeter",
        "package",
        "package",
        {"package_size": "20", "package_amount": "10"},
        {"0": "0", "20": "10", "20.1": "20", "98": "50"},
    ),
    *(
        Published("openmeter", "percentage", "percentage", {**OF_MONEY, "percent": percent}, {"100": amount})
        for percent, amount in (("0", "0"), ("50", "50"), ("100", "100"), ("150", "150"), ("200", "200"))
    ),
    Published("openmeter", "free units", "per_unit", {"unit_amount": "0.1", "free_units": "900"}, {"1000": "10"}),
    Published("openmeter", "minimum", "graduated", {"tiers": STEPS, **AT_ZERO, "minimum": "1000"}, {"0": "1000"}),
    Published(
        "openmeter",
        "minimum",
        "volume",
        {"tiers": VOLUME_STEPS, **AT_ZERO, "minimum": "150"},
        {"0": "150", "5": "150", "100": "500"},
    ),
    Published("openmeter", "maximum", "graduated", {"tiers": STEPS, **AT_ZERO, "maximum": "170"}, {"22": "170"}),
    Published("openmeter", "maximum", "volume", {"tiers": VOLUME_STEPS, **AT_ZERO, "maximum": "125"}, {"7": "125"}),
    # Others, whose rules are those of the three
    Published("zuplo", "per unit", "per_unit", {"unit_amount": "0.001"}, {"100000": "100"}),
    Published(
        "zuplo",
        "graduated",
        "graduated",
        {"tiers": tiers(("1000", "0.1"), ("10000", "0.05"), (None, "0.01"))},
        {"15000": "600"},
    ),
    Published(
        "zuplo",
        "volume",
        "volume",
        {"tiers": tiers(("1001", "0.1"), ("10001", "0.05"), (None, "0.01"))},
        {"15000": "150"},
    ),
    Published(
        "flexprice", "volume", "volume", {"tiers": tiers(("50001", "0.0008"), (None, "0.0006"))}, {"65000": "39"}
    ),
    Published("flexprice", "package", "package", {"package_size": "1000", "package_amount": "1"}, {"4500": "5"}),
    Published(
        "autumn",
        "graduated",
        "graduated",
        {"tiers": tiers(("1000", "0.01"), ("10000", "0.008"), (None, "0.005"))},
        {"15000": "107"},
    ),
]

NOT_PUBLISHED = {
    ("stripe", "percentage"),
    ("stripe", "minimum"),
    ("stripe", "maximum"),
    ("stripe", "flat in tiers"),
    ("lago", "maximum"),
}
"""Stripe's prices have none of the first three, and of flat amounts in tiers no page works one out. Lago has a maximum
for each transaction of a percentage, not for a charge."""


@pytest.mark.parametrize("example", PUBLISHED, ids=lambda each: f"{each.vendor}-{each.feature}-{each.model}")
def test_a_published_example_costs_what_the_vendor_says(example: Published) -> None:
    rated = {
        quantity: rate(charge(example.model, **example.values), Decimal(quantity)).amount
        for quantity in example.amounts
    }
    assert rated == {quantity: Decimal(amount) for quantity, amount in example.amounts.items()}


def test_every_price_model_has_an_example_of_each_vendor_that_publishes_one() -> None:
    features = {"per unit", "graduated", "volume", "package", "percentage", "free units", "minimum", "maximum"}
    vendors = {"stripe", "lago", "openmeter"}
    wanted = {(vendor, feature) for vendor in vendors for feature in {*features, "flat in tiers"}}
    there = {(each.vendor, each.feature) for each in PUBLISHED if each.vendor in vendors}
    assert there == wanted - NOT_PUBLISHED


@pytest.mark.parametrize(
    ("flat", "overage", "used", "amounts"),
    [
        ("100", "0.04", "3500", ["100.00", "100.00"]),  # Stripe: 100 USD a licence, and from 1,000 tokens on 0.04 each
        ("200", "0.1", "1000", ["200.00", "0.00"]),  # Stripe: 200 USD with 1,000 streams
        ("199", "0.01", "1000", ["199.00", "0.00"]),  # OpenMeter: 199 USD a month, recurring
    ],
)
def test_a_flat_amount_stands_beside_what_is_used(flat: str, overage: str, used: str, amounts: list[str]) -> None:
    over = {"name": "over", "meter": "request_count", "model": "per_unit", "unit_amount": overage, "free_units": 1000}
    found = book(plan({"name": "base", "model": "flat", "amount": flat}, over, currency="USD"))
    rated = RatedAccount(found.accounts[0], found.plans[0], date(2026, 2, 1), TimeSpan())
    quantity = Quantity(billable=Decimal(used), has_value=True)
    lines = account_lines(rated, BillingPeriod(2026, 2), Used({("acme", "over"): quantity}, {}, set()))
    assert [line.amount for line in lines] == amounts


def test_a_percentage_discount_is_another_unit_amount() -> None:
    """OpenMeter: 1,000 units, 900 of them free, at 0.1 and a discount of 10 %: 9."""
    assert rate(charge("per_unit", unit_amount="0.09", free_units="900"), Decimal(1000)).amount == 9


def test_lagos_fourth_transaction_is_two_charges() -> None:
    """Lago: 3 free events, then 0.10 each and 1.2 % of what was sent: for a fourth one of 50 these are 0.70."""
    share = rate(charge("percentage", **OF_MONEY, percent="1.2"), Decimal(50)).amount
    fixed = rate(charge("per_unit", unit_amount="0.1", free_units="3"), Decimal(4)).amount
    assert share + fixed == Decimal("0.7")


def test_a_bound_that_belongs_to_the_tier_below_it_is_one_more_in_whole_units() -> None:
    """Others end a tier with `up_to: 5`. In volume tiers 5.5 units are of their second tier, and of our first."""
    ours = charge("volume", tiers=VOLUME_STEPS, flat_at_zero=True)
    assert [rate(ours, Decimal(each)).amount for each in ("5", "5.5", "6")] == [100, 100, 150]
