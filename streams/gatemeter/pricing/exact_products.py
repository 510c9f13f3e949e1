"""Prices times the factors on them: a token has to cost a whole number of yoctos, whatever comes together."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from gatemeter.errors import SettingsError
from gatemeter.llm.modifiers import Modifiers, modifier_label
from gatemeter.pricing.price import MAX_DECIMALS, Rates, is_whole
from gatemeter.pricing.price_book import PriceBook, PriceEntry, PriceModifier, ServicePrice
from gatemeter.pricing.priced_entry import PricedEntry

MOST_SETS = 10_000
"""Sets of modifiers that are gone through for one entry."""

NamedBook = tuple[str, PriceBook]


def refuse_endless_products(books: Sequence[NamedBook], entries: Sequence[Sequence[PricedEntry]]) -> None:
    """Raise SettingsError, with file and place, for a price that is not whole with all factors of all books.

    `entries` are those of each book. Hardly any entry has so many decimals that its products are gone through.
    """
    shared = _shared_decimals(each for _, book in books for each in book.modifiers)
    for place, of_book in enumerate(entries):
        for number, entry in enumerate(of_book):
            if _most_decimals(entry.entry, shared) > MAX_DECIMALS:
                _refuse_endless(books, (place, number), entry)


def _shared_decimals(modifiers: Iterable[PriceModifier]) -> dict[str, int]:
    """By provider how many decimals its factors have at most together; a call has one value of each modifier."""
    most: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for modifier in modifiers:
        of_provider, name = most[modifier.provider.lower()], modifier.name.lower()
        decimals = max((_written(each.factor) for each in modifier.factors), default=0)
        of_provider[name] = max(of_provider.get(name, 0), decimals)
    return {provider: sum(of_provider.values()) for provider, of_provider in most.items()}


def _most_decimals(entry: PriceEntry, shared: dict[str, int]) -> int:
    """At least as many as a price of `entry` has with any factors."""
    of_factors = shared.get(entry.provider.lower(), 0)
    variants: list[ServicePrice] = []
    for prices in (*entry.service_tiers.values(), *entry.modifiers.values()):
        variants += prices
        of_factors += max((_written(each.factor) for each in prices if each.factor is not None), default=0)
    if not of_factors:
        return 0
    rates = [each for dated in (*entry.prices, *variants) for each in (dated, *dated.context)]
    return of_factors + max(map(_decimals, rates))


def _decimals(rates: Rates) -> int:
    # All fields of all rates would take longer than all else; those that are not written have no decimals.
    values = [getattr(rates, name) for name in rates.model_fields_set]
    return max((_written(each) for each in values if type(each) is Decimal), default=0)


def _written(number: Decimal) -> int:
    """How many decimals are written, with zeros at the end."""
    return -min(0, int(number.as_tuple().exponent))


def _refuse_endless(books: Sequence[NamedBook], place: tuple[int, int], entry: PricedEntry) -> None:
    if entry.count_products() > MOST_SETS:
        what = f"has more than {MOST_SETS} sets of modifiers, and more decimals than can be told to be right in all"
        raise SettingsError(what, where=_entry_place(books, place), do="write prices and factors with fewer decimals")
    for dated, factor, modifiers in entry.products():
        for rates in dated.all_rates():
            for name, amount in rates.of_tokens().items():
                if not is_whole(amount, factor):
                    raise _refusal(books, place, name, modifiers)


def _refusal(books: Sequence[NamedBook], place: tuple[int, int], name: str, modifiers: Modifiers) -> SettingsError:
    """It names the entry, or the factor of a later book that the entry cannot know of."""
    of_entry = _entry_place(books, place)
    what = f"{name} in {modifier_label(modifiers)} would have more than {MAX_DECIMALS} decimals"
    entry = books[place[0]][1].entries[place[1]]
    later = list(_factor_places(books[place[0] + 1 :], entry, modifiers))
    if not later:
        return SettingsError(what, where=of_entry, do="write prices, no factor")
    do = "write a factor with fewer decimals, or prices in an entry of your own"
    return SettingsError(f"{what} for {of_entry}", where=later[-1], do=do)


def _entry_place(books: Sequence[NamedBook], place: tuple[int, int]) -> str:
    file, book = books[place[0]]
    return f"{file} entry {place[1] + 1} ({book.entries[place[1]].name})"


def _factor_places(books: Sequence[NamedBook], entry: PriceEntry, modifiers: Modifiers) -> Iterator[str]:
    for file, book in books:
        for number, modifier in enumerate(book.modifiers, 1):
            if modifier.applies_to(entry.provider, entry.model) and set(modifier.pairs) & set(modifiers):
                yield f"{file} modifiers.{number}"
