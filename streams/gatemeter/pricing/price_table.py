"""All price books together: which price counts for a call."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Self

from gatemeter.errors import SettingsError
from gatemeter.pricing.price import Price
from gatemeter.pricing.price_book import PriceBook
from gatemeter.pricing.price_timeline import PricedEntry

UNSPECIFIED = "unspecified"
"""What Kong writes where it knows no provider or model; stands for none, in any case of letters."""

_REMEMBERED = 65_536
"""Combinations of names whose entries are remembered. Names come from logs: their number must not grow without end."""

_STANDARD_TIERS = frozenset({""})


class PriceTable:
    """Finds prices. Prices of one consumer go before those of all, later books before earlier ones."""

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
        hour begins, `consumers` are the caller's names, `context_above_tokens` one of the context borders or 0.
        """
        wanted = tuple(name for model in models if (name := _known(model)))
        names = tuple(name for name in consumers if name in self._consumers)
        for entry, is_estimate in self._entries_of(provider, wanted, names):
            price = entry.price_at(hour_s, service_tier, context_above_tokens)
            if price is not None:
                return price.as_estimate() if is_estimate else price
        return None

    def provider_of(self, name: str) -> str:
        """What the books call the provider that a gateway calls `name`, in lower case; '' for none."""
        known = _known(name)
        return self._aliases.get(known, known)

    def fallbacks_of(self, provider: str) -> tuple[str, ...]:
        """Whose prices stand in where `provider` (as the books call it) has none."""
        return self._fallbacks.get(provider, ())

    def _search(
        self, provider: str, models: tuple[str, ...], consumers: tuple[str, ...]
    ) -> tuple[tuple[PricedEntry, bool], ...]:
        """The entries to ask, best first, each with whether it stands in for the price of this provider and model."""
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
        """Entries with whether they are for another model than the first, which is the one that answered."""
        for consumer in (*consumers, None):
            for layer in self.layers:
                candidates = [
                    each
                    for each in layer
                    if each.entry.consumer == consumer and each.entry.provider.lower() == provider
                ]
                matches = ((each, model) for model in models for each in candidates if each.matches(model))
                first = next(matches, None)
                if first is not None:
                    entry, model = first
                    # A dated name of what was asked for (gpt-4o-2024-08-06) is the same model.
                    yield entry, not models[0].startswith(model)


def _known(name: str) -> str:
    name = name.strip().lower()
    return "" if name == UNSPECIFIED else name
