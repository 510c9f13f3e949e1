"""Which models of a log have a price for everything that they were used for, before the month ends."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from gatemeter.llm.call import POSSIBLE_SPEND, Outcome, TokensEvidence
from gatemeter.llm.modifiers import modifiers_text, read_modifiers
from gatemeter.pricing.cost import CostEvidence, LlmCost, price_usage
from gatemeter.pricing.exchange_rates import RateTimeline
from gatemeter.pricing.gap import gaps_text
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.priced_usage import PricedUsage
from gatemeter.schema.units import UNIT_NAMES


@dataclass(frozen=True, slots=True)
class ModelCoverage:
    """Calls to one model that are priced alike; `units` are all that any of them counts, `modifiers` as in a row's key.

    `evidence` is what the prices alone allow, whatever is known of the counts; `reason` says what is missing.
    """

    provider: str
    model: str
    modifiers: str
    units: str
    calls: int
    evidence: str
    reason: str


class _Group(NamedTuple):
    provider: str
    model: str
    modifiers: str
    evidence: str
    reason: str


@dataclass(slots=True)
class _Total:
    calls: int = 0
    units: set[str] = field(default_factory=set)


class PriceCoverage:
    """Adds up calls by model and by how far prices cover them. Calls that cost nothing for certain are left out."""

    def __init__(self, prices: PriceTable, left_out: PriceTable | None = None) -> None:
        """`left_out` are prices in another currency that no exchange rate converts: a call may have its price there."""
        self._prices = prices
        self._left_out = left_out
        self._totals: defaultdict[_Group, _Total] = defaultdict(_Total)

    def add(self, usage: PricedUsage) -> None:
        """Add one call, or one row of calls."""
        if usage.outcome not in POSSIBLE_SPEND:
            return
        certain = replace(usage, outcome=Outcome.PROVIDER.value, tokens_evidence=TokensEvidence.REPORTED.value)
        cost = price_usage(certain, self._prices)
        reason = self._missing_rate(cost, certain) or gaps_text(cost.gaps)
        modifiers = modifiers_text(dict(read_modifiers(usage.modifiers, usage.service_tier)))
        model = usage.response_model or usage.request_model
        total = self._totals[_Group(usage.provider, model, modifiers, cost.evidence.value, reason)]
        total.calls += usage.calls + usage.answers
        total.units |= {name for name, count in zip(UNIT_NAMES, usage.counts, strict=True) if count}

    def _missing_rate(self, cost: LlmCost, usage: PricedUsage) -> str:
        """What to say of a call that has its price only among those that are left out; '' for any other call."""
        if self._left_out is None or cost.evidence != CostEvidence.UNPRICED:
            return ""
        if price_usage(usage, self._left_out).evidence == CostEvidence.UNPRICED:
            return ""
        return RateTimeline(self._left_out.currency, self._prices.currency, ()).missing.text

    def rows(self) -> Iterator[ModelCoverage]:
        """What is unpriced first, then estimates, then what is priced; of each the most calls first."""
        order = [CostEvidence.UNPRICED.value, CostEvidence.ESTIMATED.value, CostEvidence.COMPUTED.value]
        ordered = sorted(
            self._totals.items(), key=lambda item: (order.index(item[0].evidence), -item[1].calls, item[0])
        )
        for group, total in ordered:
            units = ", ".join(name for name in UNIT_NAMES if name in total.units)
            yield ModelCoverage(
                group.provider, group.model, group.modifiers, units, total.calls, group.evidence, group.reason
            )
