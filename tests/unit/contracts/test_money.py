"""Money: exact in picos, rounded once and half to even."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.contracts.money import PICOS_PER_UNIT, decimal_from_picos, picos_from_decimal, round_amount


@pytest.mark.parametrize(
    ("amount", "picos"),
    [
        ("0", 0),
        ("1", 10**12),
        ("-2.5", -25 * 10**11),
        ("0.000000000001", 1),
        ("0.0000000000005", 0),
        ("0.0000000000015", 2),
        ("0.0000000000025", 2),
        ("0.00000000000250000001", 3),
        ("-0.0000000000015", -2),
        ("0.00000000000009", 0),
        ("1E+3", 10**15),
        ("1E-40", 0),
    ],
)
def test_an_amount_becomes_whole_picos(amount: str, picos: int) -> None:
    assert picos_from_decimal(Decimal(amount)) == picos


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="no amount of money"):
        picos_from_decimal(Decimal(amount))


@given(st.integers(-(10**40), 10**40))
def test_picos_survive_the_way_there_and_back(picos: int) -> None:
    assert picos_from_decimal(decimal_from_picos(picos)) == picos


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=20))
def test_never_more_than_half_a_pico_is_lost(amount: Decimal) -> None:
    assert abs(decimal_from_picos(picos_from_decimal(amount)) - amount) * PICOS_PER_UNIT <= Decimal("0.5")


@pytest.mark.parametrize(
    ("amount", "places", "rounded"),
    [("0.125", 2, "0.12"), ("0.135", 2, "0.14"), ("2", 2, "2.00"), ("-0.005", 2, "-0.00"), ("1.5", 0, "2")],
)
def test_presentation_rounds_half_to_even(amount: str, places: int, rounded: str) -> None:
    assert str(round_amount(Decimal(amount), places)) == rounded
