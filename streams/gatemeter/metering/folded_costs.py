"""What folded calls to models cost: each is priced by its own names, before they are lost.

The cost of any other row follows from the row itself; that of a folded row does not (ADR 13).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gatemeter.events.usage_keys import Key
from gatemeter.money import LARGEST_YOCTOS
from gatemeter.pricing.cost import TOO_LARGE, CostEvidence, cost_columns
from gatemeter.pricing.gap import BETWEEN_GAPS
from gatemeter.pricing.price_table import PriceTable

_BY_STRENGTH = (CostEvidence.ESTIMATED, CostEvidence.COMPUTED, CostEvidence.UNPRICED, CostEvidence.NONE)

_NAMED_GAPS = 8


@dataclass(slots=True)
class _FoldedCost:
    """The sums of the last eight measures of `LLM_USAGE` over some calls; `calls` and `answers` are how many."""

    calls: int = 0
    amounts: list[int] = field(default_factory=lambda: [0, 0, 0])
    unpriced_calls: int = 0
    evidences: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    gaps: set[str] = field(default_factory=set)

    def columns(self, currency: str) -> tuple[int, int, int, int, str, str, str, str]:
        """The eight measures: the weakest evidence of what has a price, all price versions, the first gaps by name."""
        evidence = next((each for each in _BY_STRENGTH if each in self.evidences), CostEvidence.NONE).value
        versions = " + ".join(sorted(self.versions))
        more = ["and others"] if len(self.gaps) > _NAMED_GAPS else []
        gaps = BETWEEN_GAPS.join([*sorted(self.gaps)[:_NAMED_GAPS], *more])
        computed, embeddings, savings = self.amounts
        if abs(computed) > LARGEST_YOCTOS:
            unpriced = CostEvidence.UNPRICED.value
            return 0, embeddings, savings, self.calls, unpriced, versions, currency, TOO_LARGE.text
        return computed, embeddings, savings, self.unpriced_calls, evidence, versions, currency, gaps


class FoldedCosts:
    """The costs of the folded keys of `LLM_USAGE`, by `prices`."""

    def __init__(self, prices: PriceTable) -> None:
        self._prices = prices
        self._costs: dict[Key, _FoldedCost] = defaultdict(_FoldedCost)

    def add(self, folded: Sequence[Key], keys: Sequence[Key], sums: Mapping[str, Sequence[int]]) -> None:
        """Price calls: `keys[i]` has the names of a call that is counted under `folded[i]`; `sums` are columns."""
        rows = zip(*cost_columns(keys, sums, self._prices), strict=True)
        for key, calls, answers, row in zip(folded, sums["calls"], sums["answers"], rows, strict=True):
            *amounts, unpriced_calls, evidence, version, _, gaps = row
            cost = self._costs[key]
            cost.calls += calls + answers
            cost.amounts = [total + amount for total, amount in zip(cost.amounts, amounts, strict=True)]
            cost.unpriced_calls += unpriced_calls
            cost.evidences.add(evidence)
            cost.versions.update([version] if version else [])
            cost.gaps.update(filter(None, gaps.split(BETWEEN_GAPS)))

    def put_into(self, columns: Sequence[list[Any]], keys: Sequence[Key]) -> None:
        """Replace the costs of folded keys in `columns`, which hold those of `keys` as `cost_columns` gives them."""
        if not self._costs:
            return
        for row, key in enumerate(keys):
            if key in self._costs:
                for column, value in zip(columns, self._costs[key].columns(self._prices.currency), strict=True):
                    column[row] = value
