"""What price books say and probably do not mean, each by itself and together."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gatemeter.llm.counting_rules import CountedBy, counting
from gatemeter.pricing.price import Rates
from gatemeter.pricing.price_book import DatedRates, PriceBook, PriceEntry

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class BookWarning:
    """Where something is probably wrong (a file, an entry or what else is in it), what, and what to do about it."""

    book: str
    entry: str
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.book}: {self.entry}: {self.what}; {self.do}"


NamedBook = tuple[str, PriceBook]
_Found = Iterator[tuple[str, str, str]]


def lint_warnings(books: Sequence[NamedBook], checked: Iterable[str]) -> Iterator[BookWarning]:
    """Warnings about the books named `checked`. `books` are all that are used, from the least to the most important."""
    wanted = set(checked)
    for place, (name, book) in enumerate(books):
        if name in wanted:
            for entry, what, do in _of_book(book, books, books[:place]):
                yield BookWarning(name, entry, what, do)


def _of_book(book: PriceBook, books: Sequence[NamedBook], earlier: Sequence[NamedBook]) -> _Found:
    yield from _prices_left_out(book, earlier)
    yield from _unreachable_entries(book)
    yield from _undated_entries(book)
    for number, entry in enumerate(book.entries, 1):
        place = f"entry {number} ({entry.name})"
        for what, do in (*_odd_rates(entry), *_unknown_providers(entry, books)):
            yield place, what, do
        for what, do in _contradictions(entry, entry.currency or book.currency, earlier):
            yield place, what, do
    yield from _aliases_without_target(book, books)
    yield from _modifiers_without_entry(book, books)


def _prices_left_out(book: PriceBook, earlier: Sequence[NamedBook]) -> _Found:
    """Earlier books in a currency that this one has no exchange rate for."""
    known = {book.currency, *(rate.source_currency for rate in book.exchange_rates)}
    for currency in sorted({other.currency for _, other in earlier if other.entries} - known):
        what = f"prices of earlier books in {currency} cannot be converted, the packaged ones are left out"
        yield "exchange_rates", what, f"write a rate from {currency} to {book.currency} if they are to count"


def _unreachable_entries(book: PriceBook) -> _Found:
    """Entries, and names of them, that an earlier entry of the same book takes."""
    owners: dict[tuple[str, str, str], int] = {}
    for number, entry in enumerate(book.entries, 1):
        keys = [(entry.provider.lower(), entry.consumer or "", name.lower()) for name in entry.all_names]
        taken = {key[2]: owners[key] for key in keys if key in owners}
        if taken and len(taken) == len(set(keys)) and entry.match is None:
            first = next(iter(taken.values()))
            yield f"entry {number} ({entry.name})", f"never applies: entry {first} comes first", "remove one of them"
        else:
            for name, first in taken.items():
                yield (
                    f"entry {number} ({entry.name})",
                    f"{name} is a name of entry {first} too",
                    "keep it in one of them",
                )
        owners |= {key: number for key in keys if key not in owners}


def _undated_entries(book: PriceBook) -> _Found:
    """Prices without a date hold for all time, also for the time before they were published."""
    undated: defaultdict[str, list[str]] = defaultdict(list)
    for number, entry in enumerate(book.entries, 1):
        if any(price.first_hour is None and price.when is not None for price in entry.prices):
            do = "write from when on hours and days count"
            yield f"entry {number} ({entry.name})", "has prices by the hour or day and no date", do
        elif entry.prices[0].first_hour is None:
            undated[entry.provider].append(entry.model)
    for provider, models in undated.items():
        some = ", ".join(models[:_MOST_NAMES]) + (", ..." if len(models) > _MOST_NAMES else "")
        what = f"{len(models)} entries have a price for all time, also before it was published: {some}"
        yield provider, what, "write 'from' where an earlier price is known"


def _odd_rates(entry: PriceEntry) -> Iterator[tuple[str, str]]:
    """What no provider charges: likely a slip of the pen, or an entry that has become stale."""
    named = {name for price in entry.prices for name in price.given()}
    if "input" in named and "output" not in named and "embed" not in entry.model.lower():
        yield "has no output price: calls with output tokens will be unpriced", "write one"
    not_above = _NOT_ABOVE if _is_reasoning_output(entry) else _NOT_ABOVE[:-1]
    variants = [price for prices in (*entry.service_tiers.values(), *entry.modifiers.values()) for price in prices]
    for dated in (*entry.prices, *variants):
        yield from dict.fromkeys(each for rates in dated.all_rates() for each in _odd_pairs(rates, not_above))
        yield from _odd_contexts(dated)


_NOT_ABOVE = (
    ("cache_read", "input"),
    ("audio_cache_read", "audio_input"),
    ("image_cache_read", "image_input"),
    ("video_cache_read", "video_input"),
    ("output", "reasoning"),
)
"""Of each pair the first rate is at most the second: a cache is cheaper than reading anew, reasoning is output."""


def _is_reasoning_output(entry: PriceEntry) -> bool:
    """Perplexity counts and bills reasoning apart, for less than the answer."""
    provider = entry.provider.lower()
    return counting(CountedBy("", (), provider, entry.model), "openai-chat", False).rule.reasoning != "beside_total"


_LEAST_PER_MILLION = Decimal("0.001")
"""No provider sells a million tokens for less; prices per token are that small."""


def _odd_pairs(rates: Rates, not_above: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    given = rates.given()
    for name, amount in given.items():
        if not name.startswith("per_") and 0 < amount < _LEAST_PER_MILLION:
            yield f"{name} {amount:f} per million tokens is hardly anything", "write prices per million, not per token"
    for lower, upper in not_above:
        if lower in given and upper in given and given[lower] > given[upper]:
            yield f"{lower} {given[lower]} is above {upper} {given[upper]}", "compare both with the provider's page"


def _odd_contexts(dated: DatedRates) -> Iterator[tuple[str, str]]:
    tiers = list(dated.all_rates())
    for shorter, longer, tier in zip(tiers, tiers[1:], dated.context, strict=False):
        below, above = shorter.given(), longer.given()
        cheaper = [name for name, amount in above.items() if amount < below.get(name, amount)]
        if cheaper:
            what = f"{' and '.join(cheaper)} cost less for contexts above {tier.above} than below"
            yield what, "compare both with the provider's page"
        if above == below:
            yield f"the tier above {tier.above} changes nothing", "remove it"


def _unknown_providers(entry: PriceEntry, books: Sequence[NamedBook]) -> Iterator[tuple[str, str]]:
    provider = entry.provider.lower()
    known = {
        name.lower()
        for _, book in books
        for name in (*book.aliases, *(each.provider for each in book.entries if each is not entry))
    }
    if provider not in known:
        yield f"no other entry is of the provider {entry.provider}", "spell it as the log does, if it is not your own"


def _contradictions(entry: PriceEntry, currency: str, earlier: Sequence[NamedBook]) -> Iterator[tuple[str, str]]:
    """Where an entry for everybody says another number than the latest price of an earlier book in its `currency`."""
    names = {name.lower() for name in entry.all_names}
    for book_name, book in reversed(earlier) if entry.consumer is None else ():
        others = (
            each
            for each in book.entries
            if each.consumer is None
            and (each.currency or book.currency) == currency
            and each.provider.lower() == entry.provider.lower()
            and not names.isdisjoint(map(str.lower, each.all_names))
        )
        for other in others:
            mine, theirs = entry.prices[-1].given(), other.prices[-1].given()
            differing = [
                f"{name} {mine[name]} for {theirs[name]}" for name in mine if theirs.get(name, mine[name]) != mine[name]
            ]
            # Of an embedding model both names say the same.
            missing = [name for name in theirs if name not in mine and not (name == "input" and "embedding" in mine)]
            missing += [tier for tier in other.service_tiers if tier not in entry.service_tiers]
            missing += [name for name in other.modifiers if name not in entry.modifiers]
            if differing or missing:
                what = ", ".join(differing + [f"no {name}" for name in missing])
                yield f"contradicts {book_name} ({other.name}): {what}", "keep it if its source is the newer one"


def _aliases_without_target(book: PriceBook, books: Sequence[NamedBook]) -> _Found:
    names = {
        (each.provider.lower(), name.lower()) for _, other in books for each in other.entries for name in each.all_names
    }
    aliases = {(each.provider.lower(), each.name.lower()) for _, other in books for each in other.model_aliases}
    for alias in book.model_aliases:
        place = f"alias {alias.provider}/{alias.name}"
        for target in dict.fromkeys(each.model for each in alias.targets):
            key = (alias.provider.lower(), target.lower())
            if key in aliases:
                yield place, f"{target} is an alias itself", "name the model that it stands for"
            elif key not in names:
                yield (
                    place,
                    f"no entry has the name {target}: its calls are unpriced",
                    "write an entry, or another target",
                )


def _modifiers_without_entry(book: PriceBook, books: Sequence[NamedBook]) -> _Found:
    models = {(each.provider.lower(), each.model) for _, other in books for each in other.entries}
    for modifier in book.modifiers:
        place = f"modifier {modifier.provider} {modifier.name}={','.join(modifier.value)}"
        missing = [name for name in modifier.models if (modifier.provider.lower(), name) not in models]
        if missing:
            yield (
                place,
                f"no entry is for the model {', '.join(missing)}",
                "write 'model' of an entry, not another name",
            )
        elif modifier.provider.lower() not in {provider for provider, _ in models}:
            yield place, f"no entry is of the provider {modifier.provider}", "spell it as the entries do"
