"""Money as whole yoctos: 10^-24 of a currency unit, never a float.

A price is quoted per million tokens; with up to 18 decimals it is a whole number of yoctos per token, so every cost
is an exact integer product. What a gateway reports comes with up to 17 significant digits, often in exponent form
(4.6800000000000006e-05), and fits too. Rounding happens once, where a person reads the amount. Stored as
ClickHouse's Decimal(38, 24), which holds amounts up to 10^14 units.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal

YOCTOS_PER_UNIT = 10**24
_UNIT_EXPONENT = -24
_YOCTO = Decimal((0, (1,), _UNIT_EXPONENT))
_MOST_INTEGER_DIGITS = 14

_EXACT = Context(prec=_MOST_INTEGER_DIGITS - _UNIT_EXPONENT + 2, rounding=ROUND_HALF_EVEN)
"""Holds every amount to the last yocto; the default of 28 digits does not."""


def yoctos_from_decimal(amount: Decimal) -> int:
    """`amount` in currency units as yoctos; what lies below a yocto is rounded half to even.

    Raises ValueError for NaN, infinities, and amounts of 10^14 units and more, which no column holds.
    """
    if not amount.is_finite() or (amount and amount.adjusted() >= _MOST_INTEGER_DIGITS):
        msg = f"{amount} is no amount of money"
        raise ValueError(msg)
    return int(amount.quantize(_YOCTO, context=_EXACT).scaleb(-_UNIT_EXPONENT, context=_EXACT))


LARGEST_YOCTOS = 10**38 - 1
"""What a Decimal(38, 24) can hold."""


def storable_amount(yoctos: int) -> Decimal:
    """`decimal_from_yoctos`, for a column: its largest value stands for what is larger, so that nothing ever stops."""
    return decimal_from_yoctos(max(-LARGEST_YOCTOS, min(yoctos, LARGEST_YOCTOS)))


def decimal_from_yoctos(yoctos: int) -> Decimal:
    """Yoctos as an exact decimal number of currency units."""
    sign = 1 if yoctos < 0 else 0
    return Decimal((sign, tuple(map(int, str(abs(yoctos)))), _UNIT_EXPONENT))


def round_amount(amount: Decimal, decimal_places: int) -> Decimal:
    """The one rounding for presentation: half to even, at `decimal_places` (2 for most currencies)."""
    return amount.quantize(Decimal((0, (1,), -decimal_places)), context=_EXACT)
