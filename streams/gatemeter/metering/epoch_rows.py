"""The rows that one epoch gives to each table, made from its running values.

A lineage is the tuple of values of `schema.table.LINEAGE` that all rows of a write share.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from gatemeter.events.usage_keys import Key
from gatemeter.metering.accumulator import RollupAccumulator
from gatemeter.metering.minutes import MinuteAccumulator
from gatemeter.money import storable_amount
from gatemeter.pricing.cost import cost_columns
from gatemeter.pricing.price_table import PriceTable
from gatemeter.schema import API_USAGE, EPOCH_LEDGER, MINUTE_USAGE, MONTHLY_REQUESTS, Table, TableRows
from gatemeter.schema.rollups import LLM_USAGE_ROLLUP
from gatemeter.schema.table import MONEY

_HOUR, _WORKSPACE, _SOURCE = map(API_USAGE.dimension_names.index, ("hour", "workspace", "source"))

Lineage = tuple[str, int, int, int]
"""log, partition, epoch_first_offset, version"""


def usage_rows(accumulator: RollupAccumulator, lineage: Lineage, prices: PriceTable) -> TableRows:
    """The rows of the accumulator's table that changed since the last call."""
    table = accumulator.rollup.table
    keys, measures = accumulator.take_dirty()
    if accumulator.rollup is LLM_USAGE_ROLLUP:
        sums = dict(zip(LLM_USAGE_ROLLUP.sums, measures, strict=False))  # they come first
        costs = cost_columns(keys, sums, prices)
        accumulator.folded_costs.put_into(costs, keys)
        measures += costs
    for index, column in enumerate(table.measures):
        if column.type == MONEY:
            measures[index] = [storable_amount(yoctos) for yoctos in measures[index]]
    return _keyed_rows(table, keys, lineage, measures)


def minute_rows(minutes: MinuteAccumulator, lineage: Lineage) -> TableRows:
    """The rows of `MINUTE_USAGE` that changed since the last call."""
    keys, measures = minutes.take_dirty()
    return _keyed_rows(MINUTE_USAGE, keys, lineage, measures)


def monthly_rows(api_usage: RollupAccumulator, lineage: Lineage) -> TableRows:
    """All license counters of the epoch, derived from its API usage."""
    requests: dict[tuple[int, str, str], int] = defaultdict(int)
    for key, count in api_usage.counts_by_key():
        requests[_month_of(key[_HOUR]), key[_WORKSPACE], key[_SOURCE]] += count
    return _table_rows(MONTHLY_REQUESTS, [(*key, *lineage, count) for key, count in requests.items()])


def ledger_row(values: dict[str, Any], lineage: Lineage) -> TableRows:
    """The epoch ledger's row, of `values` by the names of its measures."""
    return _table_rows(EPOCH_LEDGER, [(*lineage, *(values[column.name] for column in EPOCH_LEDGER.measures))])


def _keyed_rows(table: Table, keys: Sequence[Key], lineage: Lineage, measures: Sequence[list[Any]]) -> TableRows:
    dimensions = [list(values) for values in zip(*keys, strict=True)] or [[] for _ in table.dimensions]
    return TableRows(table, [*dimensions, *([value] * len(keys) for value in lineage), *measures])


def _table_rows(table: Table, rows: Sequence[tuple[Any, ...]]) -> TableRows:
    return TableRows(table, [list(column) for column in zip(*rows, strict=True)] or [[] for _ in table.columns])


@lru_cache(maxsize=65_536)
def _month_of(hour_s: int) -> int:
    """The first day of the UTC month of a Unix second, in days since 1970-01-01."""
    day = datetime.fromtimestamp(hour_s, UTC)
    return (date(day.year, day.month, 1) - date(1970, 1, 1)).days
