"""An entry of a price book that is ready to be asked: what its model costs in an hour, with given modifiers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import cached_property
from itertools import groupby, product
from math import prod
from operator import itemgetter
from typing import Any, Self

from gatemeter.llm.modifiers import SERVICE_TIER, Modifiers, modifier_label, read_modifiers
from gatemeter.pricing.exchange_rates import ExchangeRate, RateTimeline
from gatemeter.pricing.gap import Bound, Gap
from gatemeter.pricing.price import Price, PriceLabel, Rates, compile_price, unconverted_price
from gatemeter.pricing.price_book import (
    ContextTier,
    DatedRates,
    PriceEntry,
    PriceModifier,
    ServicePrice,
    StandardPrice,
)
from gatemeter.pricing.price_dates import PriceTimeline, date_text
from gatemeter.pricing.price_hours import YEARS_CHECKED

StandardValues = Mapping[str, frozenset[str]]
"""The values of each modifier that the standard price is for."""

_HOUR_S = 3600
_HOURS_A_WEEK, _HOURS_A_YEAR = 7 * 24, 366 * 24
_SUMMER_TIME_S = int(datetime(YEARS_CHECKED[0], 1, 1, tzinfo=UTC).timestamp())
"""Prices without a date begin before it."""


@dataclass(frozen=True, slots=True)
class _Variant:
    """Prices, or factors, of calls with all of `modifiers`."""

    modifiers: frozenset[tuple[str, str]]
    prices: Sequence[ServicePrice]
    timeline: PriceTimeline[ServicePrice]


@dataclass(frozen=True, slots=True)
class SharedFactor:
    """A factor that several models of a provider share, made ready once for all of them."""

    modifier: PriceModifier
    variants: tuple[_Variant, ...]

    @classmethod
    def of(cls, modifier: PriceModifier) -> Self:
        """The factor of a book."""
        prices = modifier.prices
        timeline = PriceTimeline(prices)
        return cls(modifier, tuple(_Variant(frozenset({pair}), prices, timeline) for pair in modifier.pairs))


@dataclass(frozen=True, slots=True)
class _Choice:
    """The rates that count, the factor on them, the modifiers that both are for, those that nothing is for, and what is
    doubtful about rates and factors. `standard` are the rates without a modifier.
    """

    dated: DatedRates
    standard: DatedRates | None
    factor: Fraction
    modifiers: Modifiers
    unpriced: Modifiers
    doubts: tuple[str, ...]


class PricedEntry:
    """Each price is compiled when it is first asked for, as logs name few models of a book. `factors` are those of all
    providers. Prices without a date are doubtful before `known_since`. `currency` is that of the prices; `exchange`
    converts them.
    """

    def __init__(
        self,
        entry: PriceEntry,
        currency: str,
        standard: StandardValues,
        factors: Sequence[SharedFactor] = (),
        known_since: datetime | None = None,
        exchange: RateTimeline | None = None,
    ) -> None:
        self.entry = entry
        self._known_since = known_since
        self._exchange = exchange
        self._label = PriceLabel(currency, entry.provider, entry.model, consumer=entry.consumer or "")
        self._standard_values = standard
        self._factors = factors
        self._compiled: dict[tuple[Any, ...], Price] = {}

    def price_at(self, hour_s: int, modifiers: Modifiers, context_above_tokens: int) -> Price | None:
        """The price in the hour that begins at Unix second `hour_s`, None if the entry has none for it.

        A modifier that the entry has no price for is a gap of the price.
        """
        wanted = frozenset(pair for pair in modifiers if pair[1] not in self._standard_values.get(pair[0], ()))
        choice = self._choice(hour_s, wanted)
        if choice is None:
            return None
        return self._compile(choice, context_above_tokens, self._exchange.at(hour_s) if self._exchange else None)

    def has_version(self, version: str) -> bool:
        """Whether a price of the entry has this `Price.version`, of whatever hour, modifiers and context."""
        is_named = version.startswith(f"{self.entry.provider}/{self.entry.model}")
        return is_named and any(price.version == version for price in self._all_prices())

    @property
    def priced_modifiers(self) -> list[Modifiers]:
        """The modifiers that the entry itself has prices or factors for."""
        return [tuple(sorted(variant.modifiers)) for variant in self._variants]

    @cached_property
    def _standard(self) -> PriceTimeline[StandardPrice]:
        return PriceTimeline(self.entry.prices)

    @cached_property
    def _variants(self) -> list[_Variant]:
        return _variants(self.entry, self._factors)

    def count_products(self) -> int:
        """How many sets of modifiers `products` goes through."""
        return prod(len(values) + 1 for values in self._values.values())

    def products(self) -> Iterator[tuple[DatedRates, Fraction, Modifiers]]:
        """All prices with the factors that ever come together on them, and the modifiers that both are for."""
        options = [(None, *((name, value) for value in values)) for name, values in self._values.items()]
        hours = list(self._telling_hours())
        for picked in product(*options):
            wanted = frozenset(pair for pair in picked if pair is not None)
            for hour_s in hours:
                choice = self._choice(hour_s, wanted)
                if choice is not None:
                    yield choice.dated, choice.factor, choice.modifiers

    @property
    def _values(self) -> dict[str, list[str]]:
        """The values of each modifier that a variant is for; a call has one of them at most."""
        pairs = sorted({pair for variant in self._variants for pair in variant.modifiers})
        return {name: [value for _, value in same] for name, same in groupby(pairs, key=itemgetter(0))}

    def _telling_hours(self) -> Iterator[int]:
        """One hour of all in which the same prices and factors apply."""
        timelines, seen = list(self._timelines()), set[tuple[int, ...]]()
        zones = {zone for timeline in timelines for zone in timeline.zones}
        starts_s = {start_s for timeline in timelines for start_s in timeline.starts_s}
        if zones - {None}:
            # Hours of two time zones come together in all ways within a year, since there is summer time.
            hours, starts_s = _HOURS_A_YEAR, starts_s | {_SUMMER_TIME_S}
        else:
            hours = _HOURS_A_WEEK if zones else 1
        for start_s in sorted(starts_s):
            for hour_s in range(start_s, start_s + hours * _HOUR_S, _HOUR_S):
                applying = tuple(id(timeline.at(hour_s)) for timeline in timelines)
                if applying not in seen:
                    seen.add(applying)
                    yield hour_s

    def _choice(self, hour_s: int, wanted: frozenset[tuple[str, str]]) -> _Choice | None:
        """Of the prices for some of the modifiers those for the most; then factors for the others."""
        standard = self._standard.at(hour_s)
        dated: DatedRates | None = standard
        factor, used = Fraction(1), frozenset[tuple[str, str]]()
        for variant, price in self._applying(hour_s, wanted):
            if price.factor is None:
                dated, used = price, variant.modifiers
                break
        if dated is None:
            return None
        counting: list[DatedRates] = [dated]
        for variant, price in self._applying(hour_s, wanted):
            if price.factor is not None and variant.modifiers <= wanted - used:
                factor, used = factor * Fraction(price.factor), used | variant.modifiers
                counting.append(price)
        doubts = tuple(each.doubtful for each in counting if each.doubtful)
        if dated.first_hour is None and self._known_since is not None and hour_s < self._known_since.timestamp():
            doubts += (f"the book knows of no price before {date_text(self._known_since)}",)
        return _Choice(dated, standard, factor, tuple(sorted(used)), tuple(sorted(wanted - used)), doubts)

    def _applying(self, hour_s: int, wanted: frozenset[tuple[str, str]]) -> Iterator[tuple[_Variant, ServicePrice]]:
        for variant in self._variants:
            price = variant.timeline.at(hour_s) if variant.modifiers <= wanted else None
            if price is not None:
                yield variant, price

    def _all_prices(self) -> Iterator[Price]:
        """Of every hour, with each set of modifiers that a variant is for, and with all pairs of variants."""
        sets = {frozenset[tuple[str, str]]()} | {variant.modifiers for variant in self._variants}
        sets |= {both for first in sets for second in sets if len(dict(both := first | second)) == len(both)}
        hours = {hour for timeline in self._timelines() for hour in timeline.sample_hours()}
        for wanted in sets:
            for hour_s in hours:
                choice = self._choice(hour_s, wanted)
                if choice is not None:
                    for above in (0, *(tier.above for tier in choice.dated.context)):
                        yield from (self._compile(choice, above, rate) for rate in self._exchange_rates())

    def _exchange_rates(self) -> Sequence[ExchangeRate | None]:
        return (None, *self._exchange.rates) if self._exchange else (None,)

    def _timelines(self) -> Iterator[PriceTimeline[ServicePrice] | PriceTimeline[StandardPrice]]:
        yield self._standard
        yield from (variant.timeline for variant in self._variants)

    def _compile(self, choice: _Choice, context_above_tokens: int, exchange: ExchangeRate | None) -> Price:
        context = _context(choice.dated, context_above_tokens)
        above = context.above if context else 0
        usual = _context(choice.standard, context_above_tokens) if choice.standard else None
        usual_above = usual.above if usual else 0
        # The rates of a book live as long as the book does, so their ids name them.
        rates = id(choice.dated), id(choice.standard), id(exchange)
        key = (*rates, choice.factor, choice.modifiers, choice.unpriced, choice.doubts, above, usual_above)
        if key not in self._compiled:
            price = self._price(choice, context or choice.dated, above, exchange)
            if price.missing_exchange is None:
                doubts = (*choice.doubts, *((context.doubtful,) if context and context.doubtful else ()))
                untold = _untold(context or choice.dated, above, usual or choice.standard, usual_above)
                price = price.with_gaps(*map(_gap, choice.unpriced), *map(_doubt, doubts), *untold)
            self._compiled[key] = price
        return self._compiled[key]

    def _price(self, choice: _Choice, rates: Rates, above: int, exchange: ExchangeRate | None) -> Price:
        first_hour = choice.dated.first_hour
        label = replace(
            self._label,
            first_hour=date_text(first_hour) if first_hour else "",
            service_tier=modifier_label(choice.modifiers),
            above=above,
        )
        if self._exchange is not None and exchange is None:
            return unconverted_price(label, self._exchange.missing)
        return compile_price(rates, label, choice.factor, exchange.conversion if exchange else None)


def _context(dated: DatedRates, context_above_tokens: int) -> ContextTier | None:
    """The tier of the highest threshold that the context exceeds."""
    return next((tier for tier in reversed(dated.context) if context_above_tokens >= tier.above), None)


def _untold(rates: Rates, above: int, standard: Rates | None, standard_above: int) -> Iterator[Gap]:
    """What the standard price has and the price of a modifier leaves out: it is not known to be free of charge."""
    if standard_above > above:
        yield Gap(f"no price for contexts above {standard_above} tokens with these modifiers: the other one counts")
    if standard is not None and standard.per_call and rates.per_call is None:
        yield Gap("no price per call with these modifiers", Bound.AT_LEAST)


def _variants(entry: PriceEntry, factors: Sequence[SharedFactor]) -> list[_Variant]:
    """Those for the most modifiers first, and of these the ones of the entry itself before those that models share."""
    tiers = {read_modifiers("", name): prices for name, prices in entry.service_tiers.items()}
    others = {read_modifiers(text.lower()): prices for text, prices in entry.modifiers.items()}
    own = [_Variant(frozenset(pairs), prices, PriceTimeline(prices)) for pairs, prices in (tiers | others).items()]
    shared = [
        variant
        for factor in factors
        if factor.modifier.applies_to(entry.provider, entry.model)
        for variant in factor.variants
    ]
    return sorted([*own, *shared], key=lambda variant: -len(variant.modifiers))


def _doubt(text: str) -> Gap:
    return Gap(f"the price is doubtful: {text}")


def _gap(modifier: tuple[str, str]) -> Gap:
    name, value = modifier
    what = "service tier" if name == SERVICE_TIER else name
    return Gap(f"no price for {what} {value}: the standard price counts")
