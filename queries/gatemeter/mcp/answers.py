"""What the tools answer: each asks the store for the rows that may be seen."""

from decimal import Decimal
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.api.member_words import in_member_words
from gatemeter.api.questions import answer_query, billable_rows
from gatemeter.clock import SystemClock
from gatemeter.mcp.arguments import BillableArguments, CatalogueArguments, QueryArguments, TopConsumersArguments
from gatemeter.mcp.pages import page_of
from gatemeter.metrics.answer import Answer
from gatemeter.metrics.catalogue import dimensions, label, metrics, table_of
from gatemeter.metrics.custom_meters import stored_names
from gatemeter.metrics.declared import INVENTORY_KINDS, Metric
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.metrics.span import AskedSpan
from gatemeter.reports.absence import first_stored_hour, why_no_rows
from gatemeter.reports.merged_subjects import merged_note, merged_subjects
from gatemeter.reports.usage_parameters import AllowedRows

_MOST_ROWS = 5_000
"""That an answer may have at all, of which an agent is shown a page."""
_SHARE_DIGITS = 6
_ADDITIVE = ("count", "bytes", "money")
_UNITS = {
    "count": "whole number",
    "ratio": "share, 0 to 1",
    "rate": "per minute",
    "bytes": "bytes",
    "size": "bytes",
    "decimal": "exact decimal as text",
    "ms": "milliseconds",
    "money": "exact decimal as text",
}


def list_metrics(client: Client, arguments: CatalogueArguments, allowed: AllowedRows) -> dict[str, Any]:
    """What can be asked for, and since when there is usage. Raises as `fetch` does."""
    wanted = arguments.contains.lower()
    found = {name: each for name, each in metrics().items() if wanted in f"{name} {each.description}".lower()}
    all_sources = dict.fromkeys(each.source for each in metrics().values())
    sources = list(dict.fromkeys(each.source for each in found.values()) or all_sources)
    meters, groups = stored_names(client, allowed)
    return {
        "metrics": [
            {"name": name, "unit": unit_of(each), "source": each.source, "description": each.description}
            for name, each in found.items()
        ],
        "dimensions": [
            {"name": name, "sources": known_by, "description": each.description}
            for name, each in dimensions().items()
            if (known_by := [source for source in sources if each.sql(source)])
        ],
        "custom_meters": sorted(each for each in meters if wanted in each),
        "groups_of_custom_meters": sorted(groups),
        "usage_begins": {each: _first_hour(client, each, allowed) for each in sources if each not in INVENTORY_KINDS},
        "now": f"{SystemClock().now():%Y-%m-%dT%H:%MZ}",
    }


def query(client: Client, arguments: QueryArguments, allowed: AllowedRows) -> dict[str, Any]:
    """A page of an answer. Raises as `answer_query` does."""
    asked = arguments.query(allowed)
    found = answer_query(client, asked, arguments.span(SystemClock().now()), _MOST_ROWS)
    return _document(found, asked, arguments.offset, arguments.max_rows)


def top_consumers(client: Client, arguments: TopConsumersArguments, allowed: AllowedRows) -> dict[str, Any]:
    """The consumers with the most of a metric; of what adds up, each with its share. Amounts in several
    currencies do not. Raises as `answer_query` does."""
    arguments.written_span()
    span = AskedSpan.parse(arguments.from_, arguments.to, arguments.last, SystemClock().now())
    asked = MetricsQuery(
        metrics=[arguments.metric],
        by=["consumer"],
        limit=arguments.limit,
        period=None,
        subject=arguments.subject,
        time_zone=arguments.tz,
        allowed=allowed,
    )
    document = _document(answer_query(client, asked, span, _MOST_ROWS), asked, 0, _MOST_ROWS)
    if asked.found[arguments.metric].type in _ADDITIVE and _is_of_one_currency(document, asked):
        _add_shares(document, arguments.metric)
    return document


def billable(client: Client, arguments: BillableArguments, allowed: AllowedRows) -> dict[str, Any]:
    """A page of the billable report. Raises as `billable_rows` does."""
    arguments.written_span()
    rows, table = billable_rows(client, arguments, allowed, _MOST_ROWS), table_of("api")
    parameters = arguments.parameters(client, allowed)
    merged = merged_note(merged_subjects(client, parameters, table=table), parameters.subject)
    notes = [merged] if merged else []
    if not rows:
        notes.append(f"no rows: {why_no_rows(client, parameters, table=table)}")
    return {**page_of(rows, arguments.offset, arguments.max_rows), "notes": list(map(in_member_words, notes))}


def unit_of(metric: Metric) -> str:
    """What a number of the metric is, in words."""
    unit = _UNITS.get(metric.type, metric.type)
    return f"{unit}, in {metric.label}" if metric.label else unit


def _document(found: Answer, asked: MetricsQuery, offset: int, most_rows: int) -> dict[str, Any]:
    units = {name: unit_of(each) for name, each in asked.found.items()}
    return {**page_of(found.rows, offset, most_rows), "units": units, "notes": list(map(in_member_words, found.notes))}


def _is_of_one_currency(document: dict[str, Any], asked: MetricsQuery) -> bool:
    """Whether the rows' numbers can be added: amounts in two currencies have no sum, and so no shares of it."""
    names = [name for name in asked.labels if label(name).is_one]
    rows = (row for row in document["rows"] if Decimal(row[asked.metrics[0]] or 0))
    return len({tuple(row[name] for name in names) for row in rows}) <= 1


def _add_shares(document: dict[str, Any], metric: str) -> None:
    values = [None if row[metric] is None else Decimal(row[metric]) for row in document["rows"]]
    total = sum((each for each in values if each is not None), Decimal(0))
    for row, value in zip(document["rows"], values, strict=True):
        row["share"] = round(float(value / total), _SHARE_DIGITS) if value is not None and total else None
    document["units"]["share"] = f"share of {metric} of all consumers, 0 to 1"


def _first_hour(client: Client, source: str, allowed: AllowedRows) -> str | None:
    first = first_stored_hour(client, table_of(source), allowed)
    return None if first is None else f"{first:%Y-%m-%dT%H:%MZ}"
