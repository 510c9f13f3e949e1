"""How a cost comes about, as lines that a person can check."""

from collections.abc import Iterator

from gatemeter.money import decimal_from_yoctos
from gatemeter.pricing.cost import CostEvidence, LlmCost
from gatemeter.pricing.gap import bound_of
from gatemeter.pricing.price import Price, UnitRate
from gatemeter.pricing.priced_usage import PricedUsage
from gatemeter.schema.units import TOKENS_PER_RATE, UNITS

_PRICED = (CostEvidence.COMPUTED, CostEvidence.ESTIMATED)


def amount_text(yoctos: int) -> str:
    """Yoctos as an exact decimal number of currency units without trailing zeros: 0.00037."""
    text = f"{decimal_from_yoctos(yoctos):f}"
    return text.rstrip("0").rstrip(".")


def derivation_lines(cost: LlmCost) -> list[str]:
    """A line such as `cached tokens: 1000 x 1.25 per million = 0.00125` for each unit, then the results.

    Where the cost is an estimate or not known, the last lines say why.
    """
    lines: list[str] = []
    if cost.price is not None:
        lines += [f"price: {cost.price.version}", *_exchange_lines(cost.price), *_unit_lines(cost.usage, cost.price)]
    if cost.embeddings_price is not None and cost.embeddings_price.embedding is not None:
        line = _line(
            "embeddings tokens", cost.usage.embeddings_tokens, cost.embeddings_price.embedding, TOKENS_PER_RATE
        )
        lines += [f"embeddings price: {cost.embeddings_price.version}", *_exchange_lines(cost.embeddings_price), line]
    return [*lines, *_result_lines(cost)]


def _exchange_lines(price: Price) -> list[str]:
    return [f"exchange rate: {price.exchange}"] if price.exchange else []


def _result_lines(cost: LlmCost) -> Iterator[str]:
    if cost.evidence in _PRICED:
        bound = bound_of(cost.gaps)
        yield f"cost: {f'{bound} ' if bound else ''}{amount_text(cost.cost_computed_yoctos)} {cost.currency}"
    if cost.embeddings_cost_yoctos:
        yield f"embeddings cost: {amount_text(cost.embeddings_cost_yoctos)} {cost.currency}"
    if cost.cost_savings_yoctos:
        yield f"saved by the cache: {amount_text(cost.cost_savings_yoctos)} {cost.currency}"
    yield from dict.fromkeys(f"{cost.evidence}: {gap.text}" for gap in cost.gaps)


def _unit_lines(usage: PricedUsage, price: Price) -> Iterator[str]:
    for unit, count, rate in zip(UNITS, usage.counts, price.rates, strict=True):
        if count and rate is not None:
            yield _line(unit.name.replace("_", " "), count, rate, unit.per_rate)
    if price.per_call_yoctos:
        amount = amount_text(usage.calls * price.per_call_yoctos)
        yield f"calls: {usage.calls} x {amount_text(price.per_call_yoctos)} = {amount}"


def _line(name: str, count: int, rate: UnitRate, per_rate: int) -> str:
    per = " per million" if per_rate == TOKENS_PER_RATE else f" per {per_rate}" if per_rate > 1 else ""
    return f"{name}: {count} x {amount_text(rate.yoctos * per_rate)}{per} = {amount_text(count * rate.yoctos)}"
