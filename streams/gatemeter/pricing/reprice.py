"""Stored rows of LLM usage priced again: the rows whose costs change, and by how much they change for whom."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, NamedTuple

from gatemeter.money import storable_amount, yoctos_from_decimal
from gatemeter.pricing.cost import CostEvidence, cost_columns
from gatemeter.pricing.price_table import PriceTable
from gatemeter.schema.rollups import LLM_USAGE_ROLLUP, has_other_names
from gatemeter.schema.table import MONEY, TableRows
from gatemeter.schema.usage import LLM_SUMS, LLM_USAGE

_PLACE = {name: place for place, name in enumerate(LLM_USAGE.column_names)}
_PRICED = LLM_USAGE.column_names[_PLACE["cost_computed"] :]
"""The columns that are computed from the other columns of their row, in the order of `cost_columns`."""

_VERSION, _EVIDENCE, _CURRENCY, _GAPS = map(
    _PRICED.index, ("price_version", "cost_evidence", "cost_currency", "cost_gaps")
)

_EXCHANGE = re.compile(r"(?<=\()1 [A-Z]{3} = [^)]+(?=\)#)")
_HASH = re.compile(r"#[0-9a-f]{8}(?= \+ |$)")

_IS_MONEY = [column.type == MONEY for column in LLM_USAGE.columns[_PLACE["cost_computed"] :]]


class PricedGroup(NamedTuple):
    """Whose costs differ, and why; `model` is the model that answered, else the one that was asked for.

    `reason` says what was missing for the costs before and is now, or which price another one replaces.
    `price_version` is the version of the price now, else of the one before. All costs before are in `currency_before`,
    '' where there are none or their currency is not known, and all costs after are in `currency_after`.
    """

    consumer_id: str
    provider: str
    model: str
    reason: str = ""
    price_version: str = ""
    currency_before: str = ""
    currency_after: str = ""

    @property
    def is_comparable(self) -> bool:
        """Whether no cost before is known to be in another currency than the costs after."""
        return self.currency_before in {"", self.currency_after}


@dataclass(slots=True)
class CostDifference:
    """Costs of a group before and after. Only rows whose costs change are in it; they hold `calls` calls."""

    calls: int = 0
    before: "GroupCosts" = field(default_factory=lambda: GroupCosts())
    after: "GroupCosts" = field(default_factory=lambda: GroupCosts())


@dataclass(slots=True)
class GroupCosts:
    """Sums of the columns with these names, amounts in yoctos; `priced_rows` counts rows whose cost is known."""

    cost_computed: int = 0
    embeddings_cost: int = 0
    cost_savings: int = 0
    unpriced_calls: int = 0
    priced_rows: int = 0

    def add(self, row: Sequence[Any]) -> None:
        """Add one row; `row` holds its values of the priced columns, in order."""
        values = dict(zip(_PRICED, row, strict=True))
        self.cost_computed += values["cost_computed"]
        self.embeddings_cost += values["embeddings_cost"]
        self.cost_savings += values["cost_savings"]
        self.unpriced_calls += values["unpriced_calls"]
        self.priced_rows += values["cost_evidence"] != CostEvidence.UNPRICED


class Repricing:
    """Prices rows again, chunk by chunk, and adds up what changes.

    Rows without the names of their models (`OTHER_NAMES`) keep their costs; `folded_count` says how many they are.
    Rows of older versions do not name the currency of their cost. Where nothing else changes than that it is told now,
    a row is counted in `currency_count`, and is neither a difference nor in `changed_count`.
    """

    def __init__(self, prices: PriceTable, currency_of: Callable[[str], str] = lambda _: "") -> None:
        """`currency_of` a stored price version is that of rows that do not name one; '' where it is not known."""
        self._prices = prices
        self._currency_of = currency_of
        self.row_count = 0
        self.folded_count = 0
        self.changed_count = 0
        self.currency_count = 0
        self.differences: dict[PricedGroup, CostDifference] = defaultdict(CostDifference)

    def reprice(self, columns: Sequence[Sequence[Any]]) -> TableRows:
        """The rows whose costs or currencies change, with the new ones; all other columns stay as they were.

        `columns` are all columns of `LLM_USAGE` in order, hours as Unix seconds and money as Decimal.
        """
        keys = list(zip(*columns[: len(LLM_USAGE.dimensions)], strict=True))
        sums = {name: columns[_PLACE[name]] for name in LLM_SUMS}
        after = cost_columns(keys, sums, self._prices)
        before = [
            list(map(yoctos_from_decimal, columns[_PLACE[name]])) if is_money else list(columns[_PLACE[name]])
            for name, is_money in zip(_PRICED, _IS_MONEY, strict=True)
        ]
        folded = [has_other_names(LLM_USAGE_ROLLUP, key) for key in keys]
        self.folded_count += sum(folded)
        pairs = zip(folded, zip(*before, strict=True), zip(*after, strict=True), strict=True)
        changed = [old != new and not is_folded for is_folded, old, new in pairs]
        self._add_changes(columns, before, after, changed)
        stored = [
            list(map(storable_amount, values)) if is_money else values
            for values, is_money in zip(after, _IS_MONEY, strict=True)
        ]
        kept = [*columns[: _PLACE["cost_computed"]], *stored]
        return TableRows(LLM_USAGE, [list(compress(column, changed)) for column in kept])

    def _add_changes(
        self,
        columns: Sequence[Sequence[Any]],
        before: Sequence[Sequence[Any]],
        after: Sequence[Sequence[Any]],
        changed: Sequence[bool],
    ) -> None:
        self.row_count += len(changed)
        for row in compress(range(len(changed)), changed):
            old, new = [column[row] for column in before], [column[row] for column in after]
            if not old[_CURRENCY] and [*old[:_CURRENCY], new[_CURRENCY], *old[_CURRENCY + 1 :]] == new:
                self.currency_count += 1
                continue
            self.changed_count += 1
            names = ("consumer_id", "provider", "response_model", "request_model")
            consumer_id, provider, response_model, request_model = (str(columns[_PLACE[name]][row]) for name in names)
            reason, version, currency = _reason(old, new), new[_VERSION] or old[_VERSION], self._currency(old)
            if old[_VERSION] and not currency:
                # Two prices whose currencies are not known are not added.
                reason = f"{reason} (the currency of {old[_VERSION]} is not known)"
            model = response_model or request_model
            group = PricedGroup(consumer_id, provider, model, reason, version, currency, new[_CURRENCY])
            difference = self.differences[group]
            difference.calls += int(columns[_PLACE["calls"]][row])
            difference.before.add(old)
            difference.after.add(new)

    def _currency(self, row: Sequence[Any]) -> str:
        """The currency of the costs of a row; '' where it has no price, or where the currency is not known."""
        return str(row[_CURRENCY] or self._currency_of(row[_VERSION])) if row[_VERSION] else ""


def _reason(before: Sequence[Any], after: Sequence[Any]) -> str:
    """`no price for p/m -> computed`; where what is missing stays the same, the versions of both prices.

    Where only the exchange rates in them differ, these are the reason.
    """
    states = [row[_GAPS] or row[_EVIDENCE] or "no spend" for row in (before, after)]
    if states[0] == states[1]:
        states = [row[_VERSION] or "no price" for row in (before, after)]
        exchanges = [_EXCHANGE.findall(state) for state in states]
        if all(exchanges) and exchanges[0] != exchanges[1]:
            priced = [_HASH.sub("", _EXCHANGE.sub("", state)) for state in states]
            if priced[0] == priced[1]:
                return f"exchange rate: {' + '.join(exchanges[0])} -> {' + '.join(exchanges[1])}"
    return " -> ".join(states)
