"""How events are counted, from what a person sets: price books and the time range that counts."""

from collections.abc import Sequence
from pathlib import Path

from gatemeter.events.time_range import TimeRange
from gatemeter.metering.ruleset import Metering
from gatemeter.pricing.book_files import load_books
from gatemeter.pricing.price_table import PriceTable


def price_table(prices: Sequence[Path]) -> PriceTable:
    """The built-in price book, and the books in `prices` on top of it. Raises InputError and SettingsError."""
    return PriceTable.from_books(load_books(prices))


def metering_with(prices: Sequence[Path], times: TimeRange) -> Metering:
    """The counting of events within `times`, priced with `price_table(prices)`."""
    return Metering(price_table(prices), times)
