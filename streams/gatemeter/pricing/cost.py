"""What calls to models cost, exactly.

A cost is a sum of integer products, so a row of many calls costs the sum of what its calls cost, in any order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from gatemeter.llm.call import (
    ANSWERED,
    CONTEXT_THRESHOLDS,
    POSSIBLE_SPEND,
    EmbeddingsEvidence,
    Outcome,
    TokensEvidence,
)
from gatemeter.llm.modifiers import read_modifiers
from gatemeter.money import LARGEST_YOCTOS
from gatemeter.pricing.cost_gaps import UNCERTAIN, gaps_of_counts, gaps_of_embedding, priced_units
from gatemeter.pricing.gap import Gap, Gaps, gaps_text
from gatemeter.pricing.price import Price
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.priced_usage import PricedUsage, usages_of_rows

TOO_LARGE = Gap("the cost is more than can be stored: look at the counts and the price")


class CostEvidence(StrEnum):
    """How far a computed cost can be relied on."""

    NONE = ""
    """Nothing was spent: a cache answered, or the call failed."""
    COMPUTED = "computed"
    """Counts from the provider, and prices from the book for everything that the event mentions."""
    ESTIMATED = "estimated"
    """Something is missing: `LlmCost.gaps` say what."""
    UNPRICED = "unpriced"
    """The cost is not known; it is not 0."""


_CERTAIN = (TokensEvidence.REPORTED, TokensEvidence.PROVIDER)
_COUNTED = (*_CERTAIN, *UNCERTAIN, TokensEvidence.CONTEXT_UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmCost:
    """Amounts in yoctos. `cost_computed` includes `embeddings_cost`, which is also set where a cache answered or the
    call failed.

    `cost_savings` is what the answer would have cost that came from a cache. `unpriced_calls` counts calls, and events
    that only complete a call, whose cost is not known: their amount is 0. Answers from a cache and failed calls spend
    nothing and are never counted there; `evidence` says where their embedding has no price. `gaps` are what is missing
    for the cost to be computed.
    """

    usage: PricedUsage
    currency: str
    price: Price | None
    embeddings_price: Price | None
    cost_computed_yoctos: int = 0
    embeddings_cost_yoctos: int = 0
    cost_savings_yoctos: int = 0
    unpriced_calls: int = 0
    evidence: CostEvidence = CostEvidence.NONE
    gaps: Gaps = ()

    @property
    def price_version(self) -> str:
        """The version of the model's price, then of the embedding's price, as far as they were used."""
        return " + ".join(price.version for price in (self.price, self.embeddings_price) if price is not None)

    def columns(self) -> tuple[int, int, int, int, str, str, str, str]:
        """The last eight measures of `LLM_USAGE`."""
        return (
            self.cost_computed_yoctos,
            self.embeddings_cost_yoctos,
            self.cost_savings_yoctos,
            self.unpriced_calls,
            self.evidence.value,
            self.price_version,
            self.currency,
            gaps_text(self.gaps),
        )


def cost_columns(
    keys: Sequence[tuple[Any, ...]], sums: Mapping[str, Sequence[int]], table: PriceTable
) -> list[list[Any]]:
    """The last eight columns of `LLM_USAGE` for these rows, amounts in yoctos.

    A key holds the values of `LLM_USAGE.dimensions`, with the hour as the Unix second at which it begins. `sums` are
    columns by name.
    """
    rows = [price_usage(usage, table).columns() for usage in usages_of_rows(keys, sums)]
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(_COLUMN_COUNT)]


_COLUMN_COUNT = 8


def price_usage(usage: PricedUsage, table: PriceTable) -> LlmCost:
    """What `usage` costs by `table`."""
    embeddings_price, gap = _price_of_embedding(usage, table)
    cost = _by_outcome(usage, table, embeddings_price)
    if gap is None and abs(cost.cost_computed_yoctos) > LARGEST_YOCTOS:
        gap = TOO_LARGE
    if gap is None:
        return cost
    return replace(
        cost,
        cost_computed_yoctos=0,
        unpriced_calls=_calls_to_price(usage),
        evidence=CostEvidence.UNPRICED,
        gaps=(gap,),
    )


def _calls_to_price(usage: PricedUsage) -> int:
    return usage.calls + usage.answers if usage.outcome in POSSIBLE_SPEND else 0


def _price_of_embedding(usage: PricedUsage, table: PriceTable) -> tuple[Price | None, Gap | None]:
    if usage.embeddings_evidence == EmbeddingsEvidence.NONE:
        return None, None
    price = table.find(usage.embeddings_provider, (usage.embeddings_model,), usage.hour_s, usage.consumers)
    if price is not None and price.missing_exchange is not None:
        return None, price.missing_exchange
    if price is not None and price.embedding is not None:
        return price, None
    return None, Gap(f"no price for embeddings by {_model_text(usage.embeddings_provider, usage.embeddings_model)}")


def _by_outcome(usage: PricedUsage, table: PriceTable, embeddings_price: Price | None) -> LlmCost:
    cost = LlmCost(
        usage=usage,
        currency=table.currency,
        price=None,
        embeddings_price=embeddings_price,
        embeddings_cost_yoctos=_embeddings_yoctos(usage, embeddings_price),
    )
    if usage.outcome in ANSWERED:
        return _spend(cost, table)
    if usage.outcome == Outcome.CACHE_HIT:
        return _saving(cost, table)
    return (
        cost
        if usage.outcome == Outcome.FAILED
        else _unpriced(cost, Gap("the event does not tell whether the provider answered"))
    )


def _spend(cost: LlmCost, table: PriceTable) -> LlmCost:
    usage = cost.usage
    price, reason = _price_of_answer(usage, table)
    if price is None:
        return _unpriced(cost, reason)
    gaps = (
        *price.gaps,
        *gaps_of_counts(usage, price),
        *_gaps_of_context(usage, table, price),
        *gaps_of_embedding(usage, cost.embeddings_price),
    )
    return replace(
        cost,
        price=price,
        cost_computed_yoctos=_answer_yoctos(usage, price) + cost.embeddings_cost_yoctos,
        evidence=CostEvidence.ESTIMATED if gaps else CostEvidence.COMPUTED,
        gaps=gaps,
    )


def _saving(cost: LlmCost, table: PriceTable) -> LlmCost:
    price, _ = _price_of_answer(cost.usage, table)
    return cost if price is None else replace(cost, price=price, cost_savings_yoctos=_answer_yoctos(cost.usage, price))


def _unpriced(cost: LlmCost, reason: Gap) -> LlmCost:
    return replace(cost, unpriced_calls=_calls_to_price(cost.usage), evidence=CostEvidence.UNPRICED, gaps=(reason,))


def _price_of_answer(usage: PricedUsage, table: PriceTable) -> tuple[Price | None, Gap]:
    """The price of the answer; None and what is missing where not all its tokens have a price."""
    if usage.tokens_evidence not in _COUNTED:
        return None, Gap(f"the token counts are {usage.tokens_evidence}")
    price = _price_at(usage, table, usage.context_above_tokens)
    if price is None:
        return None, Gap(f"no price for {_model_text(usage.provider, usage.response_model or usage.request_model)}")
    if price.missing_exchange is not None:
        return None, price.missing_exchange
    missing = [unit.rate for unit, count, rate in priced_units(usage, price) if unit.is_token and rate is None]
    return (None, Gap(f"{price.version} has no price for {' and '.join(missing)}")) if missing else (price, Gap(""))


def _price_at(usage: PricedUsage, table: PriceTable, context_above_tokens: int) -> Price | None:
    return table.find(
        usage.provider,
        (usage.response_model, usage.request_model),
        usage.hour_s,
        usage.consumers,
        context_above_tokens,
        read_modifiers(usage.modifiers, usage.service_tier),
    )


def _gaps_of_context(usage: PricedUsage, table: PriceTable, price: Price) -> Iterator[Gap]:
    """Whether the size of the context is not known, and another size would have another price.

    Of several answers the largest context is known, and the others are smaller; of an answer alone none is.
    """
    if usage.tokens_evidence == TokensEvidence.CONTEXT_UNKNOWN:
        other = _price_at(usage, table, 0 if usage.context_above_tokens else CONTEXT_THRESHOLDS[-1])
        if other is None or other.version != price.version:
            yield Gap("the size of the context is not known, and prices depend on it")


def _answer_yoctos(usage: PricedUsage, price: Price) -> int:
    by_unit = (count * rate.yoctos for _, count, rate in priced_units(usage, price) if rate is not None)
    return sum(by_unit) + usage.calls * price.per_call_yoctos


def _embeddings_yoctos(usage: PricedUsage, price: Price | None) -> int:
    if price is None or price.embedding is None:
        return 0
    return usage.embeddings_tokens * price.embedding.yoctos


def _model_text(provider: str, model: str) -> str:
    return f"{provider or 'an unnamed provider'}/{model or 'an unnamed model'}"
