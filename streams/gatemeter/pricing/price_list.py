"""`gatemeter prices list`: what a price table holds for an hour, as rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gatemeter.llm.call import CONTEXT_THRESHOLDS
from gatemeter.pricing.cost import CostEvidence
from gatemeter.pricing.cost_derivation import amount_text
from gatemeter.pricing.price import RATE_OF_CLASS, TOKENS_PER_RATE, Price, TokenRate
from gatemeter.pricing.price_table import PricedEntry, PriceTable


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPrice:
    """Prices as decimal texts, per million tokens and per call; None where a class is unpriced.

    They count for contexts of more than `context_above_tokens` tokens. `consumer` is '' for everybody, `service_tier`
    for the standard tier. `evidence` is `estimated` where the price is a fallback to another provider's.
    """

    provider: str
    model: str
    consumer: str
    service_tier: str
    context_above_tokens: int
    input: str | None
    output: str | None
    cache_read: str | None
    cache_write: str | None
    cache_write_1h: str | None
    reasoning: str | None
    audio_input: str | None
    audio_output: str | None
    embedding: str | None
    per_call: str | None
    currency: str
    evidence: str
    price_version: str


def list_prices(table: PriceTable, hour_s: int, provider: str = "", model: str = "") -> list[ListedPrice]:
    """The prices in force in the hour that begins at Unix second `hour_s`; the one that counts first is at the top.

    `provider` (as a gateway or as the book calls it) leaves only its prices. `model` leaves only the prices that a call
    to the model of this name would pay.
    """
    own = table.provider_of(provider)
    name = model.strip().lower()
    found = [(entry, CostEvidence.COMPUTED) for entry in _entries(table, own, name)]
    if name:
        others = (entry for other in table.fallbacks_of(own) for entry in _entries(table, other, name))
        found += [(entry, CostEvidence.ESTIMATED) for entry in others]
    return [row for entry, evidence in found for row in _rows(entry, hour_s, table.currency, evidence)]


def _entries(table: PriceTable, provider: str, model: str) -> Iterator[PricedEntry]:
    """Entries in the order in which the table searches: prices of a consumer first, later books before earlier ones."""
    for is_override in (True, False):
        for layer in table.layers:
            of_payers = [each for each in layer if (each.entry.consumer is not None) is is_override]
            of_provider = [each for each in of_payers if not provider or each.entry.provider.lower() == provider]
            yield from _first_matches(of_provider, model) if model else of_provider


def _first_matches(entries: Iterable[PricedEntry], model: str) -> Iterator[PricedEntry]:
    seen: set[tuple[str, str | None]] = set()
    for each in entries:
        payer = (each.entry.provider.lower(), each.entry.consumer)
        if payer not in seen and each.names.match(model):
            seen.add(payer)
            yield each


def _rows(entry: PricedEntry, hour_s: int, currency: str, evidence: CostEvidence) -> Iterable[ListedPrice]:
    for tier in ("", *entry.entry.service_tiers):
        shown: set[int] = set()
        for above in (0, *CONTEXT_THRESHOLDS):
            price = entry.price_at(hour_s, tier, above)
            # A tier that has not begun yet is the standard price, which is listed already.
            if price is not None and id(price) not in shown and not price.is_estimate:
                shown.add(id(price))
                yield _row(entry, tier, above, price, currency, evidence)


def _row(entry: PricedEntry, tier: str, above: int, price: Price, currency: str, evidence: CostEvidence) -> ListedPrice:
    rates = {name: _per_million(rate) for name, rate in zip(RATE_OF_CLASS.values(), price.rates, strict=True)}
    return ListedPrice(
        provider=entry.entry.provider,
        model=entry.entry.model,
        consumer=entry.entry.consumer or "",
        service_tier=tier,
        context_above_tokens=above,
        **rates,
        embedding=_per_million(price.embedding),
        per_call=amount_text(price.per_call_yoctos) if price.per_call_yoctos else None,
        currency=currency,
        evidence=evidence.value,
        price_version=price.version,
    )


def _per_million(rate: TokenRate | None) -> str | None:
    return None if rate is None else amount_text(rate.yoctos * TOKENS_PER_RATE)
