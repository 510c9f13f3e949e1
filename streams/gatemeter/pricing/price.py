"""What one call costs: whole yoctos per token of each class, compiled from a price book's decimals."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from gatemeter.money import yoctos_from_decimal
from gatemeter.pricing.rates import Rates

_TOKENS_PER_PRICE = 10**6

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
"""The price that the tokens of each class are multiplied with; in the order of `TOKEN_CLASSES`."""

_STANDS_IN = {"cache_read": "input", "reasoning": "output", "input": "embedding", "embedding": "input"}
"""Whose price counts for a class without one. Such a price may be too high, never too low: reading a cache costs less
than reading anew, reasoning is output by every provider's rules. Writing to a cache and audio cost more than text, so
they stay without a price."""

_IS_A_GUESS = {"cache_read"}


@dataclass(frozen=True, slots=True)
class TokenRate:
    """Yoctos per token; `is_estimate` where another class's price stands in and may be too high."""

    yoctos: int
    is_estimate: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Price:
    """`rates` in the order of `TOKEN_CLASSES`, None where a class has no price; `embedding` is per embedded token.

    `version` names provider, model and date for people, and a hash of the content for the rest. `is_estimate` where
    the price is not the one that was asked for: another provider's, or not of the service tier.
    """

    rates: tuple[TokenRate | None, ...]
    embedding: TokenRate | None
    per_call_yoctos: int
    version: str
    is_estimate: bool = False

    def classes_without_rate(self, tokens: Sequence[int]) -> list[str]:
        """The prices, as a book names them, of classes with tokens that have none; `tokens` by `TOKEN_CLASSES`."""
        counted = zip(RATE_OF_CLASS.values(), tokens, self.rates, strict=True)
        return [name for name, count, rate in counted if count and rate is None]

    def as_estimate(self) -> "Price":
        """The same price, standing in for one that is not known."""
        return self if self.is_estimate else replace(self, is_estimate=True)


@dataclass(frozen=True, slots=True)
class PriceLabel:
    """Where prices come from: what a version is made of."""

    currency: str
    provider: str
    model: str
    first_hour: str = ""
    consumer: str = ""
    service_tier: str = ""
    above: int = 0

    def version_of(self, content: object) -> str:
        """`openai/gpt-4o@2026-02-01 priority >200000#1a2b3c4d`; the hash changes with any part or price."""
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
    """`rates` times `factor` in yoctos. Both were checked to give whole yoctos (`PriceEntry`)."""
    yoctos = {name: _whole(yoctos_from_decimal(price) * factor) for name, price in rates.prices().items()}
    per_token = {name: _rate(name, yoctos) for name in (*RATE_OF_CLASS.values(), "embedding")}
    return Price(
        rates=tuple(per_token[name] for name in RATE_OF_CLASS.values()),
        embedding=per_token["embedding"],
        per_call_yoctos=yoctos.get("per_call", 0),
        version=label.version_of(sorted(yoctos.items())),
    )


def _rate(name: str, yoctos_per_million: dict[str, int]) -> TokenRate | None:
    source = name if name in yoctos_per_million else _STANDS_IN.get(name)
    if source not in yoctos_per_million:
        return None
    per_token = _whole(Fraction(yoctos_per_million[source], _TOKENS_PER_PRICE))
    return TokenRate(per_token, is_estimate=source != name and name in _IS_A_GUESS)


def _whole(yoctos: Fraction) -> int:
    if yoctos.denominator != 1:
        msg = f"{yoctos} is no whole number of yoctos"
        raise ValueError(msg)
    return int(yoctos)
