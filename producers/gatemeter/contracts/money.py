"""Money as whole picos: a million millionths of a currency unit, never a float.

A price is quoted per million tokens, often with six decimals; one micro-unit per million tokens is exactly one pico
per token, so every such price is a whole number here and every cost is an exact integer product. Rounding happens
once, where a person reads the amount.
"""

from decimal import ROUND_HALF_EVEN, Decimal

PICOS_PER_UNIT = 10**12
_UNIT_EXPONENT = -12


def picos_from_decimal(amount: Decimal) -> int:
    """`amount` in currency units as picos; what lies below a pico is rounded half to even.

    Raises ValueError for NaN and infinities.
    """
    if not amount.is_finite():
        msg = f"{amount} is no amount of money"
        raise ValueError(msg)
    sign, digits, exponent = amount.as_tuple()
    shift = int(exponent) - _UNIT_EXPONENT
    magnitude = int("".join(map(str, digits)))
    picos = magnitude * _power_of_ten(shift) if shift >= 0 else _divide_half_even(magnitude, -shift)
    return (-1 if sign else 1) * picos


def decimal_from_picos(picos: int) -> Decimal:
    """Picos as an exact decimal number of currency units."""
    sign = 1 if picos < 0 else 0
    return Decimal((sign, tuple(map(int, str(abs(picos)))), _UNIT_EXPONENT))


def _divide_half_even(magnitude: int, decimal_places: int) -> int:
    if decimal_places > len(str(magnitude)):
        return 0
    unit = _power_of_ten(decimal_places)
    quotient, remainder = divmod(magnitude, unit)
    twice = 2 * remainder
    over_half = twice > unit or (twice == unit and quotient % 2 == 1)
    return quotient + over_half


def _power_of_ten(exponent: int) -> int:
    return int("1" + "0" * exponent)


def round_amount(amount: Decimal, decimal_places: int) -> Decimal:
    """The one rounding for presentation: half to even, at `decimal_places` (2 for most currencies)."""
    return amount.quantize(Decimal((0, (1,), -decimal_places)), rounding=ROUND_HALF_EVEN)
