"""The SQL of a query: what ClickHouse needs in it to read few rows."""

import pytest

from gatemeter.metrics.filters import Filter
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.metrics.statement import statement
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.rung_spans import RungSpans
from gatemeter.reports.usage_parameters import Subject

SPANS = RungSpans(TimeSpan())


@pytest.mark.parametrize(("values", "ids"), [("a,b", ["a", "b"]), ("anonymous,anonymous (name)", ["", "anonymous"])])
def test_consumers_are_found_by_their_stored_ids(values: str, ids: list[str]) -> None:
    query = MetricsQuery(period=None, filters=(Filter.parse(f"consumer in {values}"),))
    found = statement(query, SPANS)
    assert "chosen.consumer_id IN {ids_0:Array(String)}" in found.sql
    assert found.parameters["ids_0"] == ids


@pytest.mark.parametrize(("subject", "text"), [(Subject.USERNAME, "consumer in a"), (Subject.ID, "consumer not in a")])
def test_other_names_and_operators_are_not_looked_up_by_id(subject: Subject, text: str) -> None:
    query = MetricsQuery(period=None, subject=subject, filters=(Filter.parse(text),))
    assert "consumer_id IN" not in statement(query, SPANS).sql
