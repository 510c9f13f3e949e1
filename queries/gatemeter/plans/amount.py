"""Exact decimal numbers of plan files: amounts of money, prices, and bounds of tiers."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

MOST_DECIMALS = 18
_MOST_DIGITS = 32


def _exact(value: object) -> Any:
    """A float has been rounded already, and YAML's numbers are texts."""
    if isinstance(value, bool | float) or not isinstance(value, int | str | Decimal):
        msg = "a decimal number, as 0.002"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports a ValueError by field
    if isinstance(value, str) and not value.isascii():
        msg = "a decimal number in ASCII digits"
        raise ValueError(msg)
    return value


Amount = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(ge=0, max_digits=_MOST_DIGITS, decimal_places=MOST_DECIMALS, allow_inf_nan=False),
]
"""At least 0, with at most 18 digits behind the point and 14 in front of it."""

Positive = Annotated[Amount, Field(gt=0)]


def plain(number: Decimal) -> str:
    """`number` as people write it: without exponent, and without zeros at the end."""
    text = f"{number or abs(number):f}"  # never -0
    return text.rstrip("0").rstrip(".") if "." in text else text
