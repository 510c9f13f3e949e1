"""The text of the `ai` member: exact numbers, and no text that raises."""

from decimal import Decimal
from typing import Any

import pytest

from gatemeter.formats.kong.access_event import parse_ai
from gatemeter.lenient.numbers import OUT_OF_RANGE


@pytest.mark.parametrize("raw", [b"{}", b"[]", b"null", b" {} "])
def test_nothing_logged_is_an_empty_object(raw: bytes) -> None:
    assert parse_ai(raw) == {}


@pytest.mark.parametrize("raw", [b"", b"{", b'"text"', b"5", b"[1]", b"true", b"\xff"])
def test_what_is_no_object_is_unreadable(raw: bytes) -> None:
    assert parse_ai(raw) is None


def test_nesting_too_deep_to_follow_is_not_read() -> None:
    assert parse_ai(b"[" * 100_000) is None
    read = parse_ai(b'{"b":2,"x":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}")
    assert read is not None
    assert read["b"] == 2


@pytest.mark.parametrize(
    ("digits", "number"),
    [
        (b"4.6800000000000006e-05", Decimal("0.000046800000000000006")),
        (b"120", 120),
        (b"19.25", Decimal("19.25")),
        (b"123456789012345678901", 123456789012345678901),
        (b"1e99999999999999999999", OUT_OF_RANGE),
        (b"1e-99999999999999999999", OUT_OF_RANGE),
        pytest.param(b"9" * 5000, OUT_OF_RANGE, id="5000 digits"),
        (b"NaN", OUT_OF_RANGE),
    ],
)
def test_numbers_are_exact_or_out_of_range(digits: bytes, number: Any) -> None:
    assert parse_ai(b'{"cost":' + digits + b"}") == {"cost": number}


def test_bytes_that_are_not_utf8_take_no_other_field_away() -> None:
    assert parse_ai(b'{"a":"\xff","b":"\x01","c":1}') == {"a": "\N{REPLACEMENT CHARACTER}", "b": "\x01", "c": 1}


def test_half_a_surrogate_pair_is_read() -> None:
    assert parse_ai(b'{"a":"\\ud800"}') == {"a": "\ud800"}
