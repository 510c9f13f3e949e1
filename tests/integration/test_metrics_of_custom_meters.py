"""Custom meters in queries: exact values by any dimension and group, and what is refused."""

from collections.abc import Sequence
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ConflictError, SettingsError
from gatemeter.mcp.answers import list_metrics
from gatemeter.mcp.arguments import CatalogueArguments
from gatemeter.metrics.answer import answer
from gatemeter.metrics.answer_parquet import answer_parquet
from gatemeter.metrics.filters import Filter
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.reports.usage_parameters import AllowedRows
from gatemeter.schema import METER_USAGE
from tests.support.stored_rows import table_rows, usage, usage_rows

pytestmark = pytest.mark.clickhouse

FIRST, SECOND = "0123456789ab", "ba9876543210"
CREDITS = {"meter": "credits", "declaration": FIRST, "unit": "credits", "aggregation": "sum", "decimals": 3}
PLANS = {"group_names": "plan,region", "group_2": "eu"}
GOLD, FREE = PLANS | {"group_1": "gold"}, PLANS | {"group_1": "free"}
SEATS = {"meter": "seats", "declaration": SECOND, "unit": "users", "aggregation": "unique", "decimals": 0}


def store(client: Client, *rows: dict[str, Any]) -> None:
    common = {"log": "log-1", "version": 1, "consumer_id": "a"}
    ClickHouseSink(client).write([table_rows(METER_USAGE, *(common | row for row in rows))])


@pytest.fixture
def metered(clickhouse_client: Client) -> Client:
    """Credits of two consumers and plans, of which 3 events tell none; seats of 3 different users in two logs."""
    store(
        clickhouse_client,
        CREDITS | GOLD | {"events": 5, "value_scaled": 10**30 + 1, "without_value": 1},
        CREDITS | FREE | {"events": 2, "value_scaled": 250},
        CREDITS | FREE | {"consumer_id": "b", "events": 2, "without_value": 1, "refused": 1},
        SEATS | {"events": 4, "distinct_hashes": [1, 2]},
        SEATS | {"events": 2, "distinct_hashes": [2, 3], "log": "log-2"},
    )
    return clickhouse_client


def asked(client: Client, *metrics: str, by: Sequence[str] = (), **more: Any) -> list[dict[str, Any]]:
    return list(answer(client, MetricsQuery(period=None, metrics=metrics, by=by, **more)).rows)


def test_values_are_exact_decimals_and_unknown_ones_are_counted(metered: Client) -> None:
    whole = {"meter:credits:unit": "credits", "meter:credits:declaration": FIRST}
    assert asked(metered, "meter:credits", by=("consumer",)) == [
        {"consumer": "a", "meter:credits": f"1{'0' * 27}.251", "meter:credits:without_value": 1, **whole},
        {"consumer": "b", "meter:credits": None, "meter:credits:without_value": 2, **whole},
    ]


def test_the_events_of_all_meters_are_counted_by_meter(metered: Client) -> None:
    found = asked(metered, "meter_events", by=("meter",))
    assert found == [{"meter": "credits", "meter_events": 9}, {"meter": "seats", "meter_events": 6}]


def test_meters_are_grouped_and_filtered_by_the_groups_of_their_declaration(metered: Client) -> None:
    found = asked(metered, "meter:credits:events", by=("group:plan", "group:region"))
    assert [tuple(row.values()) for row in found] == [("gold", "eu", 5), ("free", "eu", 4), ("Empty", "Empty", 0)]
    free = [Filter.parse("group:plan in free")]
    assert asked(metered, "meter:credits:events", filters=free) == [{"meter:credits:events": 4}]


def test_different_values_are_counted_once_and_other_sources_stand_beside(metered: Client) -> None:
    ClickHouseSink(metered).write([usage_rows(usage(consumer_id="a", requests=9))])
    found = asked(metered, "request_count", f"meter:seats@{SECOND}", by=("consumer",))
    assert [(row["consumer"], row["request_count"], row[f"meter:seats@{SECOND}"]) for row in found] == [
        ("a", 9, "3"),
        ("b", 0, None),
    ]


def test_values_of_two_declarations_are_never_added(metered: Client) -> None:
    store(metered, CREDITS | {"declaration": SECOND, "events": 1, "value_scaled": 7, "unit": "points"})
    with pytest.raises(ConflictError, match=f"{FIRST} and {SECOND}; add meter_declaration to --by"):
        asked(metered, "meter:credits")
    with pytest.raises(ConflictError, match="add meter_declaration to --by"):
        list(answer_parquet(metered, MetricsQuery(period=None, metrics=("meter:credits",))))
    assert asked(metered, f"meter:credits@{SECOND}")[0][f"meter:credits@{SECOND}"] == "0.007"
    apart = asked(metered, "meter:credits", by=("meter_declaration",))
    assert {row["meter:credits:unit"] for row in apart} == {"credits", "points"}


def test_a_meter_that_is_not_stored_is_refused_naming_only_what_may_be_read(metered: Client) -> None:
    with pytest.raises(SettingsError, match=r"nothing is stored of meter:creditz; stored are: .*meter:credits"):
        asked(metered, "meter:creditz")
    with pytest.raises(SettingsError, match=r"nothing is stored of group:plam; stored are: group:plan, group:region"):
        asked(metered, "meter:credits", by=("group:plam",))
    with pytest.raises(SettingsError) as refused:
        asked(metered, "meter:creditz", allowed=AllowedRows(consumers=["b"]))
    assert "seats" not in str(refused.value)


def test_a_value_is_a_decimal_in_a_parquet_file(metered: Client) -> None:
    pieces = list(answer_parquet(metered, MetricsQuery(period=None, metrics=(f"meter:seats@{SECOND}",))))
    assert b"".join(pieces).startswith(b"PAR1")


@pytest.mark.parametrize("name", ["meter:", "meter:x' OR 1", "meter:credits@zz", "meter:Credits", "meter:credits:unit"])
def test_other_forms_of_names_are_no_metrics(name: str) -> None:
    with pytest.raises(SettingsError, match="is no metric"):
        MetricsQuery(period=None, metrics=(name,))


def test_what_is_not_of_meters_is_not_told_by_their_groups() -> None:
    with pytest.raises(SettingsError, match="request_count is not known by group:plan"):
        MetricsQuery(period=None, metrics=("request_count",), by=("group:plan",))


def test_agents_are_told_of_the_meters_that_they_may_ask_for(metered: Client) -> None:
    everything = list_metrics(metered, CatalogueArguments(), AllowedRows())
    assert everything["custom_meters"] == [
        *("meter:credits", f"meter:credits@{FIRST}", "meter:seats", f"meter:seats@{SECOND}")
    ]
    assert everything["groups_of_custom_meters"] == ["group:plan", "group:region"]
    of_b = list_metrics(metered, CatalogueArguments(), AllowedRows(["b"]))
    assert of_b["custom_meters"] == ["meter:credits", f"meter:credits@{FIRST}"]
