"""A page of the answer to a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch_composed
from gatemeter.errors import SettingsError
from gatemeter.metrics.answer import QUERY_NAME, notes_of_rows, prepared_statement
from gatemeter.metrics.answer_row import RowShape
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.metrics.notes import notes_before_rows
from gatemeter.output.layout import PERIOD
from gatemeter.reports.pages import PageKey, page_sql


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """Rows as those of `Answer`, and the key of the last one if there are more."""

    columns: Sequence[str]
    rows: Sequence[dict[str, Any]]
    notes: Sequence[str]
    last: PageKey | None


def answer_page(client: Client, query: MetricsQuery, most_rows: int, after: PageKey | None) -> AnswerPage:
    """The first `most_rows`, or those behind `after`. Raises as `answer` and `require_pages` do."""
    require_pages(query, is_compared=query.before is not None)
    composed = prepared_statement(client, query)
    sql = page_sql(composed.sql, "found.groups", query.period, most_rows + 1, is_first=after is None)
    parameters = composed.parameters | (after.query_parameters if after else {})
    found = fetch_composed(client, QUERY_NAME, sql, parameters)
    shown = found[:most_rows]
    last = PageKey(shown[-1][PERIOD], shown[-1]["groups"]) if len(found) > most_rows else None
    shape = RowShape.of(query)
    rows = [shape.row(each) for each in shown]
    notes = [*notes_before_rows(query), *notes_of_rows(client, query, rows)]
    return AnswerPage(query.columns, [shape.shown(row) for row in rows], notes, last)


def require_pages(query: MetricsQuery, *, is_compared: bool) -> None:
    """Raises SettingsError for what is not in the order of periods and groups."""
    if query.order is not None or query.limit is not None or is_compared:
        raise SettingsError(
            "pages are in the order of periods and groups", do="leave out order, limit and compare, or the pages"
        )
