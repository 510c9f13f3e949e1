"""Prices of token classes, per million tokens, as a person writes them."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

PRICE_DECIMALS = 18
"""With more, the price of a single token would not be a whole number of yoctos."""


class StrictModel(BaseModel):
    """Immutable, and refuses fields that it does not know: a misspelt price would be a missing one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _number(value: Any) -> Any:
    if isinstance(value, bool | float) or not isinstance(value, int | Decimal | str):
        msg = f"{value!r} is no price; write a decimal number such as 0.15"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports ValueError, not TypeError
    return value


def _payable(price: Decimal) -> Decimal:
    if price.is_signed() and price != 0:
        msg = f"{price} is negative; write 0 or more"
        raise ValueError(msg)
    if decimals_of(price) > PRICE_DECIMALS:
        msg = f"{price} has {decimals_of(price)} decimals; write at most {PRICE_DECIMALS}"
        raise ValueError(msg)
    if price.adjusted() >= _TOO_DEAR_EXPONENT:
        msg = f"{price} is out of all proportion; write currency units per million tokens"
        raise ValueError(msg)
    return abs(price)


_TOO_DEAR_EXPONENT = 12


def decimals_of(number: Decimal) -> int:
    """How many digits after the point `number` needs; 0.50 needs one."""
    digits, exponent = number.as_tuple().digits, int(number.as_tuple().exponent)
    trailing_zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return 0 if not any(digits) else max(0, -exponent - trailing_zeros)


Price = Annotated[Decimal, BeforeValidator(_number), AfterValidator(_payable)]


class Rates(StrictModel):
    """Prices in currency units per million tokens; `per_call` is per call. None = no price of its own.

    0 means free of charge and must be written; it is never assumed.
    """

    input: Price | None = None
    output: Price | None = None
    cache_read: Price | None = None
    cache_write: Price | None = None
    cache_write_1h: Price | None = None
    reasoning: Price | None = None
    audio_input: Price | None = None
    audio_output: Price | None = None
    embedding: Price | None = None
    per_call: Price | None = None

    def prices(self) -> dict[str, Decimal]:
        """The prices that are given, by field, in the order of the fields."""
        return {name: price for name in RATE_NAMES if (price := getattr(self, name)) is not None}


RATE_NAMES = tuple(Rates.model_fields)


class FilledRates(Rates):
    """Rates that give one price at least."""

    @model_validator(mode="after")
    def _has_a_price(self) -> "FilledRates":
        if not self.prices():
            msg = f"gives no price; write one of {', '.join(RATE_NAMES)}, or leave it out where none is known"
            raise ValueError(msg)
        return self
