"""The billable report: requests, status classes and bytes per period and consumer."""

from collections.abc import Iterator
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict

from gatemeter.clickhouse.query import fetch_composed
from gatemeter.output.layout import MissingCount, TableLayout
from gatemeter.reports.pages import PageKey, page_sql
from gatemeter.reports.parquet import model_columns, period_column, report_parquet
from gatemeter.reports.stored_usage import fetch_usage, require_whole_hours, usage_statement
from gatemeter.reports.usage_parameters import UsageParameters
from gatemeter.schema import API_USAGE


class BillableRow(BaseModel):
    """One consumer in one period; the fields are the columns of every output, in this order."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    period: str
    """`2026`, `2026-02`, a week's Monday or a day as `2026-02-03`, or `2026-02-03T10:00:00Z`."""
    consumer_id: str
    """The billing subject; `anonymous` for requests without a consumer."""
    consumer_username: str
    consumer_custom_id: str
    requests: int
    billable_requests: int
    """By the default of docs/billing.md; bills ask the plan file, which may say otherwise."""
    not_billable_requests: int
    """What the gateway refused itself."""
    status_1xx: int
    status_2xx: int
    status_3xx: int
    status_4xx: int
    status_5xx: int
    status_unknown: int
    """Requests without a status, or with one outside of 100 to 599."""
    request_bytes: int | None
    """None where no request has a size."""
    response_bytes: int | None
    requests_without_request_bytes: int
    requests_without_response_bytes: int
    request_bytes_kind: str
    """What `request_bytes` adds up: `wire` (with headers), `body`, `as sent` (the sender does not say), or several of
    them, as in `body+wire`; '' where no request has a size."""
    response_bytes_kind: str


BILLABLE_TABLE = TableLayout(
    columns=(
        *("period", "consumer_username", "consumer_custom_id", "consumer_id"),
        *("requests", "billable_requests", "not_billable_requests"),
    ),
    keys=("period", "consumer_username"),
    first_left_out=(
        "consumer_id",
        "consumer_custom_id",
        "request_bytes_kind",
        "response_bytes_kind",
        "requests_without_request_bytes",
        "requests_without_response_bytes",
        "status_1xx",
        "status_unknown",
        "status_3xx",
        "request_bytes",
        "response_bytes",
    ),
    most_important=("requests",),
    order_by=("requests",),
    totals=(
        "requests",
        "billable_requests",
        "not_billable_requests",
        *(f"status_{kind}" for kind in ("1xx", "2xx", "3xx", "4xx", "5xx", "unknown")),
        "request_bytes",
        "response_bytes",
        "requests_without_request_bytes",
        "requests_without_response_bytes",
    ),
    missing_counts=(
        MissingCount("requests_without_request_bytes", "requests", "tell no request_bytes", measure="request_bytes"),
        MissingCount("requests_without_response_bytes", "requests", "tell no response_bytes", measure="response_bytes"),
    ),
    fallbacks={"consumer_username": "consumer_id"},
)
"""Who made how many requests, by name; a consumer without a user name is shown by its id."""


@dataclass(frozen=True, slots=True)
class BillableParameters(UsageParameters):
    """A row is whole when its billing subject had any of the names in `consumers`."""


def billable_report(client: Client, parameters: BillableParameters) -> Iterator[BillableRow]:
    """The rows by period and billing subject. Raises as `fetch_usage` does."""
    rows = fetch_usage(client, "billable", parameters, table=API_USAGE.name)
    return map(BillableRow.model_validate, rows)


def billable_page(
    client: Client, parameters: BillableParameters, most_rows: int, after: PageKey | None
) -> tuple[list[BillableRow], PageKey | None]:
    """The first rows, or those behind `after`, and the key of the last of them if there are more.

    Raises as `fetch_usage` does.
    """
    require_whole_hours(client, parameters, API_USAGE.name)
    more = after.query_parameters if after else None
    whole, given = usage_statement(client, "billable", parameters, API_USAGE.name, more=more)
    sql = page_sql(whole, "[found.consumer_id]", parameters.period, most_rows + 1, is_first=after is None)
    found = [BillableRow.model_validate(row) for row in fetch_composed(client, "billable", sql, given)]
    shown = found[:most_rows]
    last = PageKey(shown[-1].period, [shown[-1].consumer_id]) if len(found) > most_rows else None
    return shown, last


def billable_parquet(client: Client, parameters: BillableParameters) -> Iterator[bytes]:
    """The same rows as the pieces of a Parquet file. Raises as `report_parquet` does."""
    columns = model_columns(BillableRow, BillableRow.model_fields) | period_column(parameters.period)
    return report_parquet(client, "billable", parameters, columns, table=API_USAGE.name)
