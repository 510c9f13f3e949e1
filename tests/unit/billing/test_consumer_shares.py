"""Amounts that are shared out add up to the line, to the smallest unit of money."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatemeter.billing.apportionment import apportioned
from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.consumer_shares import line_shares

LINE = BillLine(
    period="2026-02",
    account="acme",
    plan="starter",
    charge="calls",
    meter="request_count",
    quantity=3,
    unit="requests",
    amount="1.00",
    amount_exact="1",
    currency="EUR",
    correction_of=None,
    formula="3 x 0.333",
    not_billable=0,
    missing=0,
)


@pytest.mark.parametrize(
    ("amount", "weights", "expected"),
    [
        ("1.00", {"a": 1, "b": 1, "c": 1}, {"a": "0.34", "b": "0.33", "c": "0.33"}),
        ("0.10", {"a": 1, "b": 6, "c": 3}, {"a": "0.01", "b": "0.06", "c": "0.03"}),
        ("0.02", {"a": 1, "b": 98, "c": 1}, {"a": "0.00", "b": "0.02", "c": "0.00"}),
        ("-1.00", {"a": 1, "b": 2}, {"a": "-0.33", "b": "-0.67"}),
        ("1.00", {"a": 3, "b": -1}, {"a": "1.50", "b": "-0.50"}),
    ],
)
def test_what_is_left_goes_to_the_largest_remainders(
    amount: str, weights: dict[str, int], expected: dict[str, str]
) -> None:
    parts = apportioned(Decimal(amount), {name: Decimal(each) for name, each in weights.items()}, 2)
    assert parts == {name: Decimal(each) for name, each in expected.items()}


@given(
    st.decimals(-1_000, 1_000, places=3),
    st.dictionaries(st.text(max_size=2), st.decimals("0.001", 100, places=3), min_size=1, max_size=6),
)
def test_parts_add_up_and_are_less_than_a_unit_off(amount: Decimal, weights: dict[str, Decimal]) -> None:
    parts = apportioned(amount, weights, 3)
    assert sum(parts.values()) == amount
    whole = sum(weights.values())
    assert all(abs(parts[name] - amount * weights[name] / whole) < Decimal("0.001") for name in weights)


def test_a_line_is_shared_out_by_what_consumers_used() -> None:
    used = {"b": Decimal(1), "a": Decimal(2), "c": Decimal(0)}
    assert [(each.consumer, each.quantity, each.amount) for each in line_shares(LINE, used)] == [
        ("a", 2, "0.67"),
        ("b", 1, "0.33"),
    ]
    yen = replace(LINE, currency="JPY", amount="10", quantity="3")
    assert [(each.quantity, each.amount) for each in line_shares(yen, used)] == [("2", "7"), ("1", "3")]


@pytest.mark.parametrize("changes", [{"quantity": 4}, {"amount": None}, {"quantity": 0}])
def test_a_line_whose_usage_is_not_known_is_nobodys(changes: dict[str, object]) -> None:
    line = replace(LINE, **changes)
    [share] = line_shares(line, {"a": Decimal(3)})
    assert (share.consumer, share.quantity, share.amount) == (None, line.quantity, line.amount)
