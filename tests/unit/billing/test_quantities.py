"""Quantities are added up exactly, whatever the order of the rows."""

from decimal import Decimal

import pytest

from gatemeter.billing.quantities import Quantity
from gatemeter.billing.unbilled_usage import UnbilledUsage
from gatemeter.reports.period import TimeSpan

COSTS = ("123456.000000000000000000000001", "0.000000000000000000000001", "9876543.5")
EXACT = Decimal("9999999.500000000000000000000002")


@pytest.mark.parametrize("costs", [COSTS, COSTS[::-1]])
def test_costs_of_thirty_digits_are_added_exactly(costs: tuple[str, ...]) -> None:
    billed, left_out, unassigned = Quantity(), Quantity(), UnbilledUsage(TimeSpan())
    for cost in costs:
        row = {"llm_cost": cost, "cost_currency": "EUR", "unpriced_calls": 1, "consumer": "acme"}
        billed.add(row, "llm_cost", is_billable=True)
        left_out.add(row, "llm_cost", is_billable=False)
        unassigned.add(row, "llm_cost", is_billable=True)
    assert (billed.billable, billed.missing, billed.units) == (EXACT, 3, {"EUR"})
    assert (left_out.not_billable, left_out.missing, left_out.units) == (EXACT, 0, {"EUR"})
    assert (unassigned.billable, unassigned.missing) == ({"EUR": {"acme": EXACT}}, 3)
