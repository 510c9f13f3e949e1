"""The price book: which model of which provider costs what, and from when on. `docs/pricing.md` describes the file."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from gatemeter.llm.call import CONTEXT_THRESHOLDS
from gatemeter.pricing.exchange_rates import Currency, ExchangeRate, refuse_rates
from gatemeter.pricing.name_rules import (
    ModelAlias,
    ModelMatch,
    Name,
    NameRule,
    Names,
    SnapshotSuffix,
    SuffixForm,
    as_list,
)
from gatemeter.pricing.price import MAX_DECIMALS, ExactAmount, FilledRates, Rates, StrictModel, is_whole
from gatemeter.pricing.price_dates import FirstHour, refuse_overlaps
from gatemeter.pricing.price_hours import DaysOfWeek, HoursOfDay, HoursOfWeek, TimeZone

ModifierNames = Annotated[str, StringConstraints(pattern=r"^[^=,\s]+=[^=,]+(,[^=,\s]+=[^=,]+)*$")]
""""speed=fast", or several separated by commas."""


class ContextTier(FilledRates):
    """Rates for all tokens of a call whose input has more than `above` tokens; `doubtful` as in `DatedRates`."""

    above: int
    doubtful: Name | None = None

    @field_validator("above")
    @classmethod
    def _is_a_threshold(cls, above: int) -> int:
        if above not in CONTEXT_THRESHOLDS:
            msg = f"usage is not kept apart at {above} tokens; write one of {', '.join(map(str, CONTEXT_THRESHOLDS))}"
            raise ValueError(msg)
        return above


class DatedRates(Rates):
    """Rates that apply from `first_hour` until the next date; where hours or days are given, only in those.

    `utc_hours` and `days` are in UTC; with a `time_zone`, `hours` and `days` are in that. `doubtful` says what is known
    to be missing or wrong in these very rates: their costs are estimates.
    """

    first_hour: FirstHour = Field(default=None, alias="from")
    utc_hours: HoursOfDay | None = None
    hours: HoursOfDay | None = None
    days: DaysOfWeek | None = None
    time_zone: TimeZone | None = None
    doubtful: Name | None = None
    context: Annotated[tuple[ContextTier, ...], BeforeValidator(as_list)] = ()

    @field_validator("context")
    @classmethod
    def _in_order(cls, tiers: tuple[ContextTier, ...]) -> tuple[ContextTier, ...]:
        if len({tier.above for tier in tiers}) < len(tiers):
            msg = "names a threshold twice; leave one of them out"
            raise ValueError(msg)
        return tuple(sorted(tiers, key=lambda tier: tier.above))

    @model_validator(mode="after")
    def _tiers_are_complete(self) -> "DatedRates":
        for tier in self.context:
            missing = [name for name in self.given() if name not in tier.given()]
            if missing:
                msg = (
                    f"the tier above {tier.above} names no {', '.join(missing)}; write it also where it stays the same"
                )
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _hours_are_in_one_zone(self) -> "DatedRates":
        if self.hours is not None and self.time_zone is None:
            msg = "gives hours and no time_zone; name one such as Asia/Shanghai, or write utc_hours"
            raise ValueError(msg)
        if self.time_zone is not None and (self.utc_hours is not None or (self.hours is None and self.days is None)):
            msg = "gives a time_zone without hours or days in it; write hours, days or both, and no utc_hours"
            raise ValueError(msg)
        return self

    @property
    def when(self) -> HoursOfWeek | None:
        """The hours of the week in which the rates apply; None for all that no other price claims."""
        hours = self.utc_hours if self.hours is None else self.hours
        return None if hours is None and self.days is None else HoursOfWeek(hours, self.days, self.time_zone)

    def all_rates(self) -> Iterable[Rates]:
        """The rates below the first context threshold, then the rates of each context tier."""
        return (self, *self.context)


class StandardPrice(DatedRates, FilledRates):
    """What is paid when the answer names no service tier."""


class ServicePrice(DatedRates):
    """What is paid with a modifier, such as a service tier: the rates given here, or `factor` times the others.

    A factor is on the rates for tokens, not on those per call, search, page or second.
    """

    factor: ExactAmount | None = None

    @model_validator(mode="after")
    def _is_factor_or_rates(self) -> "ServicePrice":
        if (self.factor is None) == (not self.given()):
            msg = "write either a factor or prices"
            raise ValueError(msg)
        return self


class DatedFactor(StrictModel):
    """What the rates for tokens are multiplied with, from `first_hour` on."""

    first_hour: FirstHour = Field(default=None, alias="from")
    factor: ExactAmount


class PriceModifier(StrictModel):
    """A factor that several models of a provider share; `models` names entries, none means all.

    `value` is one or several values of the modifier `name`, which have this factor each. The prices and factors that an
    entry itself has for a modifier go before it, in the hours that they are for.
    """

    provider: Name
    name: Name
    value: Names
    models: Names = ()
    factors: Annotated[tuple[DatedFactor, ...], BeforeValidator(as_list)]
    source: str | None = None
    note: str | None = None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Name and value, in lower case, for each of the values."""
        return [(self.name.lower(), value.lower()) for value in self.value]

    @property
    def prices(self) -> tuple[ServicePrice, ...]:
        """The factors as prices of an entry."""
        return tuple(
            ServicePrice.model_validate({"from": each.first_hour, "factor": each.factor}) for each in self.factors
        )

    def applies_to(self, provider: str, model: str) -> bool:
        """Whether it is for the entry of this provider and model."""
        return provider.lower() == self.provider.lower() and (not self.models or model in self.models)


class PriceEntry(StrictModel):
    """What one model of one provider costs, for everybody or for one consumer.

    `consumer` is an id, user name or custom id. The entry is for the model with the name `model`, for its other
    `names`, and for its snapshots: those in a form of `suffixes`, which without it are all of the provider's. With a
    `match` it is for the models that this fits, and for `names`, and for no others.
    `service_tiers` and `modifiers` (`"speed=fast"`, `"service_tier=batch,speed=fast"`) are what else decides about the
    price. `doubtful` says what is known to be missing or wrong in the entry: its costs are estimates. `currency` is
    that of its prices where it is not the book's.
    """

    provider: Name
    model: Name
    names: Names = ()
    suffixes: Annotated[tuple[SuffixForm, ...], BeforeValidator(as_list)] | None = None
    match: ModelMatch | None = None
    consumer: Name | None = None
    note: str | None = None
    source: str | None = None
    doubtful: str | None = None
    currency: Currency | None = None
    prices: Annotated[tuple[StandardPrice, ...], BeforeValidator(as_list)]
    service_tiers: dict[Name, Annotated[tuple[ServicePrice, ...], BeforeValidator(as_list)]] = Field(
        default_factory=dict
    )
    modifiers: dict[ModifierNames, Annotated[tuple[ServicePrice, ...], BeforeValidator(as_list)]] = Field(
        default_factory=dict
    )

    @property
    def name(self) -> str:
        """`openai/gpt-4o`, with the consumer where it is an override."""
        return f"{self.provider}/{self.model}" + (f" for {self.consumer}" if self.consumer else "")

    @property
    def all_names(self) -> tuple[str, ...]:
        """The names that the entry is for exactly."""
        return self.names if self.match is not None else (self.model, *self.names)

    @field_validator("prices")
    @classmethod
    def _has_prices(cls, prices: tuple[StandardPrice, ...]) -> tuple[StandardPrice, ...]:
        if not prices:
            msg = "is empty; write a price, or leave the entry out: its calls are counted as unpriced then"
            raise ValueError(msg)
        return prices

    @model_validator(mode="after")
    def _one_price_an_hour(self) -> "PriceEntry":
        refuse_overlaps(self.prices)
        for tier, prices in (*self.service_tiers.items(), *self.modifiers.items()):
            refuse_overlaps(prices)
            for price in prices:
                if price.factor is not None:
                    self._refuse_endless(tier, Fraction(price.factor))
        return self

    def _refuse_endless(self, tier: str, factor: Fraction) -> None:
        for rates in (each for dated in self.prices for each in dated.all_rates()):
            for name, price in rates.of_tokens().items():
                if not is_whole(price, factor):
                    msg = f"{name} in {tier} would have more than {MAX_DECIMALS} decimals; write prices, no factor"
                    raise ValueError(msg)


class PriceBook(StrictModel):
    """What one file holds. Of the entries that match a call, the first one counts.

    `aliases`: what gateways call a provider -> its name in the entries. `fallbacks`: provider -> the providers whose
    prices are used, as estimates, for models it has no price for. `standard`: the values of each modifier that the
    standard price is for. `modifiers`: factors that models of a provider share. `deployments`: providers whose
    customers name the models themselves, so that only an answer tells the model. `snapshot_suffixes`, `name_rules` and
    `model_aliases` say how the names of models are read. `known_since`: prices without a date are known to hold from
    that hour on, and are estimates before it; without it they hold always. `exchange_rates` convert prices of other
    currencies to `currency`. `source` and `left_out` are for people:
    where prices come from, and which are missing.
    """

    currency: Currency
    exchange_rates: tuple[ExchangeRate, ...] = ()
    source: str | None = None
    known_since: FirstHour = None
    left_out: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    aliases: dict[Name, Name] = Field(default_factory=dict)
    fallbacks: dict[Name, Names] = Field(default_factory=dict)
    standard: dict[Name, Names] = Field(default_factory=dict)
    modifiers: tuple[PriceModifier, ...] = ()
    deployments: Names = ()
    snapshot_suffixes: tuple[SnapshotSuffix, ...] = ()
    name_rules: tuple[NameRule, ...] = ()
    model_aliases: tuple[ModelAlias, ...] = ()
    entries: tuple[PriceEntry, ...] = ()

    @model_validator(mode="after")
    def _can_convert(self) -> "PriceBook":
        refuse_rates(self.exchange_rates, self.currency)
        known = {self.currency, *(rate.source_currency for rate in self.exchange_rates)}
        for entry in self.entries:
            if entry.currency is not None and entry.currency not in known:
                msg = (
                    f"has prices of {entry.name} in {entry.currency} and no exchange rate; "
                    f"write one from {entry.currency} to {self.currency} in exchange_rates"
                )
                raise ValueError(msg)
        return self
