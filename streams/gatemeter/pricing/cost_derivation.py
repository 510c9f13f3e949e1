"""How a cost comes about, as lines that a person can check."""

from collections.abc import Iterator, Sequence

from gatemeter.money import decimal_from_yoctos
from gatemeter.pricing.price import TOKENS_PER_RATE, Price, TokenRate
from gatemeter.pricing.priced_usage import PricedUsage
from gatemeter.schema.usage import TOKEN_CLASSES


def amount_text(yoctos: int) -> str:
    """Yoctos as an exact decimal number of currency units without trailing zeros: 0.00037."""
    text = f"{decimal_from_yoctos(yoctos):f}"
    return text.rstrip("0").rstrip(".")


def derivation_lines(
    usage: PricedUsage,
    price: Price | None,
    embeddings_price: Price | None,
    results: Sequence[tuple[str, int | None]],
) -> list[str]:
    """A line such as `cached tokens: 1000 x 1.25 per million = 0.00125` for each class of tokens, then the `results`.

    `results` are names with amounts in yoctos; None leaves a result out.
    """
    lines: list[str] = []
    if price is not None:
        lines += [f"price: {_described(price)}", *_class_lines(usage, price)]
    if embeddings_price is not None and embeddings_price.embedding is not None:
        line = _line("embeddings tokens", usage.embeddings_tokens, embeddings_price.embedding)
        lines += [f"embeddings price: {_described(embeddings_price)}", line]
    return lines + [f"{name}: {amount_text(yoctos)}" for name, yoctos in results if yoctos is not None]


def _described(price: Price) -> str:
    note = " (estimate: not the price of this very provider and service tier)" if price.is_estimate else ""
    return f"{price.version}{note}"


def _class_lines(usage: PricedUsage, price: Price) -> Iterator[str]:
    for name, count, rate in zip(TOKEN_CLASSES, usage.tokens, price.rates, strict=True):
        if count and rate is not None:
            yield _line(name.replace("_", " "), count, rate)
    if price.per_call_yoctos:
        amount = amount_text(usage.calls * price.per_call_yoctos)
        yield f"calls: {usage.calls} x {amount_text(price.per_call_yoctos)} = {amount}"


def _line(name: str, count: int, rate: TokenRate) -> str:
    per_million = amount_text(rate.yoctos * TOKENS_PER_RATE)
    note = " (estimate: the price of another class)" if rate.is_estimate else ""
    return f"{name}: {count} x {per_million} per million = {amount_text(count * rate.yoctos)}{note}"
