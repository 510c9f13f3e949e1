"""The latency report: exact count, mean, extremes, and percentiles within one percent, per group."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict

from gatemeter.reports.period import TimeSpan
from gatemeter.reports.query import fetch


class LatencyGroup(StrEnum):
    """What latencies can be told apart by."""

    SERVICE = "service"
    ROUTE = "route"
    CONSUMER = "consumer"


class LatencyRow(BaseModel):
    """One latency of one group, in milliseconds. Groups that were not asked for are ''."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    service: str
    """The service's name, else its id, else `none`."""
    route: str
    consumer: str
    """The consumer's id, else `anonymous`."""
    latency: str
    """`request`, `upstream` or `gateway`."""
    count: int
    """Measured values; a latency that was not measured counts nowhere."""
    avg_ms: float
    min_ms: float
    p50_ms: float
    p90_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float

    def record(self, by: Sequence[LatencyGroup]) -> dict[str, Any]:
        """The row as it is put out: the columns of the groups in `by`, in that order, then the measures."""
        values = self.model_dump()
        groups = {group.value: values[group.value] for group in by}
        return groups | {name: value for name, value in values.items() if name not in set(LatencyGroup)}


@dataclass(frozen=True, slots=True)
class LatencyParameters:
    """`by` names one or more groups; none means one group of everything."""

    by: Sequence[LatencyGroup] = (LatencyGroup.SERVICE,)
    span: TimeSpan = field(default_factory=TimeSpan)


def latency_columns(by: Sequence[LatencyGroup]) -> list[str]:
    """The names of a record's columns, in order."""
    measures = [name for name in LatencyRow.model_fields if name not in set(LatencyGroup)]
    return [group.value for group in by] + measures


def latency_report(client: Client, parameters: LatencyParameters) -> list[LatencyRow]:
    """The rows by group, then request, upstream, gateway. Raises RetryableError or StopError as `fetch` does."""
    by = [group.value for group in parameters.by]
    rows = fetch(client, "latency", {"by": by, **parameters.span.parameters})
    return [LatencyRow.model_validate(row) for row in rows]
