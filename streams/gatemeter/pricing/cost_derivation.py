"""How a cost comes about, as lines that a person can check."""

from collections.abc import Iterator

from gatemeter.money import decimal_from_yoctos
from gatemeter.pricing.cost import CostEvidence, LlmCost
from gatemeter.pricing.price import TOKENS_PER_RATE, Price, TokenRate
from gatemeter.pricing.priced_usage import PricedUsage
from gatemeter.schema.usage import TOKEN_CLASSES

_PRICED = (CostEvidence.COMPUTED, CostEvidence.ESTIMATED)


def amount_text(yoctos: int) -> str:
    """Yoctos as an exact decimal number of currency units without trailing zeros: 0.00037."""
    text = f"{decimal_from_yoctos(yoctos):f}"
    return text.rstrip("0").rstrip(".")


def derivation_lines(cost: LlmCost) -> list[str]:
    """A line such as `cached tokens: 1000 x 1.25 per million = 0.00125` for each class of tokens, then the results.

    Where the cost is not known, the last line says why.
    """
    lines: list[str] = []
    if cost.price is not None:
        lines += [f"price: {_described(cost.price)}", *_class_lines(cost.usage, cost.price)]
    if cost.embeddings_price is not None and cost.embeddings_price.embedding is not None:
        line = _line("embeddings tokens", cost.usage.embeddings_tokens, cost.embeddings_price.embedding)
        lines += [f"embeddings price: {_described(cost.embeddings_price)}", line]
    return [*lines, *_result_lines(cost)]


def _result_lines(cost: LlmCost) -> Iterator[str]:
    if cost.evidence in _PRICED:
        yield f"cost: {amount_text(cost.cost_computed_yoctos)}"
    if cost.embeddings_cost_yoctos:
        yield f"embeddings cost: {amount_text(cost.embeddings_cost_yoctos)}"
    if cost.cost_savings_yoctos:
        yield f"saved by the cache: {amount_text(cost.cost_savings_yoctos)}"
    if cost.reason:
        yield f"{CostEvidence.UNPRICED}: {cost.reason}"


def _described(price: Price) -> str:
    remark = " (estimate: not the price of this very provider and service tier)" if price.is_estimate else ""
    return f"{price.version}{remark}"


def _class_lines(usage: PricedUsage, price: Price) -> Iterator[str]:
    for name, count, rate in zip(TOKEN_CLASSES, usage.tokens, price.rates, strict=True):
        if count and rate is not None:
            yield _line(name.replace("_", " "), count, rate)
    if price.per_call_yoctos:
        amount = amount_text(usage.calls * price.per_call_yoctos)
        yield f"calls: {usage.calls} x {amount_text(price.per_call_yoctos)} = {amount}"


def _line(name: str, count: int, rate: TokenRate) -> str:
    per_million = amount_text(rate.yoctos * TOKENS_PER_RATE)
    remark = " (estimate: the price of another class)" if rate.is_estimate else ""
    return f"{name}: {count} x {per_million} per million = {amount_text(count * rate.yoctos)}{remark}"
