"""The catalogue of metrics: what each name means, and what is said of names that it does not have."""

import pytest

from gatemeter.errors import SettingsError
from gatemeter.metrics.catalogue import dimension, dimensions, label, metric, metrics, table_of
from gatemeter.schema import TABLES


def test_every_source_is_a_stored_table() -> None:
    stored = {table.name for table in TABLES}
    assert {table_of(each.source) for each in metrics().values()} <= stored


def test_every_dimension_is_of_some_source() -> None:
    for name, found in dimensions().items():
        assert any(found.sql(source) for source in ("api", "llm", "agentic")), name


def test_every_amount_has_a_currency() -> None:
    money = {name: each for name, each in metrics().items() if each.type == "money"}
    assert money
    for each in money.values():
        assert each.label in dimensions()
        assert label(each.label).source == each.source


@pytest.mark.parametrize(
    ("name", "ppm"),
    [
        ("latency_request_p50", 500_000),
        ("llm_latency_p99_9", 999_000),
        ("mcp_latency_p5", 50_000),
        ("request_size_p95", 950_000),
    ],
)
def test_any_percentile_of_a_latency_can_be_asked_for(name: str, ppm: int) -> None:
    assert metric(name).quantile_ppm == ppm


def test_the_name_of_a_latency_alone_is_its_mean() -> None:
    assert metric("time_per_token") == metric("time_per_token_avg")
    assert metric("response_size") == metric("response_size_avg")


@pytest.mark.parametrize(
    ("name", "close"),
    [("request_cont", "request_count"), ("latency_request_p999", "latency_request_p99"), ("llm_costs", "llm_cost")],
)
def test_an_unknown_metric_is_refused_with_the_nearest(name: str, close: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}.*{close}"):
        metric(name)


def test_an_unknown_dimension_is_refused_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"custmer.*consumer"):
        dimension("custmer")


@pytest.mark.parametrize("name", ["", "a' OR 1", "latency_request_p99; DROP TABLE x", "\x00", "p" * 10_000])
def test_hostile_names_are_refused_without_being_repeated_at_length(name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        metric(name)
    assert len(str(refused.value).split(";")[0]) < 200
