"""Prices of token classes: as a person writes them, and as costs are computed.

`Rates` are decimals of a price book, in currency units per million tokens. `compile_price` makes a `Price` of them:
whole yoctos per token.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from gatemeter.money import yoctos_from_decimal

TOKENS_PER_RATE = 10**6
"""A rate is what this many tokens cost."""

MAX_DECIMALS = 18
"""With more, a single token would not cost a whole number of yoctos."""

_TOO_DEAR_EXPONENT = 12


class StrictModel(BaseModel):
    """Immutable, and refuses unknown fields: a misspelt price would be a missing one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _number(value: Any) -> Any:
    if isinstance(value, bool | float) or not isinstance(value, int | Decimal | str):
        msg = f"{value!r} is not a price; write a decimal number such as 0.15"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports ValueError, not TypeError
    return value


def _payable(amount: Decimal) -> Decimal:
    if amount.is_signed() and amount != 0:
        msg = f"{amount} is negative; write 0 or more"
        raise ValueError(msg)
    if decimals_of(amount) > MAX_DECIMALS:
        msg = f"{amount} has {decimals_of(amount)} decimals; write at most {MAX_DECIMALS}"
        raise ValueError(msg)
    if amount.adjusted() >= _TOO_DEAR_EXPONENT:
        msg = f"{amount} is out of all proportion; write currency units per million tokens"
        raise ValueError(msg)
    return abs(amount)


def decimals_of(number: Decimal) -> int:
    """How many digits after the point `number` needs; 0.50 needs one."""
    digits, exponent = number.as_tuple().digits, int(number.as_tuple().exponent)
    trailing_zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return 0 if not any(digits) else max(0, -exponent - trailing_zeros)


ExactAmount = Annotated[Decimal, BeforeValidator(_number), AfterValidator(_payable)]
"""A decimal of 0 or more with at most `MAX_DECIMALS` decimals. Floats are refused: they are not what was written."""


class Rates(StrictModel):
    """Amounts in currency units per million tokens; `per_call` is per call. None means that nothing was written.

    0 means free of charge and must be written; it is never assumed.
    """

    input: ExactAmount | None = None
    output: ExactAmount | None = None
    cache_read: ExactAmount | None = None
    cache_write: ExactAmount | None = None
    cache_write_1h: ExactAmount | None = None
    reasoning: ExactAmount | None = None
    audio_input: ExactAmount | None = None
    audio_output: ExactAmount | None = None
    embedding: ExactAmount | None = None
    per_call: ExactAmount | None = None

    def given(self) -> dict[str, Decimal]:
        """The amounts that were written, by field, in the order of the fields."""
        return {name: amount for name in RATE_NAMES if (amount := getattr(self, name)) is not None}


RATE_NAMES = tuple(Rates.model_fields)


class FilledRates(Rates):
    """Rates of which at least one is written."""

    @model_validator(mode="after")
    def _has_a_price(self) -> "FilledRates":
        if not self.given():
            msg = f"gives no price; write one of {', '.join(RATE_NAMES)}, or leave it out where none is known"
            raise ValueError(msg)
        return self


RATE_OF_CLASS = {
    "cached_tokens": "cache_read",
    "cache_write_tokens": "cache_write",
    "cache_write_1h_tokens": "cache_write_1h",
    "reasoning_tokens": "reasoning",
    "audio_input_tokens": "audio_input",
    "audio_output_tokens": "audio_output",
    "fresh_input_tokens": "input",
    "plain_output_tokens": "output",
}
"""Which rate the tokens of a class are multiplied with; in the order of `TOKEN_CLASSES`."""

_FALLBACK_RATE = {"cache_read": "input", "reasoning": "output", "input": "embedding", "embedding": "input"}
"""Which rate counts where a class has none. It may be too high, never too low: reading a cache costs less than reading
anew, and every provider bills reasoning as output. Writing to a cache and audio cost more than text, so they have no
fallback."""

_MAY_BE_TOO_HIGH = {"cache_read"}


@dataclass(frozen=True, slots=True)
class TokenRate:
    """Yoctos per token; `is_estimate` where it is a fallback to another class that may be too high."""

    yoctos: int
    is_estimate: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Price:
    """`rates` in the order of `TOKEN_CLASSES`, None where a class has no price; `embedding` is per embedded token.

    `version` names provider, model and date for people, and ends with a hash of the content. `is_estimate` where the
    price is a fallback: of another provider, another model or another service tier.
    """

    rates: tuple[TokenRate | None, ...]
    embedding: TokenRate | None
    per_call_yoctos: int
    version: str
    is_estimate: bool = False

    def classes_without_rate(self, tokens: Sequence[int]) -> list[str]:
        """The rates, as a book names them, that are missing for classes with tokens; `tokens` by `TOKEN_CLASSES`."""
        counted = zip(RATE_OF_CLASS.values(), tokens, self.rates, strict=True)
        return [name for name, count, rate in counted if count and rate is None]

    def as_estimate(self) -> "Price":
        """The same price as a fallback for one that is not known."""
        return self if self.is_estimate else replace(self, is_estimate=True)


@dataclass(frozen=True, slots=True)
class PriceLabel:
    """Where a price comes from. Its `repr` is part of the hash in stored versions, so names and fields stay."""

    currency: str
    provider: str
    model: str
    first_hour: str = ""
    consumer: str = ""
    service_tier: str = ""
    above: int = 0

    def version_of(self, content: object) -> str:
        """`openai/gpt-4o@2026-02-01 priority >200000#1a2b3c4d`; the hash changes with any part of label or content."""
        digest = hashlib.sha256(repr((self, content)).encode()).hexdigest()[:8]
        name = f"{self.provider}/{self.model}" + (f"@{self.first_hour}" if self.first_hour else "")
        parts = [
            name,
            self.service_tier,
            f">{self.above}" if self.above else "",
            f"for {self.consumer}" if self.consumer else "",
        ]
        return " ".join(filter(None, parts)) + f"#{digest}"


def compile_price(rates: Rates, label: PriceLabel, factor: Fraction = Fraction(1)) -> Price:
    """`rates` times `factor` in yoctos. `PriceEntry` has checked that both give whole yoctos."""
    yoctos = {name: _whole(yoctos_from_decimal(amount) * factor) for name, amount in rates.given().items()}
    per_token = {name: _token_rate(name, yoctos) for name in (*RATE_OF_CLASS.values(), "embedding")}
    return Price(
        rates=tuple(per_token[name] for name in RATE_OF_CLASS.values()),
        embedding=per_token["embedding"],
        per_call_yoctos=yoctos.get("per_call", 0),
        version=label.version_of(sorted(yoctos.items())),
    )


def _token_rate(name: str, yoctos_per_million: dict[str, int]) -> TokenRate | None:
    source = name if name in yoctos_per_million else _FALLBACK_RATE.get(name)
    if source not in yoctos_per_million:
        return None
    per_token = _whole(Fraction(yoctos_per_million[source], TOKENS_PER_RATE))
    return TokenRate(per_token, is_estimate=source != name and name in _MAY_BE_TOO_HIGH)


def _whole(yoctos: Fraction) -> int:
    if yoctos.denominator != 1:
        msg = f"{yoctos} is not a whole number of yoctos"
        raise ValueError(msg)
    return int(yoctos)
