"""The answer to a query: its groups, the rest of them as one where there is a limit, and what to know about it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch_composed, fetch_rows_composed
from gatemeter.errors import SettingsError
from gatemeter.metrics.answer_row import RowShape
from gatemeter.metrics.catalogue import table_of
from gatemeter.metrics.comparable import first_of_each, unit_of_order
from gatemeter.metrics.comparison import BEFORE, CHANGE, compared
from gatemeter.metrics.custom_meters import SOURCE as CUSTOM_METERS
from gatemeter.metrics.custom_meters import require_stored
from gatemeter.metrics.inventory_source import inventory_notes
from gatemeter.metrics.known_minutes import MinuteRows, require_known_minutes
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.metrics.notes import RowNotes, notes_before_rows
from gatemeter.metrics.statement import Statement, statement
from gatemeter.output.placeholders import REST
from gatemeter.reports.absence import first_stored_hour, kind_of
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.rung_spans import settled_spans
from gatemeter.reports.stored_usage import require_whole_hours

QUERY_NAME = "metrics"
"""The name of the statements in logs and errors."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows with exactly `columns`; amounts of money are exact decimal numbers as text, None is not known.

    `notes` say what is to be known about the rows.
    """

    columns: Sequence[str]
    rows: Sequence[dict[str, Any]]
    notes: Sequence[str]


def answer(client: Client, query: MetricsQuery, *, most_rows: int | None = None) -> Answer:
    """Ask the store.

    Raises SeveralLabelsError, SettingsError, also for an answer of more than `most_rows`, and as `fetch` does.
    """
    _require_answerable(client, query)
    shown = _shown_groups(client, query)
    rows = _rows(client, query, shown, most_rows)
    if query.before is not None:
        before = _rows(client, replace(query, span=query.before, before=None), shown, most_rows)
        rows = list(compared(rows, before, query.by, query.found, query.labels))
        require_at_most(most_rows, rows)
    is_folded = shown is not None
    notes = [*notes_before_rows(query, is_folded=is_folded), *inventory_notes(client, query)]
    if query.before is not None:
        begins = _begins_within(client, query, query.before)
        notes += _notes_of_before(query.before, begins)
        _forget_before(rows, query, begins)
    notes += notes_of_rows(client, query, rows)
    shape = RowShape.of(query, is_folded=is_folded)
    return Answer(query.columns, [shape.shown(row) for row in rows], notes)


def group_rows(client: Client, query: MetricsQuery) -> list[dict[str, Any]]:
    """The rows of `query` for programs: with '' where events of a group do not give a dimension. Raises as `answer`."""
    _require_answerable(client, query)
    return _rows(client, query, None, None)


def streamed_group_rows(client: Client, query: MetricsQuery) -> Iterator[dict[str, Any]]:
    """As `group_rows`, read from the store while they are taken. Raises as `answer` and `fetch_rows` do."""
    _require_answerable(client, query)
    composed, shape = _composed(client, query, None), RowShape.of(query)
    yield from map(shape.row, fetch_rows_composed(client, QUERY_NAME, composed.sql, composed.parameters))


def group_rows_by_minute(client: Client, query: MetricsQuery) -> list[dict[str, Any]]:
    """As `group_rows`, from usage per minute, added up over a span of whole minutes.

    Raises SettingsError for minutes that are not known, and as `fetch` does.
    """
    hour = query.span.start.replace(minute=0)
    require_known_minutes(client, replace(query, span=TimeSpan(hour, query.span.end), period=Period.MINUTE))
    shape = RowShape.of(query)
    return [shape.row(each) for each in _fetch(client, statement(query, MinuteRows(query.span)))]


@dataclass(frozen=True, slots=True)
class StreamedAnswer:
    """As `Answer`, with rows that are read from the store while they are taken; `notes` are complete after the last."""

    columns: Sequence[str]
    rows: Iterator[dict[str, Any]]
    notes: Sequence[str]


def streamed_answer(client: Client, query: MetricsQuery) -> StreamedAnswer:
    """The answer, however many rows it has, with one block of the store's in memory at a time.

    A comparison is in memory as a whole. Raises as `answer` does; `rows` raise SeveralLabelsError, and as `fetch_rows`.
    """
    if query.before is not None:
        whole = answer(client, query)
        return StreamedAnswer(whole.columns, iter(whole.rows), whole.notes)
    _require_answerable(client, query)
    shown = _shown_groups(client, query)
    notes = [*notes_before_rows(query, is_folded=shown is not None), *inventory_notes(client, query)]
    return StreamedAnswer(query.columns, _streamed_rows(client, query, shown, notes), notes)


def _streamed_rows(
    client: Client, query: MetricsQuery, shown: list[list[str]] | None, notes: list[str]
) -> Iterator[dict[str, Any]]:
    composed, seen = _composed(client, query, shown), RowNotes(client, query)
    shape = RowShape.of(query, is_folded=shown is not None)
    for found in fetch_rows_composed(client, QUERY_NAME, composed.sql, composed.parameters):
        row = shape.row(found)
        seen.add(row)
        yield shape.shown(row)
    notes += seen.texts()


def notes_of_rows(client: Client, query: MetricsQuery, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The notes that depend on which `rows` there are, as `RowShape.row` makes them. Raises as `fetch` does."""
    notes = RowNotes(client, query)
    for row in rows:
        notes.add(row)
    return [*notes.texts()]


def prepared_statement(client: Client, query: MetricsQuery) -> Statement:
    """The statement that answers a query without comparison. Raises as `answer` does."""
    _require_answerable(client, query)
    return _composed(client, query, _shown_groups(client, query))


def _require_answerable(client: Client, query: MetricsQuery) -> None:
    _require_rate_has_minutes(query)
    if CUSTOM_METERS in query.sources:
        asked = (*query.by, *(each.dimension for each in query.filters))
        require_stored(client, tuple(query.found), asked, query.allowed)
    if query.period is Period.MINUTE:
        require_known_minutes(client, query)
        return
    for source in query.usage_sources:
        require_whole_hours(client, query, table_of(source))


def _rows(
    client: Client, query: MetricsQuery, shown: list[list[str]] | None, most_rows: int | None
) -> list[dict[str, Any]]:
    limit = None if most_rows is None else most_rows + 1
    found = _fetch(client, _composed(client, query, shown, limit))
    require_at_most(most_rows, found)
    shape = RowShape.of(query)
    return [shape.row(each) for each in found]


def _begins_within(client: Client, query: MetricsQuery, before: TimeSpan) -> dict[str, datetime]:
    """The sources of which nothing was stored yet when `before` began, with their first hours."""
    firsts = {source: first_stored_hour(client, table_of(source), query.allowed) for source in query.usage_sources}
    return {source: first for source, first in firsts.items() if first is not None and before.start < first}


def _notes_of_before(before: TimeSpan, begins: Mapping[str, datetime]) -> Iterator[str]:
    yield f"before: {_hours(before)}"
    for source, first in begins.items():
        begin = f"what is stored of {kind_of(table_of(source))} begins at {first:%Y-%m-%dT%H:%MZ}"
        yield f"{begin}: what was before is not known"


def _forget_before(rows: Iterable[dict[str, Any]], query: MetricsQuery, sources: Collection[str]) -> None:
    """Leave out the time before where it is not wholly stored: what is, is too little, and looks like the whole."""
    names = [name for name, each in query.found.items() if each.source in sources]
    unknown = dict.fromkeys(name + part for name in names for part in (BEFORE, CHANGE))
    for row in rows:
        row |= unknown


def _hours(span: TimeSpan) -> str:
    return f"{span.start:%Y-%m-%dT%H:%MZ} to {span.end:%Y-%m-%dT%H:%MZ}"


def require_at_most(most_rows: int | None, found: Sequence[object]) -> None:
    """Raises SettingsError for more than `most_rows`."""
    if most_rows is not None and len(found) > most_rows:
        raise SettingsError(
            f"the answer has more than {most_rows:,} rows",
            do="ask for fewer hours or groups, for longer periods, for pages, or for a file",
        )


def _composed(
    client: Client, query: MetricsQuery, shown: Sequence[Sequence[str]] | None, limit: int | None = None
) -> Statement:
    if query.period is Period.MINUTE:
        return statement(query, MinuteRows(query.span), shown=shown, limit=limit)
    spans = settled_spans(client, query, [table_of(source) for source in query.usage_sources])
    return statement(query, spans, shown=shown, limit=limit)


def _fetch(client: Client, composed: Statement) -> list[dict[str, Any]]:
    return fetch_composed(client, QUERY_NAME, composed.sql, composed.parameters)


def _shown_groups(client: Client, query: MetricsQuery) -> list[list[str]] | None:
    """The groups that come first over the whole span; None where there are not more of them than wanted."""
    if query.limit is None or not query.by:
        return None
    order = query.effective_order
    is_of_groups = order.column in (*query.found, *query.by)
    ranking = replace(query, period=None, order=order if is_of_groups else None, limit=None)
    spans = settled_spans(client, ranking, [table_of(source) for source in ranking.usage_sources])
    found = _fetch(client, statement(ranking, spans, limit_of_each=query.limit + 1))
    unit = unit_of_order(ranking, ranking.effective_order)
    shape = RowShape.of(ranking)
    first = first_of_each([shape.row(each) for each in found], unit, query.limit)
    # A group that is called as the rest is goes into it: of both there would be one row.
    if len(first) == len(found):
        return None
    return [groups for place in first if REST not in (groups := found[place]["groups"])]


def _require_rate_has_minutes(query: MetricsQuery) -> None:
    rate = next((name for name, each in query.found.items() if each.is_of_minutes), None)
    if rate is not None and query.period is None and not query.span.is_closed:
        raise SettingsError(
            f"{rate} of a time without begin or end is not known",
            where="--metrics",
            do="give --from and --to, or --granularity",
        )
