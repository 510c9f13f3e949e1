"""Exact numbers out of lenient JSON: integers, decimals, floats and numeric text, but never true or false."""

import math
import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

from gatemeter.money import yoctos_from_decimal

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)
LARGEST_AMOUNT = 10**9
"""In currency units, of one call: a row can add up very many of them before Decimal(38, 24), 10^14 units, is full."""
LARGEST_TOKEN_COUNT = 10**12
"""Of one call, for the same reason. As many as have room in an event add up to less than 2^63, which the accumulator
needs."""
LONGEST_MS = 9_000_000_000_000
"""Latencies are added up as 64-bit nanoseconds; a larger number is not taken for a measurement."""

OUT_OF_RANGE = Decimal("Infinity")
_NUMBER_TEXT = re.compile(r"\s*[+-]?(?:\d{1,5000}(?:\.\d{0,5000})?|\.\d{1,5000})(?:[eE][+-]?\d{1,9})?\s*", re.ASCII)
_LONGEST_INTEGER_DIGITS = 25
_YOCTO = Decimal((0, (1,), -24))
_MONEY_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX)


def decimal_of_digits(digits: str) -> Decimal:
    """The exact value of the JSON number `digits`; `OUT_OF_RANGE` if no decimal can hold its exponent."""
    try:
        return Decimal(digits)
    except InvalidOperation:
        return OUT_OF_RANGE


def integer_of_digits(digits: str) -> int | Decimal:
    """The JSON integer `digits`; `OUT_OF_RANGE` far beyond any use, since Python converts long integers slowly."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER_DIGITS else OUT_OF_RANGE


def exact_number(value: object) -> Decimal | None:
    """`value` as a finite decimal; None if it is neither a number nor the text of one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    if isinstance(value, str) and _NUMBER_TEXT.fullmatch(value):
        return Decimal(value.strip())
    return None


def counted_number(value: object, largest: int = INT64_MAX) -> Decimal | int | None:
    """A count, fraction and all, from 0 to `largest`; None for anything else."""
    number = value if type(value) is int else exact_number(value)
    return number if number is not None and 0 <= number <= largest else None


def token_number(value: object) -> Decimal | int | None:
    """A count of tokens, fraction and all, from 0 to `LARGEST_TOKEN_COUNT`; None for anything else."""
    return counted_number(value, LARGEST_TOKEN_COUNT)


def rounded_count(number: Decimal | int) -> int:
    """`number` rounded half to even."""
    return number if isinstance(number, int) else int(number.to_integral_value(rounding=ROUND_HALF_EVEN))


def latency_number(value: object) -> Decimal | int | None:
    """Milliseconds, or a negative number (not measured); None above `LONGEST_MS` and for anything else."""
    number = value if type(value) is int else exact_number(value)
    return number if number is not None and number <= LONGEST_MS else None


def amount_yoctos(value: object) -> int | None:
    """An amount of money in yoctos; None unless `value` is a number from 0 to `LARGEST_AMOUNT`."""
    number = exact_number(value)
    if number is None or not 0 <= number <= LARGEST_AMOUNT:
        return None
    return yoctos_from_decimal(number.quantize(_YOCTO, context=_MONEY_CONTEXT))
