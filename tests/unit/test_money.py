"""Money is exact in yoctos, and rounded once, half to even."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.money import (
    LARGEST_YOCTOS,
    YOCTOS_PER_UNIT,
    decimal_from_yoctos,
    round_amount,
    storable_amount,
    yoctos_from_decimal,
)


@pytest.mark.parametrize(
    ("amount", "yoctos"),
    [
        ("0", 0),
        ("1", 10**24),
        ("-2.5", -25 * 10**23),
        ("1e-24", 1),
        ("5e-25", 0),
        ("15e-25", 2),
        ("25e-25", 2),
        ("2.50000001e-24", 3),
        ("-15e-25", -2),
        ("9e-26", 0),
        ("1E+3", 10**27),
        ("99999999999999.999999999999999999999999", 10**38 - 1),
        ("1E-40", 0),
        ("1E-99999999", 0),
        ("0E+99999999", 0),
    ],
)
def test_an_amount_becomes_whole_yoctos(amount: str, yoctos: int) -> None:
    assert yoctos_from_decimal(Decimal(amount)) == yoctos


@pytest.mark.parametrize(
    ("amount", "yoctos"),
    [
        ("4.6800000000000006e-05", 46_800_000_000_000_006_000),
        ("0.00037", 370_000_000_000_000_000_000),
        ("1.95E-4", 195_000_000_000_000_000_000),
        ("7.4999999999999993e-08", 74_999_999_999_999_993),
    ],
)
def test_reported_amounts_keep_their_last_digit(amount: str, yoctos: int) -> None:
    assert yoctos_from_decimal(Decimal(amount)) == yoctos
    assert decimal_from_yoctos(yoctos) == Decimal(amount)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "sNaN", "1E+14", "-1e999999999", "9" * 5000])
def test_nan_infinity_and_huge_amounts_are_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="not an amount of money"):
        yoctos_from_decimal(Decimal(amount))


def test_thousands_of_decimals_are_rounded_once() -> None:
    assert yoctos_from_decimal(Decimal("0." + "3" * 6000)) == int("3" * 24)
    assert yoctos_from_decimal(Decimal("0." + "0" * 23 + "15" + "0" * 6000)) == 2
    assert yoctos_from_decimal(Decimal("0." + "0" * 24 + "5" + "0" * 6000 + "1")) == 1


@given(st.integers(-(10**38) + 1, 10**38 - 1))
def test_yoctos_survive_a_round_trip(yoctos: int) -> None:
    assert yoctos_from_decimal(decimal_from_yoctos(yoctos)) == yoctos


@given(st.integers(-(10**50), 10**50))
def test_sums_of_any_size_are_shown_exactly(yoctos: int) -> None:
    assert int(f"{decimal_from_yoctos(yoctos):f}".replace(".", "")) == yoctos


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=40))
def test_rounding_loses_at_most_half_a_yocto(amount: Decimal) -> None:
    numerator, denominator = amount.as_integer_ratio()
    lost = abs(yoctos_from_decimal(amount) * denominator - numerator * YOCTOS_PER_UNIT)
    assert 2 * lost <= denominator


@pytest.mark.parametrize(
    ("amount", "places", "rounded"),
    [
        ("0.125", 2, "0.12"),
        ("0.135", 2, "0.14"),
        ("2", 2, "2.00"),
        ("-0.005", 2, "-0.00"),
        ("1.5", 0, "2"),
        ("12345678901234.123456789012345678901234", 20, "12345678901234.12345678901234567890"),
    ],
)
def test_presentation_rounds_half_to_even(amount: str, places: int, rounded: str) -> None:
    assert str(round_amount(Decimal(amount), places)) == rounded


@pytest.mark.parametrize("sign", [1, -1])
def test_a_stored_amount_ends_with_the_largest_of_its_column(sign: int) -> None:
    assert storable_amount(sign * LARGEST_YOCTOS) == Decimal(f"{sign * 99_999_999_999_999}.{'9' * 24}")
    assert storable_amount(sign * (LARGEST_YOCTOS + 1)) == storable_amount(sign * LARGEST_YOCTOS)
