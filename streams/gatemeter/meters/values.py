"""Values of events as meters store them: exact whole numbers, hashes of values to count once, texts of groups.

What has no value is never 0: it is a `Fault`, by which events are counted.
"""

import re
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any

from gatemeter.lenient.fields import label_of, storable_text
from gatemeter.lenient.numbers import INT64_MAX, exact_number

CREDENTIAL = "(credential)"
"""Stored for a group whose value has the shape of a credential."""

NO_VALUES = (None, "", "-")
"""Programs write `-` where they have nothing to say."""

_CREDENTIAL = re.compile(
    r"(?:bearer|basic|digest|negotiate|apikey|token)\s|ey[JK][\w-]{8,}\.|(?:sk|pk|rk|ghp|gho|xox[abp])[-_][\w-]{12,}|AKIA\w{12}",
    re.IGNORECASE,
)
_LONGEST_DIGITS = 18


class Fault(StrEnum):
    """Why an event that a meter takes adds no value to it."""

    MISSING = "value_missing"
    NOT_A_NUMBER = "value_not_a_number"
    NEGATIVE = "value_negative"
    TOO_PRECISE = "value_too_precise"
    """It has more digits behind the point than declared; it is not rounded."""
    TOO_LARGE = "value_too_large"
    """It does not fit into 64 bits, in units of the last declared digit."""
    NOT_A_SCALAR = "value_not_a_scalar"
    """An object or a list cannot be told apart from others."""


def scaled_number(value: Any, decimals: int) -> int | Fault:
    """`value` times 10 ** `decimals`, exactly; texts of numbers are numbers."""
    if isinstance(value, str) and len(value) <= _LONGEST_DIGITS - decimals and value.isascii() and value.isdigit():
        return int(value) * int(10**decimals)
    if value in NO_VALUES:
        return Fault.MISSING
    number = exact_number(value)
    if number is None:
        is_infinite = isinstance(value, Decimal) and value.is_infinite() and value > 0
        return Fault.TOO_LARGE if is_infinite else Fault.NOT_A_NUMBER
    if number < 0:
        return Fault.NEGATIVE
    return _scaled(number, decimals)


def _scaled(number: Decimal, decimals: int) -> int | Fault:
    """Digit by digit: Python takes hours, or refuses, to calculate with a huge exponent."""
    if not number:
        return 0
    if number > INT64_MAX:
        return Fault.TOO_LARGE
    digits, zeros = number.as_tuple().digits, int(number.as_tuple().exponent) + decimals
    if zeros < 0:
        if any(digits[zeros:]):
            return Fault.TOO_PRECISE
        digits, zeros = digits[:zeros], 0
    scaled = int(Decimal((0, digits, zeros))) if zeros <= _LONGEST_DIGITS + 1 else INT64_MAX + 1
    return scaled if scaled <= INT64_MAX else Fault.TOO_LARGE


def member_hash(value: Any) -> int | Fault:
    """64 bits of a hash of `value`, equal for values that are written equally: a number equals the text of its digits.

    The hash is a cryptographic one: nobody can make up values that are taken for one and the same.
    """
    if value in NO_VALUES:
        return Fault.MISSING
    text = _scalar_text(value)
    if text is None:
        return Fault.NOT_A_SCALAR
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:8])


def group_text(value: Any) -> str:
    """`value` as the text of a group: '' where there is none, `CREDENTIAL` for what looks like one."""
    text = _scalar_text(value)
    if text is None or text in NO_VALUES:
        return ""
    return CREDENTIAL if _CREDENTIAL.match(text.lstrip()) else label_of(text)


def _scalar_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return str(value) if value.is_finite() else None
    return storable_text(value)
