"""Money as whole yoctos: 10^-24 of a currency unit, never a float.

A price is quoted per million tokens; with up to 18 decimals it is a whole number of yoctos per token, so every cost is
an exact integer product. The amounts that a gateway reports have up to 17 significant digits, often in exponent form
(4.6800000000000006e-05), and fit too. Amounts are rounded once, for presentation. They are stored as ClickHouse's
Decimal(38, 24), which holds amounts up to 10^14 units.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal

YOCTOS_PER_UNIT = 10**24
_UNIT_EXPONENT = -24
_YOCTO = Decimal((0, (1,), _UNIT_EXPONENT))
_MOST_INTEGER_DIGITS = 14

_EXACT = Context(prec=_MOST_INTEGER_DIGITS - _UNIT_EXPONENT + 2, rounding=ROUND_HALF_EVEN)
"""Keeps every amount to the last yocto; the default context of 28 digits does not."""


def yoctos_from_decimal(amount: Decimal) -> int:
    """`amount`, in currency units, as yoctos; fractions of a yocto are rounded half to even.

    Raises ValueError for NaN, infinities, and amounts of 10^14 units or more, which no column can hold.
    """
    if not amount.is_finite() or (amount and amount.adjusted() >= _MOST_INTEGER_DIGITS):
        msg = f"{amount} is not an amount of money"
        raise ValueError(msg)
    return int(amount.quantize(_YOCTO, context=_EXACT).scaleb(-_UNIT_EXPONENT, context=_EXACT))


LARGEST_YOCTOS = 10**38 - 1
"""The largest amount that a Decimal(38, 24) holds."""


def storable_amount(yoctos: int) -> Decimal:
    """As `decimal_from_yoctos`, but limited to the largest amount that a column holds, so that no write fails."""
    return decimal_from_yoctos(max(-LARGEST_YOCTOS, min(yoctos, LARGEST_YOCTOS)))


def decimal_from_yoctos(yoctos: int) -> Decimal:
    """Yoctos as an exact decimal number of currency units."""
    sign = 1 if yoctos < 0 else 0
    return Decimal((sign, tuple(map(int, str(abs(yoctos)))), _UNIT_EXPONENT))


def round_amount(amount: Decimal, decimal_places: int) -> Decimal:
    """`amount` for presentation: rounded half to even to `decimal_places` (2 for most currencies)."""
    return amount.quantize(Decimal((0, (1,), -decimal_places)), context=_EXACT)
