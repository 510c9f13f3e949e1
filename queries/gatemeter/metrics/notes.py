"""What is to be known about the rows of an answer."""

from collections.abc import Iterator, Mapping
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.metrics.catalogue import table_of
from gatemeter.metrics.comparable import is_several, unit_of_order
from gatemeter.metrics.inventory_source import why_nothing_is_configured
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.output.placeholders import REST
from gatemeter.reports.absence import why_no_rows
from gatemeter.reports.merged_subjects import merged_note, merged_subjects

_SKETCH_BOUND = "percentiles are within 1 % of the exact ones"
_CONSUMER = "consumer"
_COUNTED_CONSUMERS = "active_consumers"


def notes_before_rows(query: MetricsQuery, *, is_folded: bool = False) -> Iterator[str]:
    """What is known before there are rows; with `is_folded`, groups beyond the limit are one."""
    if any(each.quantile_ppm for each in query.found.values()):
        yield _SKETCH_BOUND
    if is_folded:
        unit = unit_of_order(query, query.effective_order)
        each = f" of each {unit.column}" if unit and unit.column in query.by else ""
        yield f"groups beyond the first {query.limit:,}{each} are one: {REST}"
    if query.now is not None and query.now < query.span.end:
        if any(each.is_of_minutes for each in query.found.values()):
            yield f"rates of what is not over yet are over the minutes up to {query.now:%Y-%m-%dT%H:%MZ}"
        if query.before is not None:
            yield f"the time asked for is not over, and the time before is: it is {query.now:%Y-%m-%dT%H:%MZ}"


class RowNotes:
    """Notes that depend on which rows there are: each is to be added."""

    def __init__(self, client: Client, query: MetricsQuery) -> None:
        self._client = client
        self._query = query
        self._unit = unit_of_order(query, query.effective_order)
        self._units: set[str] = set()
        self._merged = _merged(client, query)
        self._shown: dict[str, int] = {} if _CONSUMER in query.by else self._merged
        self._is_empty = True

    def add(self, row: Mapping[str, Any]) -> None:
        """Take note of a row whose dimensions are as they are stored."""
        self._is_empty = False
        if self._unit:
            self._units.add(self._unit.of(row))
        if self._merged and row.get(_CONSUMER) in self._merged:
            self._shown[row[_CONSUMER]] = self._merged[row[_CONSUMER]]

    def texts(self) -> Iterator[str]:
        """The notes. Raises as `fetch` does."""
        if self._is_empty:
            yield f"no rows: {_why_no_rows(self._client, self._query)}"
            return
        if self._unit and is_several(self._units):
            order = self._query.effective_order.column
            yield f"{order} is not compared between several values of {self._unit.column}: each has its own order"
        if note := merged_note(self._shown, self._query.subject):
            yield note


def _why_no_rows(client: Client, query: MetricsQuery) -> str:
    if not query.usage_sources:
        return why_nothing_is_configured(client, query)
    return why_no_rows(client, query, table=table_of(query.usage_sources[0]))


def _merged(client: Client, query: MetricsQuery) -> dict[str, int]:
    """The billing subjects that stand for consumers of several workspaces, as far as the question is of consumers."""
    filtered = [each for each in query.filters if each.dimension == _CONSUMER]
    if not (filtered or _CONSUMER in query.by or _COUNTED_CONSUMERS in query.found):
        return {}
    found: dict[str, int] = {}
    for source in query.usage_sources:
        found |= merged_subjects(client, query, table=table_of(source))
    values = {value for each in filtered for value in each.values}
    return {name: count for name, count in found.items() if not values or name in values or _CONSUMER in query.by}
