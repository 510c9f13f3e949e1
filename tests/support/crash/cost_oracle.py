"""What calls to models must cost, in fractions: the documented rules (docs/pricing.md), without code of the product.

It knows what the input of crash tests needs: prices by date, aliases and fallbacks, but no consumers, service tiers,
hours of the day or contexts.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

PRICES = Path(__file__).with_name("prices.toml")
"""The price book of crash tests."""

_TOKENS_PER_RATE = 1_000_000
_RATE_OF_CLASS = {
    "fresh_input_tokens": "input",
    "cached_tokens": "cache_read",
    "audio_input_tokens": "audio_input",
    "plain_output_tokens": "output",
    "reasoning_tokens": "reasoning",
    "audio_output_tokens": "audio_output",
}
_FALLBACK_RATE = {"cache_read": "input", "reasoning": "output", "input": "embedding", "embedding": "input"}


@dataclass(frozen=True, slots=True)
class Price:
    """Rates as the book has them; `is_estimate` where it is for another provider or model."""

    rates: dict[str, Fraction]
    is_estimate: bool

    def rate(self, name: str) -> Fraction | None:
        """Per million tokens, by the fallback where the book has no such rate; None where there is none either."""
        return self.rates.get(name, self.rates.get(_FALLBACK_RATE.get(name, "")))


@dataclass(frozen=True, slots=True)
class Model:
    """A model as a log names it: a provider, and what answered before what was asked for."""

    provider: str
    names: tuple[str, ...]


@dataclass(slots=True)
class Cost:
    """What a call must add to the columns of these names."""

    cost_computed: Fraction = Fraction(0)
    embeddings_cost: Fraction = Fraction(0)
    cost_savings: Fraction = Fraction(0)
    unpriced_calls: int = 0
    cost_evidence: str = ""


@dataclass(frozen=True, slots=True)
class Spending:
    """All that a cost depends on; `embedder` is None where no embedding was made."""

    hour_s: int
    outcome: str
    model: Model
    tokens: dict[str, int]
    are_tokens_estimated: bool
    embedder: Model | None = None
    embeddings_tokens: int = 0
    is_embedding_estimated: bool = False


@dataclass(slots=True)
class CostOracle:
    """Prices calls by one book."""

    path: Path = PRICES
    _book: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._book = tomllib.loads(self.path.read_text(encoding="utf-8"), parse_float=Fraction)

    @property
    def currency(self) -> str:
        """The currency of all costs."""
        return str(self._book["currency"])

    def cost(self, spent: Spending) -> Cost:
        """What one call must cost."""
        cost = Cost()
        price, embedding = self._find(spent.model, spent.hour_s), None
        if spent.embedder is not None:
            embedding = self._find(spent.embedder, spent.hour_s)
            cost.embeddings_cost = _of_tokens(spent.embeddings_tokens, embedding, "embedding") or Fraction(0)
        answer = _of_answer(spent, price)
        lacks_embedding = spent.embedder is not None and (embedding is None or embedding.rate("embedding") is None)
        if spent.outcome == "cache_hit":
            cost.cost_savings = answer or Fraction(0)
        is_spend, is_unknown = spent.outcome in ("provider", "blocked"), spent.outcome == "unknown"
        if lacks_embedding or is_unknown or (is_spend and answer is None):
            cost.unpriced_calls = int(is_spend or is_unknown)
            cost.cost_evidence = "unpriced"
        elif is_spend and answer is not None and price is not None:
            cost.cost_computed = answer + cost.embeddings_cost
            is_estimate = _is_estimate(spent, price) or (embedding is not None and embedding.is_estimate)
            cost.cost_evidence = "estimated" if is_estimate else "computed"
        return cost

    def _find(self, model: Model, hour_s: int) -> Price | None:
        provider, names = _known(model.provider), [name for name in map(_known, model.names) if name]
        provider = self._book.get("aliases", {}).get(provider, provider)
        if not provider or not names:
            return None
        for place, seller in enumerate((provider, *self._book.get("fallbacks", {}).get(provider, ()))):
            for name in names:
                prices = self._prices_of(seller, name)
                if prices is None:
                    continue
                rates = _at(prices, hour_s)
                if rates is not None:
                    return Price(rates, is_estimate=place > 0 or not names[0].startswith(name))
                break
        return None

    def _prices_of(self, provider: str, name: str) -> list[dict[str, Any]] | None:
        for entry in self._book["entries"]:
            match = entry.get("match", {}).get("starts_with")
            if entry["provider"] == provider and (name.startswith(match) if match else name == entry["model"]):
                prices = entry["prices"]
                return prices if isinstance(prices, list) else [prices]
        return None


def _known(name: str) -> str:
    return "" if name.lower() == "unspecified" else name.lower()


def _at(prices: Sequence[dict[str, Any]], hour_s: int) -> dict[str, Fraction] | None:
    """The rates of the latest date that has come."""
    day = datetime.fromtimestamp(hour_s, UTC).date()
    begun = [price for price in prices if price.get("from", date.min) <= day]
    if not begun:
        return None
    latest = max(begun, key=lambda price: price.get("from", date.min))
    return {name: Fraction(rate) for name, rate in latest.items() if name != "from"}


def _of_tokens(count: int, price: Price | None, name: str) -> Fraction | None:
    rate = None if price is None else price.rate(name)
    return None if rate is None else count * rate / _TOKENS_PER_RATE


def _of_answer(spent: Spending, price: Price | None) -> Fraction | None:
    """Without the embedding; None where the model or a class of tokens has no price."""
    if price is None:
        return None
    parts = [_of_tokens(spent.tokens[name], price, rate) for name, rate in _used(spent)]
    return None if None in parts else sum(filter(None, parts), start=price.rates.get("per_call", Fraction(0)))


def _used(spent: Spending) -> Iterator[tuple[str, str]]:
    return ((name, rate) for name, rate in _RATE_OF_CLASS.items() if spent.tokens.get(name))


def _is_estimate(spent: Spending, price: Price) -> bool:
    reads_cache_as_input = "cache_read" not in price.rates and bool(spent.tokens.get("cached_tokens"))
    return spent.are_tokens_estimated or spent.is_embedding_estimated or price.is_estimate or reads_cache_as_input
