"""The questions that an API answers, each asked of the store for the rows that there are for a caller."""

from http import HTTPStatus
from itertools import islice
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.api.requests import BillableRequest, LicenseRequest
from gatemeter.clickhouse.query import fetch
from gatemeter.httpserver.problem import ProblemError
from gatemeter.metrics.answer import Answer, answer, require_at_most
from gatemeter.metrics.catalogue import dimensions, metrics
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.metrics.span import AskedSpan
from gatemeter.reports.billable import billable_report
from gatemeter.reports.license import LicenseParameters, MonthlyBucket, monthly_buckets
from gatemeter.reports.usage_parameters import AllowedRows


def answer_query(client: Client, query: MetricsQuery, span: AskedSpan, most_rows: int) -> Answer:
    """Raises as `AskedSpan.of` and `answer` do."""
    return answer(client, span.of(client, query), most_rows=most_rows)


def billable_rows(
    client: Client, request: BillableRequest, allowed: AllowedRows, most_rows: int
) -> list[dict[str, Any]]:
    """Rows with the fields of `BillableRow`.

    Raises as `span_in_zone` and `billable_report` do, and SettingsError for more than `most_rows`.
    """
    rows = billable_report(client, request.parameters(client, allowed))
    found = [row.model_dump() for row in islice(rows, most_rows + 1)]
    require_at_most(most_rows, found)
    return found


def license_buckets(client: Client, request: LicenseRequest) -> list[MonthlyBucket]:
    """Raises as `fetch` does."""
    return monthly_buckets(client, LicenseParameters(request.exclude_gateway_answers))


def require_all_rows(allowed: AllowedRows) -> None:
    """Raises ProblemError (403): the license report is of everybody's requests, and its table names no consumers."""
    if not allowed.is_all:
        raise ProblemError(
            HTTPStatus.FORBIDDEN, "the license report is of all consumers, and the token is limited to some"
        )


def require_answering(client: Client) -> None:
    """Raises as `fetch` does if the store does not answer."""
    fetch(client, "time_zone_known", {"time_zone": "UTC"})


def catalogue() -> dict[str, list[dict[str, Any]]]:
    """All metrics, with the dimensions that each is known by, and all dimensions, in the order of the catalogue."""
    known = dimensions()
    return {
        "metrics": [
            {
                "name": name,
                "type": metric.type,
                "description": metric.description,
                "dimensions": [each for each, dimension in known.items() if dimension.sql(metric.source)],
            }
            for name, metric in metrics().items()
        ],
        "dimensions": [{"name": name, "description": each.description} for name, each in known.items()],
    }
