"""One entry of a price book, ready to be asked."""

import re
from dataclasses import replace
from fractions import Fraction

from gatemeter.streams.pricing.price import Price, PriceLabel, compile_price
from gatemeter.streams.pricing.price_book import DatedRates, ModelMatch, PriceEntry
from gatemeter.streams.pricing.price_dates import date_text
from gatemeter.streams.pricing.price_timeline import PriceTimeline


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
