"""What calls to models cost, exactly.

A cost is a sum of integer products, so a row of many calls costs the sum of what its calls cost, in any order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from gatemeter.llm.call import CONTEXT_THRESHOLDS, POSSIBLE_SPEND, EmbeddingsEvidence, Outcome, TokensEvidence
from gatemeter.money import LARGEST_YOCTOS
from gatemeter.pricing.price import Price
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.priced_usage import PricedUsage, usages_of_rows


class CostEvidence(StrEnum):
    """How far a computed cost can be relied on."""

    NONE = ""
    """Nothing was spent: a cache answered, or the call failed."""
    COMPUTED = "computed"
    """Counts from the provider times prices from the book."""
    ESTIMATED = "estimated"
    """The counts are estimates, or a price is a fallback."""
    UNPRICED = "unpriced"
    """The cost is not known; it is not 0."""


_COUNTED = (TokensEvidence.REPORTED, TokensEvidence.ESTIMATED, TokensEvidence.CONTEXT_UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmCost:
    """Amounts in yoctos. `cost_computed` includes `embeddings_cost`, which is also set where a cache answered or the
    call failed.

    `cost_savings` is what the answer would have cost that came from a cache. `unpriced_calls` counts calls, and events
    that only complete a call, whose cost is not known: their amount is 0, and `reason` says why. Answers from a cache
    and failed calls spend nothing and are never counted there; `evidence` says where their embedding has no price.
    """

    usage: PricedUsage
    price: Price | None
    embeddings_price: Price | None
    cost_computed_yoctos: int = 0
    embeddings_cost_yoctos: int = 0
    cost_savings_yoctos: int = 0
    unpriced_calls: int = 0
    evidence: CostEvidence = CostEvidence.NONE
    reason: str = ""

    @property
    def price_version(self) -> str:
        """The version of the model's price, then of the embedding's price, as far as they were used."""
        return " + ".join(price.version for price in (self.price, self.embeddings_price) if price is not None)

    def columns(self) -> tuple[int, int, int, int, str, str]:
        """The last six measures of `LLM_USAGE`."""
        return (
            self.cost_computed_yoctos,
            self.embeddings_cost_yoctos,
            self.cost_savings_yoctos,
            self.unpriced_calls,
            self.evidence.value,
            self.price_version,
        )


def cost_columns(
    keys: Sequence[tuple[Any, ...]], sums: Mapping[str, Sequence[int]], table: PriceTable
) -> list[list[Any]]:
    """The last six columns of `LLM_USAGE` for these rows, amounts in yoctos.

    A key holds the values of `LLM_USAGE.dimensions`, with the hour as the Unix second at which it begins. `sums` are
    columns by name.
    """
    rows = [price_usage(usage, table).columns() for usage in usages_of_rows(keys, sums)]
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(_COLUMN_COUNT)]


_COLUMN_COUNT = 6


def price_usage(usage: PricedUsage, table: PriceTable) -> LlmCost:
    """What `usage` costs by `table`."""
    embeddings_price, fault = _price_of_embedding(usage, table)
    cost = _without_fault(usage, table, embeddings_price)
    if not fault and abs(cost.cost_computed_yoctos) > LARGEST_YOCTOS:
        fault = "the cost is more than can be stored; look at the counts and the price"
    if not fault:
        return cost
    return replace(
        cost,
        cost_computed_yoctos=0,
        unpriced_calls=_calls_to_price(usage),
        evidence=CostEvidence.UNPRICED,
        reason=fault,
    )


def _calls_to_price(usage: PricedUsage) -> int:
    return usage.calls + usage.answers if usage.outcome in POSSIBLE_SPEND else 0


def _price_of_embedding(usage: PricedUsage, table: PriceTable) -> tuple[Price | None, str]:
    if usage.embeddings_evidence == EmbeddingsEvidence.NONE:
        return None, ""
    price = table.find(usage.embeddings_provider, (usage.embeddings_model,), usage.hour_s, usage.consumers)
    if price is not None and price.embedding is not None:
        return price, ""
    return None, f"no price for embeddings by {_model_text(usage.embeddings_provider, usage.embeddings_model)}"


def _without_fault(usage: PricedUsage, table: PriceTable, embeddings_price: Price | None) -> LlmCost:
    match usage.outcome:
        case Outcome.PROVIDER:
            return _spend(usage, table, embeddings_price)
        case Outcome.CACHE_HIT:
            return _saving(usage, table, embeddings_price)
        case Outcome.FAILED:
            return LlmCost(
                usage=usage,
                price=None,
                embeddings_price=embeddings_price,
                embeddings_cost_yoctos=_embeddings_yoctos(usage, embeddings_price),
            )
        case _:
            return _unpriced(usage, embeddings_price, "the event gives no status")


def _spend(usage: PricedUsage, table: PriceTable, embeddings_price: Price | None) -> LlmCost:
    price, fault = _price_of_answer(usage, table)
    if price is None:
        return _unpriced(usage, embeddings_price, fault)
    embeddings_yoctos = _embeddings_yoctos(usage, embeddings_price)
    answer_yoctos = _answer_yoctos(usage, price)
    is_estimate = (
        _is_estimate(usage, price)
        or _is_embedding_estimated(usage, embeddings_price)
        or _is_context_missed(usage, table, price)
    )
    return LlmCost(
        usage=usage,
        price=price,
        embeddings_price=embeddings_price,
        cost_computed_yoctos=answer_yoctos + embeddings_yoctos,
        embeddings_cost_yoctos=embeddings_yoctos,
        evidence=CostEvidence.ESTIMATED if is_estimate else CostEvidence.COMPUTED,
    )


def _saving(usage: PricedUsage, table: PriceTable, embeddings_price: Price | None) -> LlmCost:
    price, _ = _price_of_answer(usage, table)
    return LlmCost(
        usage=usage,
        price=price,
        embeddings_price=embeddings_price,
        embeddings_cost_yoctos=_embeddings_yoctos(usage, embeddings_price),
        cost_savings_yoctos=_answer_yoctos(usage, price) if price is not None else 0,
    )


def _unpriced(usage: PricedUsage, embeddings_price: Price | None, reason: str) -> LlmCost:
    return LlmCost(
        usage=usage,
        price=None,
        embeddings_price=embeddings_price,
        embeddings_cost_yoctos=_embeddings_yoctos(usage, embeddings_price),
        unpriced_calls=_calls_to_price(usage),
        evidence=CostEvidence.UNPRICED,
        reason=reason,
    )


def _price_of_answer(usage: PricedUsage, table: PriceTable) -> tuple[Price | None, str]:
    """The price of the answer and ''; None and what is missing where not all its tokens have a price."""
    if usage.tokens_evidence not in _COUNTED:
        return None, f"the token counts are {usage.tokens_evidence}"
    price = _price_at(usage, table, usage.context_above_tokens)
    if price is None:
        return None, f"no price for {_model_text(usage.provider, usage.response_model or usage.request_model)}"
    missing = price.classes_without_rate(usage.tokens)
    if missing:
        return None, f"{price.version} has no price for {' and '.join(missing)}"
    return price, ""


def _price_at(usage: PricedUsage, table: PriceTable, context_above_tokens: int) -> Price | None:
    return table.find(
        usage.provider,
        (usage.response_model, usage.request_model),
        usage.hour_s,
        usage.consumers,
        context_above_tokens,
        usage.service_tier,
    )


def _is_context_missed(usage: PricedUsage, table: PriceTable, price: Price) -> bool:
    """Whether the size of the context is not known, and another size would have another price."""
    if usage.tokens_evidence != TokensEvidence.CONTEXT_UNKNOWN:
        return False
    dearest = _price_at(usage, table, CONTEXT_THRESHOLDS[-1])
    return dearest is None or dearest.version != price.version


def _answer_yoctos(usage: PricedUsage, price: Price) -> int:
    by_class = (count * rate.yoctos for count, rate in zip(usage.tokens, price.rates, strict=True) if rate is not None)
    return sum(by_class) + usage.calls * price.per_call_yoctos


def _embeddings_yoctos(usage: PricedUsage, price: Price | None) -> int:
    if price is None or price.embedding is None:
        return 0
    return usage.embeddings_tokens * price.embedding.yoctos


def _is_estimate(usage: PricedUsage, price: Price) -> bool:
    return (
        usage.tokens_evidence == TokensEvidence.ESTIMATED
        or price.is_estimate
        or any(
            count and rate is not None and rate.is_estimate
            for count, rate in zip(usage.tokens, price.rates, strict=True)
        )
    )


def _is_embedding_estimated(usage: PricedUsage, price: Price | None) -> bool:
    return usage.embeddings_evidence == EmbeddingsEvidence.ESTIMATED or (price is not None and price.is_estimate)


def _model_text(provider: str, model: str) -> str:
    return f"{provider or 'an unnamed provider'}/{model or 'an unnamed model'}"
