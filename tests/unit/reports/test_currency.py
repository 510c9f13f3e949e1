"""The currency of stored costs, as price books know it."""

import pytest

from gatemeter.errors import ConflictError
from gatemeter.pricing.book_files import book_from_text
from gatemeter.pricing.price_list import list_prices
from gatemeter.pricing.price_table import PriceTable
from gatemeter.reports.currency import CostCurrency, currency_of

HOUR_S = 1_770_000_000
LOST = "p/m@2020-01-01#00000000"


def table(currency: str) -> PriceTable:
    text = f"currency = '{currency}'\n[[entries]]\nprovider = 'p'\nmodel = 'm'\nprices = {{input = 1, output = 2}}"
    return PriceTable.from_books([book_from_text(text, "own.toml")])


def version(currency: str) -> str:
    return list_prices(table(currency), HOUR_S)[0].price_version


BOOKS = [table("USD"), table("EUR")]
EUR, USD = version("EUR"), version("USD")


def test_a_currency_is_in_the_hash_of_a_version() -> None:
    assert EUR.partition("#")[0] == USD.partition("#")[0]
    assert EUR != USD


def test_the_currency_is_that_of_the_book_with_the_price() -> None:
    found = currency_of([EUR], BOOKS)
    found.require_one()
    assert (found.name, found.captions) == ("EUR", ())


def test_no_costs_are_in_no_currency() -> None:
    found = currency_of([], BOOKS)
    found.require_one()
    assert (found, found.name, found.captions) == (CostCurrency(), "", ())


def test_costs_in_two_currencies_are_refused() -> None:
    found = currency_of([EUR, USD], BOOKS)
    with pytest.raises(ConflictError, match=r"costs are stored in USD \(p/m#.*\) and in EUR \(p/m#.*\), .* reprice"):
        found.require_one()
    assert found.name == ""


def test_a_call_and_its_embedding_are_both_looked_at() -> None:
    assert currency_of([f"{EUR} + {USD}"], BOOKS).known == {"EUR": EUR, "USD": USD}
    assert currency_of([f"{EUR} + {LOST}"], BOOKS).unknown_versions == (LOST,)


@pytest.mark.parametrize("others", [[], [EUR]])
def test_a_version_of_no_book_leaves_the_currency_unknown(others: list[str]) -> None:
    found = currency_of([LOST, *others], BOOKS)
    found.require_one()
    assert found.name == ""
    [caption] = found.captions
    assert f"is not known, and may be more than one: no given price book has price version {LOST}; give" in caption


def test_three_unknown_versions_are_named_and_the_rest_counted() -> None:
    versions = [f"p/{name}#00000000" for name in "abcde"]
    said = "no given price book has price versions p/a#00000000, p/b#00000000, p/c#00000000 and 2 more"
    assert currency_of(versions, BOOKS).unknown_text == said


def test_a_version_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in currency_of(["p/\x1b[31m#00000000"], BOOKS).captions[0]
