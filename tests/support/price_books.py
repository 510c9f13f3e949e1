"""Price books and usage for tests of prices."""

from datetime import UTC, datetime
from decimal import Decimal
from textwrap import dedent
from typing import Any

from gatemeter.money import yoctos_from_decimal
from gatemeter.pricing.book_files import book_from_text, packaged_books
from gatemeter.pricing.price import Price
from gatemeter.pricing.price_book import PriceBook
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.priced_usage import PricedUsage
from gatemeter.schema.units import UNIT_NAMES

TIERED = """
[[entries]]
provider = "p"
model = "tiered"
prices = {input = 1, output = 10, context = {above = 200000, input = 2, output = 15}}

[[entries]]
provider = "p"
model = "flat"
prices = {input = 1, output = 10}
"""
"""A model whose prices depend on the size of the context, and one of the same price without that."""


def book(entries: str) -> PriceBook:
    """A book in US dollars; `entries` is TOML without the currency."""
    return book_from_text('currency = "USD"\n' + dedent(entries), "mine.toml")


def table(*books: str, with_seed: bool = False) -> PriceTable:
    """A table of books with these texts, later ones over earlier ones."""
    return PriceTable.from_books([*(packaged_books() if with_seed else []), *map(book, books)])


def hour_s(text: str) -> int:
    """`2026-02-01T10:00` in UTC as Unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def yoctos(amount: str) -> int:
    """Decimal currency units as yoctos."""
    return yoctos_from_decimal(Decimal(amount))


NOON = hour_s("2026-02-01T12:00")


def usage(
    model: str = "openai/gpt-4o",
    *,
    at: int = NOON,
    outcome: str = "provider",
    evidence: str = "reported",
    **others: Any,
) -> PricedUsage:
    """The usage of one call. `others` are counts by unit, and any field of `PricedUsage`."""
    provider, _, name = model.partition("/")
    counts = tuple(others.pop(each, 0) for each in UNIT_NAMES)
    return PricedUsage(
        hour_s=at,
        outcome=outcome,
        tokens_evidence=evidence,
        provider=provider,
        request_model=name,
        response_model=name,
        counts=counts,
        **others,
    )


def input_rate(price: Price | None) -> int | None:
    """Currency units per million input tokens, in tests whose prices are whole numbers; None without a price."""
    found = None if price is None else price.rates[UNIT_NAMES.index("fresh_input_tokens")]
    return None if found is None else found.yoctos // 10**18
