"""A price book as YAML for people to review: one line a price, in the order of the book, the same text for the same
book."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from gatemeter.pricing.price_book import DatedRates, ModelMatch, PriceBook, PriceEntry, ServicePrice
from gatemeter.pricing.price_dates import date_text, spans_of
from gatemeter.pricing.rates import Rates

_HEADER = """\
# Prices of language models, in currency units per million tokens. docs/pricing.md describes the fields.
# A changed price is appended with the date it begins at; what was billed stays as it is.
# To add or override prices, write a book of your own: this one is replaced with every version.
"""

# Only what YAML cannot take for anything else goes without quotes, also inside of brackets.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/@+-]*", re.ASCII)
_RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def book_text(book: PriceBook) -> str:
    """YAML that `book_from_text` reads as `book`."""
    return "".join(f"{line}\n" for line in _lines(book))


def _lines(book: PriceBook) -> Iterator[str]:
    yield _HEADER.rstrip("\n")
    yield f"currency: {book.currency}"
    if book.source:
        yield f"source: {_scalar(book.source)}"
    yield from _left_out(book.left_out)
    yield from _mapping("aliases", {name: _scalar(provider) for name, provider in book.aliases.items()})
    yield from _mapping("fallbacks", {name: _list(others) for name, others in book.fallbacks.items()})
    if book.standard_tiers:
        yield f"standard_tiers: {_list(book.standard_tiers)}"
    yield "entries:" if book.entries else "entries: []"
    for entry in book.entries:
        yield from _entry(entry)


def _left_out(left_out: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if left_out:
        yield "left_out:"
    for reason, names in left_out.items():
        yield f"  {_scalar(reason)}:"
        yield from (f"  - {_scalar(name)}" for name in names)


def _mapping(name: str, values: Mapping[str, str]) -> Iterator[str]:
    if values:
        yield f"{name}:"
        yield from (f"  {_scalar(key)}: {value}" for key, value in values.items())


def _entry(entry: PriceEntry) -> Iterator[str]:
    yield f"- provider: {_scalar(entry.provider)}"
    yield f"  model: {_scalar(entry.model)}"
    if entry.consumer is not None:
        yield f"  consumer: {_scalar(entry.consumer)}"
    if entry.note is not None:
        yield f"  note: {_scalar(entry.note)}"
    if entry.match is not None:
        yield f"  match: {match_text(entry.match)}"
    yield "  prices:"
    yield from (f"  - {price_text(price)}" for price in entry.prices)
    if entry.service_tiers:
        yield "  service_tiers:"
    for tier, prices in entry.service_tiers.items():
        yield f"    {_scalar(tier)}:"
        yield from (f"    - {price_text(price)}" for price in prices)


def match_text(match: ModelMatch) -> str:
    """`{equals: gpt-4o}`."""
    fields = {name: texts for name in ModelMatch.model_fields if (texts := getattr(match, name))}
    return _flow((name, _list(texts) if len(texts) > 1 else _scalar(texts[0])) for name, texts in fields.items())


def price_text(price: DatedRates) -> str:
    """`{from: 2026-02-01, input: 2.5, output: 10}`."""
    return _flow(_price_fields(price))


def _price_fields(price: DatedRates) -> Iterator[tuple[str, str]]:
    if price.first_hour is not None:
        yield "from", date_text(price.first_hour).removesuffix("Z")
    if price.utc_hours is not None:
        yield "utc_hours", f"[{', '.join(spans_of(price.utc_hours))}]"
    if isinstance(price, ServicePrice) and price.factor is not None:
        yield "factor", _number(price.factor)
    yield from _rates(price)
    if price.context:
        tiers = (_flow([("above", str(tier.above)), *_rates(tier)]) for tier in price.context)
        yield "context", f"[{', '.join(tiers)}]"


def _rates(rates: Rates) -> Iterator[tuple[str, str]]:
    return ((name, _number(price)) for name, price in rates.prices().items())


def _number(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _flow(fields: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in fields) + "}"


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_scalar, texts))}]"


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    escaped = "".join(char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08x}" for char in text)
    return f'"{escaped}"'
