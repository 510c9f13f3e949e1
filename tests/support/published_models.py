"""Models as `genai-prices` publishes them, and what the import makes of them."""

from decimal import Decimal

from genai_prices.types import ModelInfo, ModelPrice, Provider

from gatemeter.pricing.book_writer import book_text
from gatemeter.pricing.price_book import PriceBook
from gatemeter.pricing.published_prices import book_of


def imported(*models: ModelInfo, provider: str = "openai") -> PriceBook:
    return book_of([Provider(id=provider, name="", api_pattern="", models=list(models))], "test")


def lines(book: PriceBook) -> list[str]:
    """The prices of a book as its file has them."""
    text = book_text(book).partition("prices = [\n")[2]
    return [line.strip().removesuffix(",") for line in text.splitlines() if line != "]"]


def price(**rates: str) -> ModelPrice:
    return ModelPrice(**{name: Decimal(rate) for name, rate in rates.items()})
