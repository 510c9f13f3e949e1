"""Prices of units: as a person writes them, and as costs are computed.

`Rates` are decimals of a price book, such as currency units per million tokens. `compile_price` makes a `Price` of
them: whole yoctos per unit.
"""

import hashlib
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from gatemeter.money import yoctos_from_decimal
from gatemeter.pricing.gap import Bound, Gap, Gaps
from gatemeter.schema.units import TOKENS_PER_RATE, UNITS

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
    """Amounts in currency units: per million tokens, else per call, search, page or hour, as the name says.

    None means that nothing was written. 0 means free of charge and must be written; it is never assumed.
    """

    input: ExactAmount | None = None
    output: ExactAmount | None = None
    cache_read: ExactAmount | None = None
    cache_write: ExactAmount | None = None
    cache_write_1h: ExactAmount | None = None
    reasoning: ExactAmount | None = None
    audio_input: ExactAmount | None = None
    audio_cache_read: ExactAmount | None = None
    audio_output: ExactAmount | None = None
    image_input: ExactAmount | None = None
    image_cache_read: ExactAmount | None = None
    image_output: ExactAmount | None = None
    video_input: ExactAmount | None = None
    video_cache_read: ExactAmount | None = None
    video_output: ExactAmount | None = None
    citation: ExactAmount | None = None
    embedding: ExactAmount | None = None
    per_call: ExactAmount | None = None
    per_web_search: ExactAmount | None = None
    per_social_search: ExactAmount | None = None
    per_file_search: ExactAmount | None = None
    per_rerank_search: ExactAmount | None = None
    per_code_execution: ExactAmount | None = None
    per_code_execution_hour: ExactAmount | None = None
    per_image: ExactAmount | None = None
    per_page: ExactAmount | None = None
    per_annotated_page: ExactAmount | None = None
    per_character: ExactAmount | None = None
    per_audio_input_hour: ExactAmount | None = None
    per_audio_output_hour: ExactAmount | None = None
    per_video_output_second: ExactAmount | None = None

    def given(self) -> dict[str, Decimal]:
        """The amounts that were written, by field, in the order of the fields."""
        return {name: amount for name in RATE_NAMES if (amount := getattr(self, name)) is not None}

    def of_tokens(self) -> dict[str, Decimal]:
        """The written amounts that are per million tokens: factors apply to these alone."""
        return {name: amount for name, amount in self.given().items() if name in _OF_TOKENS}


RATE_NAMES = tuple(Rates.model_fields)


def is_whole(amount: Decimal, factor: Fraction) -> bool:
    """Whether a token costs a whole number of yoctos where a million cost `amount` times `factor`."""
    yoctos: Fraction = Fraction(amount) * factor * 10**MAX_DECIMALS
    return yoctos.denominator == 1


class FilledRates(Rates):
    """Rates of which at least one is written."""

    @model_validator(mode="after")
    def _has_a_price(self) -> "FilledRates":
        if not self.given():
            msg = f"gives no price; write one of {', '.join(RATE_NAMES)}, or leave it out where none is known"
            raise ValueError(msg)
        return self


_EMBEDDING = "embedding"
_PER_CALL = "per_call"
_PER_UNIT = {unit.rate: unit.per_rate for unit in UNITS} | {_EMBEDDING: TOKENS_PER_RATE, _PER_CALL: 1}
_OF_TOKENS = frozenset(unit.rate for unit in UNITS if unit.is_token) | {_EMBEDDING}


@dataclass(frozen=True, slots=True)
class _Fallback:
    """The rate that counts where another one is not written; with a bound, it may be wrong on one side."""

    rate: str
    is_exact: bool = False
    bound: Bound = Bound.UNKNOWN


_FALLBACKS = {
    # Every provider bills reasoning as output. Of an embedding model both names say the same.
    "reasoning": _Fallback("output", is_exact=True),
    "input": _Fallback("embedding", is_exact=True),
    "embedding": _Fallback("input", is_exact=True),
    # Reading a cache costs less than reading anew.
    "cache_read": _Fallback("input", bound=Bound.AT_MOST),
    "audio_cache_read": _Fallback("audio_input", bound=Bound.AT_MOST),
    "image_cache_read": _Fallback("image_input", bound=Bound.AT_MOST),
    "video_cache_read": _Fallback("video_input", bound=Bound.AT_MOST),
    # Most models take images and video at the price of text, and not all of them.
    "image_input": _Fallback("input"),
    "video_input": _Fallback("input"),
}
"""Writing to a cache, audio, and answers that are no text cost more than text: they have no fallback."""


@dataclass(frozen=True, slots=True)
class UnitRate:
    """Yoctos for one of a unit; `gap` where it is the rate of another unit, which need not be right."""

    yoctos: int
    gap: Gap | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Price:
    """`rates` in the order of `UNITS`, None where a unit has no price; `embedding` is per embedded token.

    `version` names provider, model and date for people, and ends with a hash of the content. `gaps` say why the price
    is not the one of this very call: of another provider, another model, without one of its modifiers.
    `exchange` is the exchange rate by which the rates were converted, with its date and source. With a
    `missing_exchange` the price cannot be converted, and has no rates.
    """

    rates: tuple[UnitRate | None, ...]
    embedding: UnitRate | None
    per_call_yoctos: int
    version: str
    gaps: Gaps = ()
    exchange: str = ""
    missing_exchange: Gap | None = None

    def with_gaps(self, *gaps: Gap) -> "Price":
        """The same price, with more that is missing."""
        return replace(self, gaps=(*self.gaps, *gaps)) if gaps else self


@dataclass(frozen=True, slots=True)
class PriceLabel:
    """Where a price comes from. Its `repr` is part of the hash in stored versions, so names and fields stay.

    `service_tier` names all modifiers that the price is for, as `llm.modifiers.modifier_label` does.
    """

    currency: str
    provider: str
    model: str
    first_hour: str = ""
    consumer: str = ""
    service_tier: str = ""
    above: int = 0

    def version_of(self, content: object, exchange: str = "") -> str:
        """`openai/gpt-4o@2026-02-01 priority >200000#1a2b3c4d`; the hash changes with any part of label or content.

        `exchange` follows what the price is for: `(1 CNY = 0.1274 EUR from 2026-02-01)`.
        """
        digest = hashlib.sha256(repr((self, content)).encode()).hexdigest()[:8]
        name = f"{self.provider}/{self.model}" + (f"@{self.first_hour}" if self.first_hour else "")
        parts = [
            name,
            self.service_tier,
            f">{self.above}" if self.above else "",
            f"for {self.consumer}" if self.consumer else "",
            f"({exchange})" if exchange else "",
        ]
        return " ".join(filter(None, parts)) + f"#{digest}"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What rates are multiplied with; `text` names the exchange rate and its date, `source` where it is from."""

    rate: Fraction
    text: str
    source: str = ""


def compile_price(
    rates: Rates, label: PriceLabel, factor: Fraction = Fraction(1), conversion: Conversion | None = None
) -> Price:
    """`rates` in yoctos, those of tokens times `factor`, which `refuse_endless_products` has checked.

    With a `conversion`, what one of a unit costs is rounded once, half to even, to a whole yocto of the other currency.
    """
    yoctos = {
        name: yoctos_from_decimal(amount) if name not in _OF_TOKENS else _times(amount, factor)
        for name, amount in rates.given().items()
    }
    content = sorted(yoctos.items())
    if conversion is None:
        return _price(yoctos, Fraction(1), label.version_of(content))
    version = label.version_of((content, conversion.text), conversion.text)
    exchange = conversion.text + (f" ({conversion.source})" if conversion.source else "")
    return replace(_price(yoctos, conversion.rate, version), exchange=exchange)


def unconverted_price(label: PriceLabel, missing: Gap) -> Price:
    """A price without rates, because no exchange rate is known for it."""
    price = _price({}, Fraction(1), label.version_of(missing.text))
    return replace(price, gaps=(missing,), missing_exchange=missing)


def _price(yoctos: dict[str, int], exchange: Fraction, version: str) -> Price:
    return Price(
        rates=tuple(_unit_rate(unit.rate, yoctos, exchange) for unit in UNITS),
        embedding=_unit_rate(_EMBEDDING, yoctos, exchange),
        per_call_yoctos=_per_unit(yoctos.get(_PER_CALL, 0) * exchange, 1),
        version=version,
    )


def _unit_rate(name: str, yoctos: dict[str, int], exchange: Fraction) -> UnitRate | None:
    """The rate `name`, else the one that it falls back to, which may fall back once more."""
    source, gap, tried = name, None, {name}
    while source not in yoctos:
        fallback = _FALLBACKS.get(source)
        if fallback is None or fallback.rate in tried:
            return None
        tried.add(fallback.rate)
        if not fallback.is_exact:
            gap = Gap(f"no price for {name}: that of {fallback.rate} counts", fallback.bound)
        source = fallback.rate
    return UnitRate(_per_unit(yoctos[source] * exchange, _PER_UNIT[source]), gap)


def _per_unit(yoctos: Fraction, per_rate: int) -> int:
    """Whole yoctos for one unit. Of tokens and pieces they are exact, of a time in ms the nearest ones."""
    return round(yoctos / per_rate)


def _times(amount: Decimal, factor: Fraction) -> int:
    if not is_whole(amount, factor):
        msg = f"{amount} times {factor} is not a whole number of yoctos a token"
        raise ValueError(msg)
    return int(yoctos_from_decimal(amount) * factor)
