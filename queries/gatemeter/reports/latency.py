"""The latency report: exact count, mean, extremes, and percentiles within one percent, per group."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict

from gatemeter.output.layout import PERIOD, TableLayout
from gatemeter.reports.grouping import CONSUMER_USERNAME, table_fallbacks, table_keys
from gatemeter.reports.parquet import model_columns, period_column, report_parquet
from gatemeter.reports.period import Period
from gatemeter.reports.stored_usage import fetch_usage
from gatemeter.reports.usage_parameters import UsageParameters
from gatemeter.schema import API_USAGE


class LatencyGroup(StrEnum):
    """What latencies can be grouped by."""

    SERVICE = "service"
    ROUTE = "route"
    CONSUMER = "consumer"


_KEYS = (PERIOD, *(group.value for group in LatencyGroup), CONSUMER_USERNAME)


class LatencyRow(BaseModel):
    """One latency of one group, in milliseconds. Groups that were not asked for are ''."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    period: str = ""
    """'' where the whole span is one."""
    service: str
    """The service's name, else its id, else `none`."""
    route: str
    consumer: str
    """The billing subject; `anonymous` for requests without a consumer."""
    consumer_username: str
    """The latest user name of the consumers in the group; '' where none has one."""
    latency: str
    """`request`, `upstream` or `gateway`."""
    count: int
    """Measured values; a latency that was not measured is not counted."""
    avg_ms: float
    min_ms: float
    p50_ms: float
    p90_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class LatencyParameters(UsageParameters):
    """`by` names any number of groups; none means one group of everything."""

    period: Period | None = None
    by: Sequence[LatencyGroup] = (LatencyGroup.SERVICE,)

    @property
    def columns(self) -> list[str]:
        """The columns of every output, in order: the period if there are periods, the groups, the measures."""
        measures = [name for name in LatencyRow.model_fields if name not in _KEYS]
        return [*([PERIOD] if self.period else []), *map(str, self.by), *measures]

    @property
    def table(self) -> TableLayout:
        """The groups with the most requests first; the latencies of one group stay together."""
        groups = [group.value for group in self.by]
        keys = (*table_keys(groups, LatencyGroup.CONSUMER), "latency")
        return TableLayout(
            columns=(*keys[:-1], LatencyGroup.CONSUMER, "latency"),
            keys=keys,
            first_left_out=(LatencyGroup.CONSUMER, "min_ms", "p90_ms", "avg_ms", "max_ms", "p95_ms"),
            most_important=("count", "p50_ms"),
            charts=("p99_ms",),
            order_by=("count",),
            kept_together=groups,
            fallbacks=table_fallbacks(groups, LatencyGroup.CONSUMER),
        )

    def record(self, row: LatencyRow) -> dict[str, Any]:
        """The row as JSON and CSV write it: {column: value}."""
        return {name: getattr(row, name) for name in self.columns}

    @property
    def table_columns(self) -> list[str]:
        """The columns of a table: those of every output, and the consumers' names."""
        return [*self.columns, *table_fallbacks(self.by, LatencyGroup.CONSUMER)]

    def table_record(self, row: LatencyRow) -> dict[str, Any]:
        """The row as a table shows it: {column: value}."""
        return {name: getattr(row, name) for name in self.table_columns}


def latency_report(client: Client, parameters: LatencyParameters) -> Iterator[LatencyRow]:
    """The rows by period and group, then request, upstream, gateway. Raises as `fetch_usage` does."""
    by = [group.value for group in parameters.by]
    rows = fetch_usage(client, "latency", parameters, table=API_USAGE.name, by=by)
    return map(LatencyRow.model_validate, rows)


def latency_parquet(client: Client, parameters: LatencyParameters) -> Iterator[bytes]:
    """The same rows as the pieces of a Parquet file. Raises as `report_parquet` does."""
    columns = model_columns(LatencyRow, parameters.columns)
    if parameters.period:
        columns |= period_column(parameters.period)
    by = [group.value for group in parameters.by]
    return report_parquet(client, "latency", parameters, columns, table=API_USAGE.name, by=by)
