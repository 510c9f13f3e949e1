"""Groups beside themselves in the time before."""

from typing import Any

import pytest

from gatemeter.errors import ConflictError
from gatemeter.metrics.catalogue import metric
from gatemeter.metrics.comparison import compared, compared_columns

METRICS = {name: metric(name) for name in ("request_count", "latency_request_p99", "llm_cost")}


def row(consumer: str, count: int, p99: float | None, cost: str | None, currency: str | None = "EUR") -> dict[str, Any]:
    values = {"request_count": count, "latency_request_p99": p99, "llm_cost": cost}
    return {"consumer": consumer, **values, "cost_currency": currency}


def values_of(now: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(each.values()) for each in compared(now, before, ["consumer"], METRICS, ["cost_currency"])]


def test_each_metric_has_its_value_before_and_the_change() -> None:
    assert values_of([row("a", 30, 5.0, "0.3")], [row("a", 20, 4.0, "0.1")]) == [
        ("a", 30, 20, 0.5, 5.0, 4.0, 0.25, "0.3", "0.1", 2.0, "EUR")
    ]


def test_new_groups_had_nothing_and_groups_that_are_gone_follow() -> None:
    assert values_of([row("new", 3, 1.0, "1")], [row("gone", 2, 4.0, "5")]) == [
        ("new", 3, 0, None, 1.0, None, None, "1", "0", None, "EUR"),
        ("gone", 0, 2, -1.0, None, 4.0, None, "0", "5", -1.0, "EUR"),
    ]


def test_what_is_not_known_has_not_changed_by_a_known_share() -> None:
    assert values_of([row("a", 1, None, None)], [row("a", 1, None, "1")]) == [
        ("a", 1, 1, 0.0, None, None, None, None, "1", None, "EUR")
    ]


def test_amounts_in_another_currency_than_before_are_refused() -> None:
    with pytest.raises(ConflictError, match="is USD now and was EUR; add cost_currency to --by"):
        values_of([row("a", 1, 1.0, "1", "USD")], [row("a", 1, 1.0, "1")])


def test_the_columns_are_those_of_the_rows() -> None:
    columns = compared_columns(["consumer", *METRICS, "cost_currency"], METRICS)
    [found] = compared([row("a", 1, 1.0, "1")], [], ["consumer"], METRICS, ["cost_currency"])
    assert list(found) == columns
