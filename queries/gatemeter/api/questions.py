"""The questions that an API answers, each asked of the store for the rows that there are for a caller."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.api.member_words import in_member_words
from gatemeter.api.paging import Page
from gatemeter.api.requests import BillableMembers, BillableRequest, LicenseRequest
from gatemeter.clickhouse.query import fetch
from gatemeter.license_report.buckets import LicenseParameters, MonthlyBucket, license_parquet, monthly_buckets
from gatemeter.license_report.inventoried import Inventoried, inventoried
from gatemeter.metrics.answer import Answer, answer, require_at_most, streamed_answer
from gatemeter.metrics.answer_page import answer_page
from gatemeter.metrics.answer_parquet import answer_parquet
from gatemeter.metrics.catalogue import dimensions, metrics
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.metrics.minute_catalogue import has_minutes, tells_minutes_apart
from gatemeter.metrics.span import AskedSpan
from gatemeter.output.records import Record, csv_pieces
from gatemeter.reports.billable import BillableRow, billable_page, billable_parquet, billable_report
from gatemeter.reports.usage_parameters import AllowedRows


def answer_query(client: Client, query: MetricsQuery, span: AskedSpan, most_rows: int) -> Answer:
    """Raises as `AskedSpan.of` and `answer` do."""
    return answer(client, span.of(client, query), most_rows=most_rows)


def query_rows(client: Client, query: MetricsQuery, span: AskedSpan, most_rows: int) -> dict[str, Any]:
    """The answer as JSON. Raises as `answer_query` does."""
    found = answer_query(client, query, span, most_rows)
    return _document(found.columns, found.rows, found.notes, len(found.rows), None)


def query_page(client: Client, query: MetricsQuery, span: AskedSpan, page: Page, now: datetime) -> dict[str, Any]:
    """A page of the answer as JSON. Raises as `AskedSpan.of` and `answer_page` do."""
    found = answer_page(client, span.of(client, query), page.rows, page.after)
    is_all = page.after is None and found.last is None
    row_count = len(found.rows) if is_all else None
    return _document(found.columns, found.rows, found.notes, row_count, page.cursor(found.last, now))


def _document(
    columns: Sequence[str], rows: Sequence[Record], notes: Sequence[str], row_count: int | None, following: str | None
) -> dict[str, Any]:
    said = [in_member_words(note) for note in notes]
    return {"columns": columns, "rows": rows, "notes": said, "row_count": row_count, "next": following}


def query_csv(client: Client, query: MetricsQuery, span: AskedSpan) -> Iterator[bytes]:
    """The answer as pieces of CSV, however long it is. Raises as `AskedSpan.of` and `streamed_answer` do."""
    found = streamed_answer(client, span.of(client, query))
    return csv_pieces(found.rows, found.columns)


def query_parquet(client: Client, query: MetricsQuery, span: AskedSpan) -> Iterator[bytes]:
    """The answer as pieces of a Parquet file. Raises as `AskedSpan.of` and `answer_parquet` do."""
    return answer_parquet(client, span.of(client, query))


def billable_rows(
    client: Client, request: BillableMembers, allowed: AllowedRows, most_rows: int
) -> list[dict[str, Any]]:
    """Rows with the fields of `BillableRow`.

    Raises as `span_in_zone` and `billable_report` do, and SettingsError for more than `most_rows`.
    """
    rows = billable_report(client, request.parameters(client, allowed))
    found = [row.model_dump() for row in islice(rows, most_rows + 1)]
    require_at_most(most_rows, found)
    return found


def billable_rows_of_page(
    client: Client, request: BillableRequest, allowed: AllowedRows, page: Page, now: datetime
) -> tuple[list[dict[str, Any]], str | None]:
    """Rows with the fields of `BillableRow`, and the text that asks for those that follow.

    Raises as `span_in_zone` and `billable_page` do.
    """
    found, last = billable_page(client, request.parameters(client, allowed), page.rows, page.after)
    return [row.model_dump() for row in found], page.cursor(last, now)


def billable_csv(client: Client, request: BillableRequest, allowed: AllowedRows) -> Iterator[bytes]:
    """The rows as pieces of CSV, however many there are. Raises as `span_in_zone` and `billable_report` do."""
    rows = billable_report(client, request.parameters(client, allowed))
    return csv_pieces((row.model_dump() for row in rows), list(BillableRow.model_fields))


def billable_file(client: Client, request: BillableRequest, allowed: AllowedRows) -> Iterator[bytes]:
    """The rows as pieces of a Parquet file. Raises as `span_in_zone` and `billable_parquet` do."""
    return billable_parquet(client, request.parameters(client, allowed))


def license_facts(client: Client, request: LicenseRequest) -> tuple[list[MonthlyBucket], Inventoried]:
    """The months, and what the inventory tells. Raises as `monthly_buckets` and `inventoried` do."""
    buckets = monthly_buckets(client, LicenseParameters(request.exclude_gateway_answers, request.topic))
    return buckets, inventoried(client, request.control_plane, has_topics=bool(request.topic))


def license_file(client: Client, request: LicenseRequest) -> Iterator[bytes]:
    """The months as pieces of a Parquet file. Raises as `license_parquet` does."""
    return license_parquet(client, LicenseParameters(request.exclude_gateway_answers, request.topic))


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
                "by_minute": has_minutes(metric),
            }
            for name, metric in metrics().items()
        ],
        "dimensions": [
            {"name": name, "description": each.description, "by_minute": tells_minutes_apart(each)}
            for name, each in known.items()
        ],
    }
