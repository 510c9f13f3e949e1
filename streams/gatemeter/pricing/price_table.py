"""All price books together: which price counts for a call."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Self

from gatemeter.errors import SettingsError
from gatemeter.pricing.price import Price, PriceLabel, compile_price
from gatemeter.pricing.price_book import DatedRates, ModelMatch, PriceBook, PriceEntry
from gatemeter.pricing.price_dates import PriceTimeline, date_text

UNSPECIFIED = "unspecified"
"""What Kong writes, in upper or lower case, where it knows no provider or model."""

_REMEMBERED = 65_536
"""Combinations of names whose entries are remembered. Names come from logs: their number must not grow without end."""

_STANDARD_TIERS = frozenset({""})


class ModelNames:
    """The names of models that any of `rules` is for."""

    def __init__(self, rules: Sequence[ModelMatch]) -> None:
        self.rules = rules
        self._equals = frozenset(text.lower() for rule in rules for text in rule.equals)
        self._starts = tuple(text.lower() for rule in rules for text in rule.starts_with)
        self._ends = tuple(text.lower() for rule in rules for text in rule.ends_with)
        self._contains = tuple(text.lower() for rule in rules for text in rule.contains)
        self._expressions = tuple(re.compile(text, re.IGNORECASE) for rule in rules for text in rule.regex)

    def match(self, model: str) -> bool:
        """Whether a rule is for the model with this name, which is in lower case."""
        return (
            model in self._equals
            or model.startswith(self._starts)
            or model.endswith(self._ends)
            or any(text in model for text in self._contains)
            or any(expression.search(model) for expression in self._expressions)
        )


class PricedEntry:
    """An entry of a book that is ready to be asked; each price is compiled when it is first asked for."""

    def __init__(self, entry: PriceEntry, currency: str, standard_tiers: frozenset[str]) -> None:
        self.entry = entry
        self._label = PriceLabel(currency, entry.provider, entry.model, consumer=entry.consumer or "")
        self._standard_tiers = standard_tiers
        self.names = ModelNames([entry.match or ModelMatch(equals=(entry.model,))])
        self._standard = PriceTimeline(entry.prices)
        self._tiers = {name.lower(): PriceTimeline(prices) for name, prices in entry.service_tiers.items()}
        self._compiled: dict[tuple[int, int, str, int, bool], Price] = {}

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

    def has_version(self, version: str) -> bool:
        """Whether a price of the entry has this `Price.version`, of whatever hour, service tier and context."""
        is_named = version.startswith(f"{self.entry.provider}/{self.entry.model}")
        return is_named and any(price.version == version for price in self._all_prices())

    def _all_prices(self) -> Iterator[Price]:
        for standard in self.entry.prices:
            yield from self._of_all_contexts(standard, "")
        for name, prices in self.entry.service_tiers.items():
            for price in prices:
                if price.factor is None:
                    yield from self._of_all_contexts(price, name.lower())
                    continue
                for standard in self.entry.prices:
                    yield from self._of_all_contexts(standard, name.lower(), Fraction(price.factor))

    def _of_all_contexts(self, dated: DatedRates, tier_name: str, factor: Fraction = Fraction(1)) -> Iterator[Price]:
        for above in (0, *(tier.above for tier in dated.context)):
            yield self._compile(dated, tier_name, above, factor)

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
        # The rates of a book live as long as the book does, so their ids name them.
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


class _EntryGroup:
    """The entries of one consumer and one provider in one book, in their order.

    Clients can make up any number of names that no entry matches. For such a name one look is enough.
    """

    def __init__(self, entries: Sequence[PricedEntry]) -> None:
        self._entries = entries
        self._names = ModelNames([match for each in entries for match in each.names.rules])

    def first(self, model: str) -> PricedEntry | None:
        """The first entry for `model`, None if there is none."""
        if not self._names.match(model):
            return None
        return next((each for each in self._entries if each.names.match(model)), None)


class PriceTable:
    """Finds prices. Prices of one consumer go before prices for all, later books before earlier ones."""

    def __init__(
        self,
        currency: str,
        layers: Sequence[Sequence[PricedEntry]],
        aliases: dict[str, str],
        fallbacks: dict[str, tuple[str, ...]],
    ) -> None:
        self.currency = currency
        self.layers = layers
        self._aliases = aliases
        self._fallbacks = fallbacks
        self._consumers = frozenset(each.entry.consumer for layer in layers for each in layer if each.entry.consumer)
        self._groups = [_groups(layer) for layer in layers]
        self._entries_of = lru_cache(maxsize=_REMEMBERED)(self._search)

    @classmethod
    def from_books(cls, books: Sequence[PriceBook]) -> Self:
        """`books` from the least to the most important. Raises SettingsError if they differ in currency."""
        currencies = sorted({book.currency for book in books})
        if len(currencies) != 1:
            raise SettingsError(
                f"price books are in {' and '.join(currencies) or 'no currency'}",
                do="give all of them in one currency: amounts of different ones cannot be added",
            )
        standard_tiers = _STANDARD_TIERS.union(tier.lower() for book in books for tier in book.standard_tiers)
        aliases: dict[str, str] = {}
        fallbacks: dict[str, tuple[str, ...]] = {}
        for book in books:
            aliases |= {name.lower(): provider.lower() for name, provider in book.aliases.items()}
            fallbacks |= {name.lower(): tuple(map(str.lower, others)) for name, others in book.fallbacks.items()}
        layers = [
            [PricedEntry(entry, book.currency, standard_tiers) for entry in book.entries] for book in reversed(books)
        ]
        return cls(currencies[0], layers, aliases, fallbacks)

    def find(
        self,
        provider: str,
        models: Iterable[str],
        hour_s: int,
        consumers: Iterable[str] = (),
        context_above_tokens: int = 0,
        service_tier: str = "",
    ) -> Price | None:
        """The price of a call, None if there is none.

        `models` are tried in order (what answered, then what was asked for), `hour_s` is the Unix second at which the
        hour begins, `consumers` are the caller's names, `context_above_tokens` is a context threshold or 0.
        """
        wanted = tuple(name for model in models if (name := _known(model)))
        names = tuple(name for name in consumers if name in self._consumers)
        for entry, is_estimate in self._entries_of(provider, wanted, names):
            price = entry.price_at(hour_s, service_tier, context_above_tokens)
            if price is not None:
                return price.as_estimate() if is_estimate else price
        return None

    def has_version(self, version: str) -> bool:
        """Whether `version` is the `Price.version` of a price in the books, of whatever hour."""
        return any(entry.has_version(version) for layer in self.layers for entry in layer)

    def provider_of(self, name: str) -> str:
        """What the books call the provider that a gateway calls `name`, in lower case; '' for none."""
        known = _known(name)
        return self._aliases.get(known, known)

    def fallbacks_of(self, provider: str) -> tuple[str, ...]:
        """The providers whose prices are used where `provider` (as the books call it) has none."""
        return self._fallbacks.get(provider, ())

    def _search(
        self, provider: str, models: tuple[str, ...], consumers: tuple[str, ...]
    ) -> tuple[tuple[PricedEntry, bool], ...]:
        """The entries to ask, best first, each with whether it is a fallback to another provider or model."""
        own = self.provider_of(provider)
        if not own:
            return ()
        found = list(self._matches(own, models, consumers))
        for other in self.fallbacks_of(own):
            found += [(entry, True) for entry, _ in self._matches(other, models, consumers)]
        return tuple(found)

    def _matches(
        self, provider: str, models: tuple[str, ...], consumers: tuple[str, ...]
    ) -> Iterator[tuple[PricedEntry, bool]]:
        """Entries, each with whether it is for another model than the first one, which is the one that answered."""
        for consumer in (*consumers, None):
            for groups in self._groups:
                group = groups.get((consumer, provider))
                found = ((group.first(model), model) for model in models) if group else ()
                entry, model = next(((entry, model) for entry, model in found if entry is not None), (None, ""))
                if entry is not None:
                    # A dated name of what was asked for (gpt-4o-2024-08-06) is the same model.
                    yield entry, not models[0].startswith(model)


def _groups(layer: Sequence[PricedEntry]) -> dict[tuple[str | None, str], _EntryGroup]:
    """The entries of a book by consumer (None for all) and provider."""
    entries: dict[tuple[str | None, str], list[PricedEntry]] = defaultdict(list)
    for each in layer:
        entries[each.entry.consumer, each.entry.provider.lower()].append(each)
    return {key: _EntryGroup(group) for key, group in entries.items()}


def _known(name: str) -> str:
    name = name.strip().lower()
    return "" if name == UNSPECIFIED else name
