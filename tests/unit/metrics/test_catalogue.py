"""The catalogue of metrics: what each name means, and what is said of names that it does not have."""

import tomllib
from importlib.resources import files

import pytest

from gatemeter.errors import SettingsError
from gatemeter.metrics.catalogue import dimension, dimensions, label, metric, metrics, table_of
from gatemeter.metrics.declared import INVENTORY_KINDS
from gatemeter.schema import TABLES
from gatemeter.schema.units import UNIT_NAMES


def test_every_source_of_usage_is_a_stored_table() -> None:
    stored = {table.name for table in TABLES}
    usage = {each.source for each in metrics().values()} - set(INVENTORY_KINDS)
    assert {table_of(source) for source in usage} <= stored


def test_every_dimension_is_of_some_source() -> None:
    for name, found in dimensions().items():
        assert any(found.sql(source) for source in ("api", "llm", "agentic", "streams", "meters", *INVENTORY_KINDS)), (
            name
        )


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


FAMILIES = {
    "latency_": ("request", "upstream", "gateway"),
    "": ("request_size", "response_size", "llm_latency", "embeddings_latency", "mcp_latency", "a2a_latency"),
}
PROMISED = [
    *("request_count", "requests_per_minute", "error_rate", "request_size_sum", "response_size_sum", "llm_calls"),
    *("prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "llm_cost", "unpriced_calls"),
    *(f"llm_cost_evidence_{evidence}" for evidence in ("reported", "computed", "estimated")),
    *("cost_savings", "embeddings_tokens", "embeddings_cost", "mcp_calls", "mcp_errors"),
    *("mcp_response_size_sum", "a2a_calls", "a2a_response_size_sum", *UNIT_NAMES),
    *(
        f"{start}{name}_{statistic}"
        for start, names in FAMILIES.items()
        for name in names
        for statistic in ("avg", "p50", "p90", "p95", "p99")
    ),
]


def test_every_promised_metric_is_in_the_catalogue() -> None:
    assert set(PROMISED) <= set(metrics())


@pytest.mark.parametrize(
    ("alias", "meant"),
    [
        ("request_per_minute", "requests_per_minute"),
        ("ai_request_count", "llm_calls"),
        ("kong_latency_p99", "latency_gateway_p99"),
        ("response_latency_average", "latency_request_avg"),
        ("llm_latency_average", "llm_latency_avg"),
        ("latency_request_p99.9", "latency_request_p99_9"),
        ("LATENCY_REQUEST_P99", "latency_request_p99"),
    ],
)
def test_what_others_call_a_metric_is_suggested_and_refused(alias: str, meant: str) -> None:
    with pytest.raises(SettingsError, match=rf"did you mean {meant}\?"):
        metric(alias)


@pytest.mark.parametrize("name", ["REQUEST_COUNT", " request_count", "Request.Count", "request\uff3fcount"])
def test_a_metric_in_other_letters_is_suggested(name: str) -> None:
    with pytest.raises(SettingsError, match="did you mean request_count"):
        metric(name)


@pytest.mark.parametrize("statistic", ["p0", "p00", "p0_0", "p100", "p050", "p"])
def test_a_percentile_that_is_none_is_no_metric(statistic: str) -> None:
    with pytest.raises(SettingsError, match="is no metric"):
        metric(f"latency_request_{statistic}")


def test_aliases_stand_for_names_that_there_are() -> None:
    aliases = tomllib.loads(files("gatemeter.metrics").joinpath("catalogue.toml").read_text(encoding="utf-8"))["alias"]
    for meant in aliases["metrics"].values():
        assert metric(meant).description
    for alias, meant in aliases["dimensions"].items():
        assert dimension(meant).description
        with pytest.raises(SettingsError, match=meant):
            dimension(alias)
