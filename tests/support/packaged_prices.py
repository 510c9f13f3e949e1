"""The prices that come along, and those of `genai-prices`: read when a test first asks for them, and once a process."""

import functools

from gatemeter.pricing import published_prices
from gatemeter.pricing.book_files import packaged_books
from gatemeter.pricing.price_book import PriceBook
from gatemeter.pricing.price_table import PriceTable


@functools.cache
def packaged_table() -> PriceTable:
    """The packaged books, corrections included."""
    return PriceTable.from_books(packaged_books())


@functools.cache
def published_book() -> PriceBook:
    """The book that is imported from `genai-prices`."""
    return published_prices.published_book()
