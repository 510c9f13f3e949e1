"""All price books together: which price counts for a call."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Self

from gatemeter.errors import SettingsError
from gatemeter.llm.modifiers import Modifiers
from gatemeter.pricing.exact_products import refuse_endless_products
from gatemeter.pricing.exchange_rates import ExchangeRate, RateTimeline
from gatemeter.pricing.gap import Gap, Gaps
from gatemeter.pricing.model_names import DatedAliases, NameIndex, NameReader, Reading, SnapshotForms
from gatemeter.pricing.name_rules import ModelMatch
from gatemeter.pricing.price import Price
from gatemeter.pricing.price_book import PriceBook, PriceEntry
from gatemeter.pricing.priced_entry import PricedEntry, SharedFactor, StandardValues

UNSPECIFIED = "unspecified"
"""What Kong writes, in upper or lower case, where it knows no provider or model."""

_REMEMBERED = 65_536
"""Combinations of names whose entries are remembered. Names come from logs: their number must not grow without end."""

_BEFORE_ALL_S = float("-inf")


@dataclass(frozen=True, slots=True)
class _Match:
    """An entry for a call, why it is not the one of this very provider and model, and what the model's name says."""

    entry: PricedEntry
    gaps: Gaps
    modifiers: Modifiers


class PriceTable:
    """Finds prices. Prices of one consumer go before prices for all, later books before earlier ones."""

    def __init__(self, currency: str, books: Sequence[PriceBook]) -> None:
        """`books` are from the least to the most important."""
        self.currency = currency
        self._aliases: dict[str, str] = {}
        self._fallbacks: dict[str, tuple[str, ...]] = {}
        for book in books:
            self._aliases |= {name.lower(): provider.lower() for name, provider in book.aliases.items()}
            self._fallbacks |= {name.lower(): tuple(map(str.lower, others)) for name, others in book.fallbacks.items()}
        latest_first = books[::-1]
        self._deployments = frozenset(name.lower() for book in books for name in book.deployments)
        self._reader = NameReader([rule for book in latest_first for rule in book.name_rules], self._aliases)
        self._dated_aliases = [DatedAliases(book.model_aliases) for book in latest_first]
        self._changes_s = sorted({change for each in self._dated_aliases for change in each.changes_s})
        self.layers = _layers(books)
        forms = SnapshotForms([suffix for book in latest_first for suffix in book.snapshot_suffixes], self._aliases)
        self._groups = [_groups(layer, forms) for layer in self.layers]
        self._consumers = frozenset(
            each.entry.consumer for layer in self.layers for each in layer if each.entry.consumer
        )
        self._matches_of = lru_cache(maxsize=_REMEMBERED)(self._search)
        self._price_of = lru_cache(maxsize=_REMEMBERED)(self._find)

    @classmethod
    def from_books(cls, books: Sequence[PriceBook], files: Sequence[str] = ()) -> Self:
        """`books` from the least to the most important; errors name them as `files` does.

        Raises SettingsError if they differ in currency, or if a price with all factors on it has too many decimals.
        """
        currencies = sorted({book.currency for book in books})
        if len(currencies) != 1:
            raise SettingsError(
                f"price books are in {' and '.join(currencies) or 'no currency'}",
                do="give all of them in one currency: amounts of different ones cannot be added",
            )
        table = cls(currencies[0], books)
        names = files or [f"book {number}" for number in range(1, len(books) + 1)]
        refuse_endless_products(list(zip(names, books, strict=True)), table.layers[::-1])
        return table

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
        names = tuple(name for name in consumers if name in self._consumers)
        return self._price_of(provider, tuple(models), hour_s, names, context_above_tokens, modifiers)

    def _find(
        self,
        provider: str,
        models: tuple[str, ...],
        hour_s: int,
        consumers: tuple[str, ...],
        context_above_tokens: int,
        modifiers: Modifiers,
    ) -> Price | None:
        wanted = tuple(map(_known, models))
        for match in self._matches_of(provider, wanted, consumers, self._aliases_since(hour_s)):
            told = tuple(sorted((dict(match.modifiers) | dict(modifiers)).items())) if match.modifiers else modifiers
            price = match.entry.price_at(hour_s, told, context_above_tokens)
            if price is not None:
                return price.with_gaps(*match.gaps)
        return None

    def entries_for(self, provider: str, model: str, hour_s: int) -> list[tuple[PricedEntry, Gaps]]:
        """The entries that a call to `model` may be priced by, of every consumer, the one that counts first."""
        consumers = tuple(sorted(self._consumers))
        matches = self._matches_of(provider, (_known(model),), consumers, self._aliases_since(hour_s))
        return [(match.entry, match.gaps) for match in matches]

    def _aliases_since(self, hour_s: int) -> float:
        """The time from which on all aliases name what they name in the hour that begins at Unix second `hour_s`."""
        place = bisect_right(self._changes_s, hour_s)
        return self._changes_s[place - 1] if place else _BEFORE_ALL_S

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
        self, provider: str, models: tuple[str, ...], consumers: tuple[str, ...], since_s: float
    ) -> tuple[_Match, ...]:
        """The entries to ask, best first."""
        own = self.provider_of(provider)
        known = [model for model in models if model]
        if not own or not known:
            return ()
        remarks = tuple(gap for model in known for gap in self._reader.remarks(own, model))
        modifiers: dict[str, str] = {}
        readings = {model: self._reader.readings(own, model) for model in known}
        for model in reversed(known):
            modifiers |= {name: text for each in readings[model] for name, text in each.modifiers}
        found = [
            _Match(entry, (*gaps, *entry_gaps, *remarks), tuple(sorted(modifiers.items())))
            for gaps, read in self._attempts(own, models, readings)
            for entry, entry_gaps in self._entries_of(read, consumers, since_s)
        ]
        return tuple(found)

    def _attempts(
        self, own: str, models: Sequence[str], readings: Mapping[str, list[Reading]]
    ) -> Iterator[tuple[Gaps, list[Reading]]]:
        """Readings to look up together, the best first: what answered before what was asked for, own prices before
        those of a fallback.
        """
        for seller in (own, *self.fallbacks_of(own)):
            sold = (Gap(f"no price of {own}: that of {seller} counts"),) if seller != own else ()
            for model, own_readings in readings.items():
                gaps = (*sold, *_gaps_of_model(own in self._deployments, models[0], model, next(iter(readings))))
                read = own_readings if seller == own else list(self._as_sold_by(seller, own, own_readings))
                yield gaps, [each for each in read if not each.gaps]
                yield gaps, [each for each in read if each.gaps]

    def _as_sold_by(self, seller: str, own: str, readings: Iterable[Reading]) -> Iterator[Reading]:
        for known in readings:
            if known.provider == own:
                for each in self._reader.readings(seller, known.name):
                    yield each._replace(gaps=(*known.gaps, *each.gaps))

    def _entries_of(
        self, readings: Sequence[Reading], consumers: Sequence[str], since_s: float
    ) -> Iterator[tuple[PricedEntry, Gaps]]:
        """The first entry of each book and consumer for any of `readings`."""
        for consumer in (*consumers, None):
            for layer, groups in enumerate(self._groups):
                found = (
                    (entry, (*reading.gaps, *alias_gaps, *_doubts(entry)))
                    for reading in readings
                    if (group := groups.get((consumer, reading.provider))) is not None
                    for name, alias_gaps in self._names(reading, layer, since_s)
                    if (entry := group.find(name)) is not None
                )
                yield from islice(found, 1)

    def _names(self, reading: Reading, layer: int, since_s: float) -> tuple[tuple[str, Gaps], ...]:
        """What to look up in a book: an alias goes before the entries of its own and of earlier books."""
        own: tuple[str, Gaps] = (reading.name, ())
        for place, aliases in enumerate(self._dated_aliases):
            target = aliases.target(reading.provider, reading.name, since_s)
            if target is not None:
                return (target,) if place <= layer else (own, target)
        return (own,)


def _gaps_of_model(is_deployment: bool, answered: str, priced: str, first: str) -> Gaps:
    if priced != first:
        return (Gap(f"{answered} answered, and has no price: that of {priced} counts"),)
    if is_deployment and not answered:
        return (Gap(f"only the deployment's name is known: the price of a model called {priced} counts"),)
    return ()


def _doubts(entry: PricedEntry) -> Gaps:
    return (Gap(f"the price is doubtful: {entry.entry.doubtful}"),) if entry.entry.doubtful else ()


def _layers(books: Sequence[PriceBook]) -> list[list[PricedEntry]]:
    """The entries of each book, the most important book first."""
    standard: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for book in books:
        for name, values in book.standard.items():
            standard[name.lower()] |= frozenset(map(str.lower, values))
    # A later book's factor for a modifier goes before an earlier one's.
    factors = [SharedFactor.of(modifier) for book in reversed(books) for modifier in book.modifiers]
    rates = [rate for book in books for rate in book.exchange_rates]
    return [
        [_priced_entry(entry, book, standard, factors, rates) for entry in book.entries] for book in reversed(books)
    ]


def _priced_entry(
    entry: PriceEntry,
    book: PriceBook,
    standard: StandardValues,
    factors: Sequence[SharedFactor],
    rates: Sequence[ExchangeRate],
) -> PricedEntry:
    currency = entry.currency or book.currency
    exchange = RateTimeline(currency, book.currency, rates) if currency != book.currency else None
    return PricedEntry(entry, currency, standard, factors, book.known_since, exchange)


def _groups(layer: Sequence[PricedEntry], forms: SnapshotForms) -> dict[tuple[str | None, str], NameIndex[PricedEntry]]:
    """The entries of a book by consumer (None for all) and provider."""
    entries: dict[tuple[str | None, str], list[PricedEntry]] = defaultdict(list)
    for each in layer:
        entries[each.entry.consumer, each.entry.provider.lower()].append(each)
    return {
        (consumer, provider): NameIndex([(each, *_names_of(each.entry, forms.of(provider))) for each in group])
        for (consumer, provider), group in entries.items()
    }


def _names_of(entry: PriceEntry, forms: Sequence[str]) -> tuple[Sequence[str], Sequence[str], ModelMatch | None]:
    """The exact names of an entry, the forms of its snapshots, and its patterns."""
    usual = forms if entry.match is None else ()
    return entry.all_names, usual if entry.suffixes is None else entry.suffixes, entry.match


def _known(name: str) -> str:
    name = name.strip().lower()
    return "" if name == UNSPECIFIED else name
