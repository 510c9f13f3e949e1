"""The billable report: requests, status classes and bytes per period and consumer."""

from dataclasses import dataclass

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict

from gatemeter.reports.query import fetch
from gatemeter.reports.usage_parameters import UsageParameters


class BillableRow(BaseModel):
    """One consumer in one period; the fields are the columns of every output, in this order."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    period: str
    """`2026`, `2026-02`, `2026-02-03` or `2026-02-03T10:00:00Z` (UTC)."""
    consumer_id: str
    """The billing subject; `anonymous` for requests without a consumer."""
    consumer_username: str
    consumer_custom_id: str
    requests: int
    status_1xx: int
    status_2xx: int
    status_3xx: int
    status_4xx: int
    status_5xx: int
    status_unknown: int
    """No status, or one outside of 100 to 599."""
    request_bytes: int
    response_bytes: int


@dataclass(frozen=True, slots=True)
class BillableParameters(UsageParameters):
    """A row is whole when its billing subject had any of the names in `consumers`."""


def billable_report(client: Client, parameters: BillableParameters) -> list[BillableRow]:
    """The rows by period and billing subject. Raises RetryableError or StopError as `fetch` does."""
    rows = fetch(client, "billable", parameters.query_parameters)
    return [BillableRow.model_validate(row) for row in rows]
