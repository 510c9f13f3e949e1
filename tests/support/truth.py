"""Holds the reports of a store against the truth that the traffic generator wrote."""

from collections.abc import Sequence
from typing import Any

USAGE_KEYS = {
    "llm": ("period", "consumer_id", "provider", "request_model", "response_model", "outcome"),
    "tools": ("period", "kind", "method", "tool", "task_state"),
}
"""The reports of usage, and the columns that identify their rows."""


def assert_truth(report: dict[str, Any], truth: dict[str, Any]) -> None:
    """Hold reports against the generator's truth: counts and sums exactly, percentiles within 1 %."""
    assert report["license"] == truth["license"]
    for period in ("day", "month"):
        assert_same_rows(report[f"billable by {period}"], truth["billable"][period], ("period", "consumer_id"))
    for group in ("service", "route", "consumer"):
        assert_latencies(report[f"latency by {group}"], truth["latency"][group], group)

    for kind, key in USAGE_KEYS.items():
        assert_usage(report[kind], truth[kind], key)


def assert_usage(found: Sequence[dict[str, Any]], truth: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
    """The same groups; every number the truth knows exactly, means to six places, percentiles within 1 %."""
    rows = {tuple(row[name] for name in key): row for row in found}
    assert rows.keys() == {tuple(row[name] for name in key) for row in truth}
    for expected in truth:
        row = rows[tuple(expected[name] for name in key)]
        for name, value in expected.items():
            if value is None or not (name == "avg_ms" or (name.startswith("p") and name.endswith("_ms"))):
                assert row[name] == value, (name, row, expected)
            else:
                allowed = 0.0 if name == "avg_ms" else 0.01 * value
                assert abs(row[name] - value) <= allowed + 1e-6, (name, row, expected)


def assert_same_rows(found: Sequence[dict[str, Any]], truth: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
    """Equal rows, in any order."""
    by_key = [{tuple(row[name] for name in key): row for row in rows} for rows in (found, truth)]
    assert by_key[0] == by_key[1]


def assert_latencies(found: Sequence[dict[str, Any]], truth: Sequence[dict[str, Any]], group: str) -> None:
    """The same groups; exact counts and extremes, means to the report's six places, percentiles within 1 %."""
    rows = {(row[group], row["latency"]): row for row in found}
    assert rows.keys() == {(row[group], row["latency"]) for row in truth}
    for expected in truth:
        row = rows[expected[group], expected["latency"]]
        for name in ("count", "min_ms", "max_ms"):
            assert row[name] == expected[name], (group, row)
        assert abs(row["avg_ms"] - expected["avg_ms"]) <= 1e-6, row
        for name in ("p50_ms", "p90_ms", "p95_ms", "p99_ms"):
            assert abs(row[name] - expected[name]) <= 0.01 * expected[name] + 1e-6, (name, row, expected)
