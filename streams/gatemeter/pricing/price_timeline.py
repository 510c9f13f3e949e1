"""What applies in a given hour, of several things with a date.

One entry of a price book, ready to be asked.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Generic, TypeVar

from gatemeter.pricing.price import Price, PriceLabel, compile_price
from gatemeter.pricing.price_book import DatedRates, ModelMatch, PriceEntry
from gatemeter.pricing.price_dates import HOURS_A_DAY, Dated, date_text

T = TypeVar("T", bound=Dated)

_HOUR_S = 3600
_ALWAYS_S = -(2**63)


class PriceTimeline(Generic[T]):
    """Of the prices with the latest date that has come, the one for this hour of the day, else the one for all hours.

    A later date replaces everything of an earlier one, its hours of the day included.
    """

    __slots__ = ("_by_hour", "_starts_s")

    def __init__(self, prices: Sequence[T]) -> None:
        groups: defaultdict[int, list[T]] = defaultdict(list)
        for price in prices:
            groups[int(price.first_hour.timestamp()) if price.first_hour else _ALWAYS_S].append(price)
        self._starts_s = sorted(groups)
        self._by_hour = [_by_hour_of_day(groups[start]) for start in self._starts_s]

    def at(self, hour_s: int) -> T | None:
        """What applies in the hour that begins at Unix second `hour_s`."""
        place = bisect_right(self._starts_s, hour_s)
        return self._by_hour[place - 1][hour_s // _HOUR_S % HOURS_A_DAY] if place else None


def _by_hour_of_day(prices: Sequence[T]) -> list[T | None]:
    otherwise = next((price for price in prices if price.utc_hours is None), None)
    day: list[T | None] = [otherwise] * HOURS_A_DAY
    for price in prices:
        for hour in price.utc_hours or ():
            day[hour] = price
    return day


class PricedEntry:
    """Matches names of models and gives their price in an hour; prices are compiled when they are first asked for."""

    def __init__(self, entry: PriceEntry, currency: str, standard_tiers: frozenset[str]) -> None:
        self.entry = entry
        self._label = PriceLabel(currency, entry.provider, entry.model, consumer=entry.consumer or "")
        self._standard_tiers = standard_tiers
        match = entry.match or ModelMatch(equals=(entry.model,))
        self._equals = frozenset(text.lower() for text in match.equals)
        self._starts = tuple(text.lower() for text in match.starts_with)
        self._ends = tuple(text.lower() for text in match.ends_with)
        self._contains = tuple(text.lower() for text in match.contains)
        self._expressions = tuple(re.compile(text, re.IGNORECASE) for text in match.regex)
        self._standard = PriceTimeline(entry.prices)
        self._tiers = {name.lower(): PriceTimeline(prices) for name, prices in entry.service_tiers.items()}
        self._compiled: dict[tuple[int, int, str, int, bool], Price] = {}

    def matches(self, model: str) -> bool:
        """Whether a model of this name, in lower case, has these prices."""
        return (
            model in self._equals
            or model.startswith(self._starts)
            or model.endswith(self._ends)
            or any(text in model for text in self._contains)
            or any(expression.search(model) for expression in self._expressions)
        )

    def price_at(self, hour_s: int, service_tier: str, context_above_tokens: int) -> Price | None:
        """The price in the hour that begins at Unix second `hour_s`, None if the entry has none for it."""
        standard = self._standard.at(hour_s)
        tier_name = service_tier.lower()
        timeline = self._tiers.get(tier_name)
        tier = timeline.at(hour_s) if timeline else None
        if tier is not None and tier.factor is None:
            return self._compile(tier, tier_name, context_above_tokens)
        if standard is None:
            return None
        if tier is not None and tier.factor is not None:
            return self._compile(standard, tier_name, context_above_tokens, Fraction(tier.factor))
        is_unknown_tier = tier_name not in self._standard_tiers
        return self._compile(standard, "", context_above_tokens, is_estimate=is_unknown_tier)

    def _compile(
        self,
        dated: DatedRates,
        tier_name: str,
        context_above_tokens: int,
        factor: Fraction = Fraction(1),
        *,
        is_estimate: bool = False,
    ) -> Price:
        context = next((tier for tier in reversed(dated.context) if context_above_tokens >= tier.above), None)
        above = context.above if context else 0
        # The models of a book live as long as it does, so their ids name them.
        key = (id(dated), hash(factor), tier_name, above, is_estimate)
        if key not in self._compiled:
            label = replace(
                self._label,
                first_hour=date_text(dated.first_hour) if dated.first_hour else "",
                service_tier=tier_name,
                above=above,
            )
            price = compile_price(context or dated, label, factor)
            self._compiled[key] = replace(price, is_estimate=is_estimate)
        return self._compiled[key]
