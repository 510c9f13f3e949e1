"""All price books together: which price counts for a call."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Self

from gatemeter.errors import SettingsError
from gatemeter.llm.modifiers import Modifiers
from gatemeter.pricing.gap import Gap, Gaps
from gatemeter.pricing.model_names import ModelNames
from gatemeter.pricing.price import Price
from gatemeter.pricing.price_book import PriceBook, PriceEntry
from gatemeter.pricing.priced_entry import PricedEntry

UNSPECIFIED = "unspecified"
"""What Kong writes, in upper or lower case, where it knows no provider or model."""

_REMEMBERED = 65_536
"""Combinations of names whose entries are remembered. Names come from logs: their number must not grow without end."""


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
        standard: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
        aliases: dict[str, str] = {}
        fallbacks: dict[str, tuple[str, ...]] = {}
        for book in books:
            aliases |= {name.lower(): provider.lower() for name, provider in book.aliases.items()}
            fallbacks |= {name.lower(): tuple(map(str.lower, others)) for name, others in book.fallbacks.items()}
            for name, values in book.standard.items():
                standard[name.lower()] |= frozenset(map(str.lower, values))
        # A later book's factor for a modifier goes before an earlier one's.
        factors = [modifier for book in reversed(books) for modifier in book.modifiers]
        layers = [
            [PricedEntry(entry, book.currency, standard, factors) for entry in book.entries] for book in reversed(books)
        ]
        return cls(currencies[0], layers, aliases, fallbacks)

    def find(
        self,
        provider: str,
        models: Iterable[str],
        hour_s: int,
        consumers: Iterable[str] = (),
        context_above_tokens: int = 0,
        modifiers: Modifiers = (),
    ) -> Price | None:
        """The price of a call, None if there is none.

        `models` are tried in order (what answered, then what was asked for), `hour_s` is the Unix second at which the
        hour begins, `consumers` are the caller's names, `context_above_tokens` is a context threshold or 0. The gaps of
        the price say why it is not the one of this very provider, model and modifiers.
        """
        wanted = tuple(name for model in models if (name := _known(model)))
        names = tuple(name for name in consumers if name in self._consumers)
        for entry, gaps in self._entries_of(provider, wanted, names):
            price = entry.price_at(hour_s, modifiers, context_above_tokens)
            if price is not None:
                return price.with_gaps(*gaps)
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
    ) -> tuple[tuple[PricedEntry, Gaps], ...]:
        """The entries to ask, best first, each with why it is not the one of this provider and model."""
        own = self.provider_of(provider)
        if not own:
            return ()
        found = list(self._matches(own, models, consumers))
        for other in self.fallbacks_of(own):
            gap = Gap(f"no price of {own}: that of {other} counts")
            found += [(entry, (gap, *gaps)) for entry, gaps in self._matches(other, models, consumers)]
        return tuple(found)

    def _matches(
        self, provider: str, models: tuple[str, ...], consumers: tuple[str, ...]
    ) -> Iterator[tuple[PricedEntry, Gaps]]:
        """Entries for what answered, else for what was asked for, which is a gap."""
        for consumer in (*consumers, None):
            for groups in self._groups:
                group = groups.get((consumer, provider))
                found = ((group.first(model), model) for model in models) if group else ()
                entry, model = next(((entry, model) for entry, model in found if entry is not None), (None, ""))
                if entry is not None:
                    yield entry, _gaps(entry.entry, models[0], model)


def _gaps(entry: PriceEntry, answered: str, priced: str) -> Gaps:
    doubtful = (Gap(f"the price is doubtful: {entry.doubtful}"),) if entry.doubtful else ()
    # A dated name of what was asked for (gpt-4o-2024-08-06) is the same model.
    if answered.startswith(priced):
        return doubtful
    return (Gap(f"{answered} answered, and has no price: that of {priced} counts"), *doubtful)


def _groups(layer: Sequence[PricedEntry]) -> dict[tuple[str | None, str], _EntryGroup]:
    """The entries of a book by consumer (None for all) and provider."""
    entries: dict[tuple[str | None, str], list[PricedEntry]] = defaultdict(list)
    for each in layer:
        entries[each.entry.consumer, each.entry.provider.lower()].append(each)
    return {key: _EntryGroup(group) for key, group in entries.items()}


def _known(name: str) -> str:
    name = name.strip().lower()
    return "" if name == UNSPECIFIED else name
