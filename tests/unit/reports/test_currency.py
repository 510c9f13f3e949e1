"""The currency of stored costs, as price books know it."""

import pytest

from gatemeter.errors import ConflictError
from gatemeter.pricing.book_files import book_from_text
from gatemeter.pricing.price_list import list_prices
from gatemeter.pricing.price_table import PriceTable
from gatemeter.reports.currency import require_one_currency

HOUR_S = 1_770_000_000


def table(currency: str) -> PriceTable:
    text = f"currency = '{currency}'\n[[entries]]\nprovider = 'p'\nmodel = 'm'\nprices = {{input = 1, output = 2}}"
    return PriceTable.from_books([book_from_text(text, "own.toml")])


def version(prices: PriceTable) -> str:
    return list_prices(prices, HOUR_S)[0].price_version


def test_costs_in_two_currencies_are_refused() -> None:
    versions = [(version(table("EUR")), HOUR_S), (version(table("USD")), HOUR_S)]
    with pytest.raises(ConflictError, match=r"costs are stored in USD .* and the price books are in EUR; .* reprice"):
        require_one_currency(versions, table("EUR"), [table("USD")])


def test_a_call_and_its_embedding_are_both_looked_at() -> None:
    both = f"{version(table('EUR'))} + {version(table('USD'))}"
    with pytest.raises(ConflictError, match="costs are stored in USD"):
        require_one_currency([(both, HOUR_S)], table("EUR"), [table("USD")])


def test_versions_that_no_book_knows_are_accepted() -> None:
    versions = [(version(table("EUR")), HOUR_S), ("p/m@2020-01-01#00000000", HOUR_S)]
    require_one_currency(versions, table("EUR"), [table("USD")])
    assert version(table("EUR")) != version(table("USD"))
