"""Exact values of meters: what fits is kept to the last digit, and nothing becomes 0 or is rounded."""

from decimal import Decimal
from typing import Any

import pytest

from gatemeter.lenient.numbers import OUT_OF_RANGE
from gatemeter.meters.aggregation import scaled_text
from gatemeter.meters.values import CREDENTIAL, Fault, group_text, member_hash, scaled_number

INT64_MAX = 9_223_372_036_854_775_807


@pytest.mark.parametrize(
    ("value", "decimals", "scaled"),
    [
        (7, 0, 7),
        ("7", 3, 7_000),
        (Decimal("12.5"), 3, 12_500),
        ("0.001", 3, 1),
        (Decimal("12.3400000000000000000000000000000000"), 2, 1_234),
        ("1e3", 0, 1_000),
        (" 2.50 ", 1, 25),
        (0, 2, 0),
        (Decimal("-0.0"), 2, 0),
        ("0e999999999", 0, 0),
        (str(INT64_MAX), 0, INT64_MAX),
        (Decimal("9223372036.854775807"), 9, INT64_MAX),
    ],
)
def test_a_value_is_a_whole_number_of_its_last_digit(value: Any, decimals: int, scaled: int) -> None:
    assert scaled_number(value, decimals) == scaled


@pytest.mark.parametrize(
    ("value", "decimals", "fault"),
    [
        (None, 0, Fault.MISSING),
        ("", 0, Fault.MISSING),
        ("-", 0, Fault.MISSING),
        ("many", 0, Fault.NOT_A_NUMBER),
        (True, 0, Fault.NOT_A_NUMBER),
        (["1", "2"], 0, Fault.NOT_A_NUMBER),
        ({"count": 1}, 0, Fault.NOT_A_NUMBER),
        (-1, 0, Fault.NEGATIVE),
        ("-0.5", 1, Fault.NEGATIVE),
        ("1.5", 0, Fault.TOO_PRECISE),
        (Decimal("1e-999999999"), 9, Fault.TOO_PRECISE),
        (INT64_MAX + 1, 0, Fault.TOO_LARGE),
        (10**18, 1, Fault.TOO_LARGE),
        (Decimal("1e999999999"), 0, Fault.TOO_LARGE),
        (OUT_OF_RANGE, 0, Fault.TOO_LARGE),
    ],
)
def test_a_value_that_does_not_fit_says_why(value: Any, decimals: int, fault: Fault) -> None:
    assert scaled_number(value, decimals) is fault


@pytest.mark.parametrize(("scaled", "decimals", "text"), [(12_500, 3, "12.5"), (7, 0, "7"), (1, 9, "0.000000001")])
def test_a_stored_value_is_shown_exactly(scaled: int, decimals: int, text: str) -> None:
    assert (scaled_text(scaled, decimals), scaled_text(-scaled, decimals)) == (text, f"-{text}")


def test_values_written_equally_are_one_and_others_differ() -> None:
    assert member_hash("42") == member_hash(42)
    assert member_hash(True) == member_hash("true")
    assert len({member_hash(each) for each in ("a", "b", "A", 1, 2, Decimal("1.5"), "1.50")}) == 7
    assert [member_hash(each) for each in (None, "", [1], {"a": 1}, OUT_OF_RANGE)] == [
        *[Fault.MISSING] * 2,
        *[Fault.NOT_A_SCALAR] * 3,
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("gold", "gold"),
        (3, "3"),
        (False, "false"),
        (None, ""),
        ("-", ""),
        (["gold"], ""),
        ("Bearer abcdef", CREDENTIAL),
        ("  Bearer abcdef", CREDENTIAL),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.x", CREDENTIAL),
        ("sk-proj-0123456789abcdef", CREDENTIAL),
    ],
)
def test_a_group_is_a_short_text_and_never_a_credential(value: Any, text: str) -> None:
    assert group_text(value) == text


def test_a_long_group_is_cut_and_stays_apart_from_others() -> None:
    assert len(group_text("x" * 1_000)) == 256
    assert group_text("x" * 1_000) != group_text("x" * 999)
