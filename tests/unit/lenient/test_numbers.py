"""Exact numbers out of loose values."""

from decimal import Decimal
from typing import Any

import pytest

from gatemeter.lenient.numbers import amount_yoctos, counted_number, exact_number, rounded_count


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0.1, Decimal("0.1")),
        ("+7.", Decimal(7)),
        (".5", Decimal("0.5")),
        ("1E-3", Decimal("0.001")),
        ("1_000", None),
        ("٣", None),
        ("0x10", None),
        ("Infinity", None),
        (Decimal("sNaN"), None),
        (True, None),
        (b"1", None),
    ],
)
def test_numbers_and_their_texts_are_read_exactly(value: Any, number: Decimal | None) -> None:
    assert exact_number(value) == number


@pytest.mark.parametrize("number", [10**4000, -(10**4000), Decimal("1e999999999"), Decimal("-1e999999999")])
def test_no_number_is_too_large_to_be_refused(number: Any) -> None:
    assert counted_number(number) is None
    assert amount_yoctos(number) is None


@pytest.mark.parametrize(
    ("number", "count"), [("0.5", 0), ("1.5", 2), ("2.5", 2), ("1e-999999999", 0), ("9.4999999999999999999", 9)]
)
def test_counts_round_half_to_even(number: str, count: int) -> None:
    assert rounded_count(Decimal(number)) == count


@pytest.mark.parametrize(
    ("amount", "yoctos"),
    [
        ("1e-24", 1),
        ("0.5e-24", 0),
        ("1.5e-24", 2),
        ("1e-999999999", 0),
        ("999999999.999999999999999999999999", 10**33 - 1),
    ],
)
def test_amounts_round_half_to_even_at_the_yocto(amount: str, yoctos: int) -> None:
    assert amount_yoctos(Decimal(amount)) == yoctos


def test_an_amount_of_thousands_of_digits_is_an_amount() -> None:
    assert amount_yoctos(Decimal("0." + "3" * 9000)) == int("3" * 24)


def test_no_integer_is_too_long_to_be_refused() -> None:
    """Python turns no integer of more than 4300 digits into text."""
    assert counted_number(10**5000) is None
