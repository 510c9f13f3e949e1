"""What becomes of the rows that the store gives to a query."""

from collections.abc import Mapping
from typing import Any
from unittest.mock import Mock

import pytest

from gatemeter.metrics import answer as answers
from gatemeter.metrics.answer import answer
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.output.placeholders import EMPTY
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.rung_spans import RungSpans

NOW, BEFORE = TimeSpan.parse("2026-02-02", "2026-02-03"), TimeSpan.parse("2026-02-01", "2026-02-02")


def test_a_group_with_the_name_for_none_is_compared_with_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = {"2026-02-02": {"": 5, EMPTY: 7}, "2026-02-01": {"": 1, EMPTY: 2}}

    def fetched(_client: object, _query: str, _sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        counts = stored[parameters["from"][:10]]
        return [{"groups": [name], "request_count": count} for name, count in counts.items()]

    monkeypatch.setattr(answers, "fetch_composed", fetched)
    monkeypatch.setattr(answers, "require_whole_hours", lambda *_: None)
    monkeypatch.setattr(answers, "settled_spans", lambda _client, query, _tables: RungSpans(query.span))
    monkeypatch.setattr(answers, "first_stored_hour", lambda *_: None)
    found = answer(Mock(), MetricsQuery(period=None, by=("team",), span=NOW, before=BEFORE))
    rows = [(row["team"], row["request_count"], row["request_count_before"]) for row in found.rows]
    assert rows == [(EMPTY, 5, 1), (f"{EMPTY} (name)", 7, 2)]
