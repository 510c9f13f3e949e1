"""Exchange rates of a price book: what prices in another currency are converted by, from a date on."""

from bisect import bisect_right
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from gatemeter.pricing.gap import Gap
from gatemeter.pricing.name_rules import Name
from gatemeter.pricing.price import Conversion, ExactAmount, StrictModel
from gatemeter.pricing.price_dates import StartHour, date_text

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


def _as_text(value: Any) -> Any:
    if not isinstance(value, str):
        msg = f'{value} is not an exchange rate; write a decimal number as text, such as "0.1274"'
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports ValueError, not TypeError
    return value


def _above_zero(rate: Decimal) -> Decimal:
    if not rate:
        msg = "0 is not an exchange rate; write how much of `to` one of `from` is worth"
        raise ValueError(msg)
    return rate


RateText = Annotated[ExactAmount, AfterValidator(_above_zero), BeforeValidator(_as_text)]


class ExchangeRate(StrictModel):
    """One `source_currency` is worth `rate` of `target_currency`, from `valid_from` until the next date."""

    source_currency: Currency = Field(alias="from")
    target_currency: Currency = Field(alias="to")
    rate: RateText
    valid_from: StartHour
    source: Name | None = None

    @model_validator(mode="after")
    def _is_between_two(self) -> "ExchangeRate":
        if self.source_currency == self.target_currency:
            msg = f"converts {self.source_currency} to itself; leave it out"
            raise ValueError(msg)
        return self

    @property
    def start_s(self) -> float:
        """The Unix second from which on the rate is valid."""
        return self.valid_from.timestamp()

    @property
    def text(self) -> str:
        """`1 CNY = 0.1274 EUR from 2026-02-01`."""
        return (
            f"1 {self.source_currency} = {self.rate.normalize():f} {self.target_currency}"
            f" from {date_text(self.valid_from)}"
        )

    @property
    def conversion(self) -> Conversion:
        """The rate as prices are compiled with it."""
        return Conversion(Fraction(self.rate), self.text, self.source or "")


def refuse_rates(rates: Iterable[ExchangeRate], target: str) -> None:
    """Raise ValueError unless all `rates` are to `target`, one for each currency and date."""
    seen: set[tuple[str, float]] = set()
    for rate in rates:
        if rate.target_currency != target:
            msg = (
                f"the rate {rate.text} is not to {target}, the currency of the book; "
                f"write a rate to {target}: rates are not chained"
            )
            raise ValueError(msg)
        if (rate.source_currency, rate.start_s) in seen:
            msg = f"has two rates at one date, one is {rate.text}; leave one of them out"
            raise ValueError(msg)
        seen.add((rate.source_currency, rate.start_s))


class RateTimeline:
    """The rates from one currency to another, of which the latest that has begun is valid."""

    def __init__(self, source: str, target: str, rates: Iterable[ExchangeRate]) -> None:
        """Of two of `rates` with the same date the later one counts."""
        dated = {rate.start_s: rate for rate in rates if rate.source_currency == source}
        self._starts_s = sorted(dated)
        self.rates = [dated[start_s] for start_s in self._starts_s]
        self.missing = Gap(f"no exchange rate from {source} to {target} at this time")

    def at(self, hour_s: int) -> ExchangeRate | None:
        """The rate that is valid in the hour that begins at Unix second `hour_s`."""
        place = bisect_right(self._starts_s, hour_s)
        return self.rates[place - 1] if place else None
