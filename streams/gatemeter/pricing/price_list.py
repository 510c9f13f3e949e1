"""`gatemeter prices list`: what a price table holds for an hour, as rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gatemeter.llm.call import CONTEXT_THRESHOLDS
from gatemeter.llm.modifiers import Modifiers, modifiers_text
from gatemeter.pricing.cost import CostEvidence
from gatemeter.pricing.cost_derivation import amount_text
from gatemeter.pricing.gap import Gaps
from gatemeter.pricing.price import Price
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.priced_entry import PricedEntry
from gatemeter.schema.units import TOKENS_PER_RATE, UNITS


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPrice:
    """Prices as decimal texts by the names of a price book; a unit without a price is not among them.

    They count for contexts of more than `context_above_tokens` tokens. `consumer` is '' for everybody, `modifiers` for
    calls without one. `evidence` is `estimated` where the price is a fallback to another provider's, or doubtful.
    """

    provider: str
    model: str
    consumer: str
    modifiers: str
    context_above_tokens: int
    input: str | None
    output: str | None
    rates: dict[str, str]
    currency: str
    evidence: str
    price_version: str


def list_prices(table: PriceTable, hour_s: int, provider: str = "", model: str = "") -> list[ListedPrice]:
    """The prices in force in the hour that begins at Unix second `hour_s`; the one that counts first is at the top.

    `provider` (as a gateway or as the book calls it) leaves only its prices. `model` leaves only the prices that a call
    to the model of this name would pay.
    """
    own = table.provider_of(provider)
    found = _entries_for(table, own, model, hour_s) if model else [(entry, ()) for entry in _entries(table, own)]
    return [row for entry, gaps in found for row in _rows(entry, hour_s, table.currency, _evidence(gaps))]


def _entries(table: PriceTable, provider: str) -> Iterator[PricedEntry]:
    """Entries in the order in which the table searches: prices of a consumer first, later books before earlier ones."""
    for is_override in (True, False):
        for layer in table.layers:
            of_payers = (each for each in layer if (each.entry.consumer is not None) is is_override)
            yield from (each for each in of_payers if not provider or each.entry.provider.lower() == provider)


def _entries_for(table: PriceTable, provider: str, model: str, hour_s: int) -> list[tuple[PricedEntry, Gaps]]:
    """What a call to `model` would pay: of `provider`, else of each provider that has a price of its own for it."""
    if provider:
        return _first_of_payers(table.entries_for(provider, model, hour_s), hour_s)
    providers = dict.fromkeys(each.entry.provider.lower() for layer in table.layers for each in layer)
    found = [each for name in providers for each in _first_of_payers(table.entries_for(name, model, hour_s), hour_s)]
    return sorted(
        ((entry, gaps) for entry, gaps in found if not gaps or entry.entry.doubtful),
        key=lambda each: each[0].entry.consumer is None,
    )


def _first_of_payers(entries: Iterable[tuple[PricedEntry, Gaps]], hour_s: int) -> list[tuple[PricedEntry, Gaps]]:
    """Of each consumer, and of everybody, the entry that counts."""
    found: dict[str | None, tuple[PricedEntry, Gaps]] = {}
    for entry, gaps in entries:
        if entry.price_at(hour_s, (), 0) is not None:
            found.setdefault(entry.entry.consumer, (entry, gaps))
    return list(found.values())


def _evidence(gaps: Gaps) -> CostEvidence:
    return CostEvidence.ESTIMATED if gaps else CostEvidence.COMPUTED


def _rows(entry: PricedEntry, hour_s: int, currency: str, evidence: CostEvidence) -> Iterable[ListedPrice]:
    shown: set[str] = set()
    for modifiers in ((), *entry.priced_modifiers):
        for above in (0, *CONTEXT_THRESHOLDS):
            price = entry.price_at(hour_s, modifiers, above)
            standard = entry.price_at(hour_s, (), above) if modifiers else None
            changes_nothing = price is not None and standard is not None and price.rates == standard.rates
            # A modifier whose price has not begun yet has the standard price, which is listed already.
            if price is not None and price.version not in shown and not changes_nothing:
                shown.add(price.version)
                yield _row(entry, modifiers, above, price, currency, evidence)


def _row(
    entry: PricedEntry, modifiers: Modifiers, above: int, price: Price, currency: str, evidence: CostEvidence
) -> ListedPrice:
    rates = _rates(price)
    return ListedPrice(
        provider=entry.entry.provider,
        model=entry.entry.model,
        consumer=entry.entry.consumer or "",
        modifiers=modifiers_text(dict(modifiers)),
        context_above_tokens=above,
        input=rates.get("input"),
        output=rates.get("output"),
        rates=rates,
        currency=currency,
        evidence=_evidence_of(entry, price, evidence).value,
        price_version=price.version,
    )


def _evidence_of(entry: PricedEntry, price: Price, evidence: CostEvidence) -> CostEvidence:
    if price.missing_exchange is not None:
        return CostEvidence.UNPRICED
    return CostEvidence.ESTIMATED if entry.entry.doubtful else evidence


def _rates(price: Price) -> dict[str, str]:
    """The rates that count, also those that stand in for others without a doubt."""
    rates = {
        unit.rate: amount_text(rate.yoctos * unit.per_rate)
        for unit, rate in zip(UNITS, price.rates, strict=True)
        if rate is not None and rate.gap is None
    }
    if price.embedding is not None:
        rates["embedding"] = amount_text(price.embedding.yoctos * TOKENS_PER_RATE)
    return rates | ({"per_call": amount_text(price.per_call_yoctos)} if price.per_call_yoctos else {})
