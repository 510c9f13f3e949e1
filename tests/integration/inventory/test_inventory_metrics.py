"""Numbers of the inventory by any dimensions and periods are what plain Python counts; on the real engine."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatemeter.clickhouse.inventory_store import ClickHouseInventory
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import SettingsError
from gatemeter.inventory.entity import Kind
from gatemeter.inventory.snapshot import Completeness, ControlPlane, KindInventory, Snapshot, Source
from gatemeter.inventory.taking import InventoryTaker
from gatemeter.metrics.answer import answer
from gatemeter.metrics.catalogue import dimension, metric
from gatemeter.metrics.filters import Filter, Operator
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.usage_parameters import AllowedRows
from gatemeter.schema.inventory import INVENTORY_ENTITIES, INVENTORY_SNAPSHOTS
from tests.support.command_in_process import run
from tests.support.databases import DatabasePool, Store
from tests.support.inventories import LISTED, SERVICES, TAKEN_AT, MemoryInventory, records, snapshot
from tests.support.inventory_oracle import DIMENSIONS, METRICS, InventoryOracle, year_of_snapshots
from tests.support.smoke import smoke
from tests.support.stored_rows import table_rows, usage, usage_rows

pytestmark = pytest.mark.clickhouse

YEAR = year_of_snapshots(seed=7)
ALL = TimeSpan(datetime(2025, 2, 20, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC))


def take(client: Client, *snapshots: Snapshot) -> None:
    InventoryTaker(ClickHouseInventory(client)).take(records(*snapshots))


@pytest.fixture(scope="module")
def year(database_pool: DatabasePool) -> Iterator[Client]:
    """The store of a year of snapshots."""
    with database_pool.store() as store, store.client() as client:
        memory = MemoryInventory()
        InventoryTaker(memory).take(records(*YEAR))
        for table in (INVENTORY_ENTITIES, INVENTORY_SNAPSHOTS):
            ClickHouseInventory(client).write(table_rows(table, *memory.table(table.name)))
        yield client


@st.composite
def queries(draw: st.DrawFn) -> MetricsQuery:
    metrics = draw(st.lists(st.sampled_from(METRICS), min_size=1, max_size=3, unique=True))
    known = [name for name in DIMENSIONS if all(dimension(name).sql(metric(each).source) for each in metrics)]
    operator = draw(st.sampled_from([Operator.EMPTY, Operator.NOT_EMPTY, Operator.PREFIX, Operator.NOT_IN]))
    values = ("p", "cp-2", "staging", "eu", "3.9.1") if operator.takes_values else ()
    start = ALL.start + timedelta(days=draw(st.integers(0, 370)), hours=draw(st.integers(0, 23)))
    period = draw(st.sampled_from([None, *(each for each in Period if each is not Period.MINUTE)]))
    most_days = 3 if period is Period.HOUR else 380
    end = min(start + timedelta(days=draw(st.integers(0, most_days)), hours=draw(st.integers(1, 23))), ALL.end)
    return MetricsQuery(
        period=period,
        span=TimeSpan(min(start, end - timedelta(hours=1)), end),
        metrics=metrics,
        by=draw(st.lists(st.sampled_from(known), max_size=2, unique=True)),
        filters=[Filter(name, operator, values) for name in draw(st.lists(st.sampled_from(known), max_size=1))],
    )


def assert_answered(query: MetricsQuery, client: Client) -> None:
    rows = answer(client, query).rows
    found = {
        (row.get("period", ""), tuple(row[name] for name in query.by)): {name: row[name] for name in query.metrics}
        for row in rows
    }
    assert len(found) == len(rows)
    assert found == InventoryOracle(YEAR).answer(query)


@pytest.mark.parametrize(
    "query",
    smoke(
        [
            MetricsQuery(period=Period.MONTH, span=ALL, metrics=METRICS),
            MetricsQuery(
                period=Period.MONTH,
                span=ALL,
                metrics=["configured_routes", "configured_services"],
                by=["service"],
                filters=[Filter("control_plane", Operator.IN, ("cp-2",)), Filter("workspace", Operator.NOT_EMPTY)],
            ),
            MetricsQuery(period=Period.WEEK, span=ALL, metrics=["gateway_nodes"], by=["control_plane", "node_version"]),
            MetricsQuery(period=None, span=ALL, metrics=["configured_plugins"], by=["plugin", "plugin_scope"]),
        ],
        2,
        reason="two more groups; every metric, and groups with filters, are in `make test`",
    ),
)
def test_a_question_about_a_year_has_the_answer_of_plain_python(query: MetricsQuery, year: Client) -> None:
    assert InventoryOracle(YEAR).answer(query)
    assert_answered(query, year)


@pytest.mark.long(reason="draws questions; the test above has one of each kind")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=queries())
def test_any_question_about_a_year_has_the_answer_of_plain_python(query: MetricsQuery, year: Client) -> None:
    assert_answered(query, year)


def asked(client: Client, metrics: list[str], **changes: Any) -> list[dict[str, Any]]:
    span = TimeSpan(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 6, tzinfo=UTC))
    query = MetricsQuery(**{"metrics": metrics, "period": None, "span": span, **changes})
    return list(answer(client, query).rows)


def test_every_count_says_when_its_snapshot_was_taken(clickhouse_client: Client) -> None:
    take(
        clickhouse_client,
        snapshot(),
        snapshot({**LISTED, Kind.SERVICE: SERVICES[:1]}, taken_at=TAKEN_AT + timedelta(hours=30)),
    )
    rows = asked(clickhouse_client, ["configured_services"], period=Period.DAY)
    assert rows == [
        {"period": "2026-02-03", "configured_services": 2, "inventory_as_of": "2026-02-03T10:05:00Z"},
        {"period": "2026-02-04", "configured_services": 1, "inventory_as_of": "2026-02-04T16:05:00Z"},
        {"period": "2026-02-05", "configured_services": 1, "inventory_as_of": "2026-02-04T16:05:00Z"},
    ]


def with_kind(kind: Kind, inventory: KindInventory, **changes: Any) -> Snapshot:
    return replace(snapshot(), **{"kinds": {**snapshot().kinds, kind: inventory}, **changes})


@pytest.mark.parametrize(
    ("inventory", "services"),
    smoke(
        [
            (KindInventory.listed(Kind.SERVICE, []), 0),
            (KindInventory.listed(Kind.SERVICE, SERVICES, Completeness.PARTIAL), None),
            (KindInventory.counted(9), 9),
            (KindInventory(Completeness.FORBIDDEN), None),
            (KindInventory(Completeness.NOT_ASKED), None),
        ],
        2,
        reason="further ways not to be listed; none and a part are in `make test`",
    ),
)
def test_a_kind_that_is_not_told_is_null_and_never_0(
    clickhouse_client: Client, inventory: KindInventory, services: int | None
) -> None:
    take(clickhouse_client, with_kind(Kind.SERVICE, inventory))
    [row] = asked(clickhouse_client, ["configured_services", "configured_routes"])
    assert (row["configured_services"], row["configured_routes"]) == (services, 3)


def test_what_was_not_asked_stays_as_it_was_told_before(clickhouse_client: Client) -> None:
    take(clickhouse_client, snapshot(), with_kind(Kind.SERVICE, KindInventory(), taken_at=TAKEN_AT + timedelta(days=1)))
    [row] = asked(clickhouse_client, ["configured_services"])
    assert row == {"configured_services": 2, "inventory_as_of": "2026-02-03T10:05:00Z"}


def test_a_license_report_counts_what_no_other_source_tells(clickhouse_client: Client) -> None:
    counted = {Kind.SERVICE: KindInventory.counted(7), Kind.WORKSPACE: KindInventory.counted(4)}
    report = replace(snapshot(), source=Source.LICENSE_REPORT, kinds=counted, taken_at=TAKEN_AT + timedelta(days=1))
    take(clickhouse_client, snapshot(), report)
    [row] = asked(clickhouse_client, ["configured_services", "configured_workspaces"])
    assert (row["configured_services"], row["configured_workspaces"]) == (2, 4)
    assert row["inventory_as_of"] == "2026-02-03T10:05:00Z+2026-02-04T10:05:00Z"


def test_one_control_plane_that_does_not_tell_leaves_all_unknown(clickhouse_client: Client) -> None:
    refusing = with_kind(Kind.SERVICE, KindInventory(Completeness.FORBIDDEN), control_plane=ControlPlane("cp-2"))
    take(clickhouse_client, snapshot(), refusing)
    by_name = asked(clickhouse_client, ["configured_services"], by=["service"])
    assert [row["configured_services"] for row in by_name] == [None, None]
    by_plane = asked(clickhouse_client, ["configured_services"], by=["control_plane"])
    assert [(row["control_plane"], row["configured_services"]) for row in by_plane] == [
        ("production", 2),
        ("cp-2", None),
    ]
    own = [Filter("control_plane", Operator.IN, ("production",))]
    assert asked(clickhouse_client, ["configured_services"], filters=own)[0]["configured_services"] == 2


def test_before_the_first_snapshot_nothing_is_known(clickhouse_client: Client) -> None:
    take(clickhouse_client, snapshot())
    before = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    found = answer(clickhouse_client, MetricsQuery(metrics=["control_planes"], period=None, span=before))
    assert found.rows == []
    assert "the first snapshot of a control plane is of 2026-02-03T10:05Z" in found.notes[-1]
    ClickHouseSink(clickhouse_client).write([usage_rows(usage(hour=before.start))])
    rows = asked(clickhouse_client, ["request_count", "configured_services"], span=before)
    assert rows == [{"request_count": 1, "configured_services": None, "inventory_as_of": None}]


def test_a_control_plane_that_comes_later_is_named_in_a_note(clickhouse_client: Client) -> None:
    later = replace(snapshot(), control_plane=ControlPlane("cp-2"), taken_at=TAKEN_AT + timedelta(days=2))
    take(clickhouse_client, snapshot(), later)
    query = MetricsQuery(metrics=["control_planes"], period=Period.MONTH)
    notes = answer(clickhouse_client, query).notes
    assert "production, 2026-02-03T10:05Z; cp-2, 2026-02-05T10:05Z" in notes[-1]


def test_now_and_before_have_the_time_of_the_snapshot_of_now(clickhouse_client: Client) -> None:
    take(clickhouse_client, snapshot(), snapshot({Kind.SERVICE: SERVICES[:1]}, taken_at=TAKEN_AT + timedelta(days=2)))
    before = TimeSpan(datetime(2026, 1, 27, tzinfo=UTC), datetime(2026, 2, 5, tzinfo=UTC))
    after = TimeSpan(before.end, datetime(2026, 2, 6, tzinfo=UTC))
    [row] = asked(clickhouse_client, ["configured_services"], span=after, before=before)
    assert (row["configured_services"], row["configured_services_before"]) == (1, 2)
    assert row["inventory_as_of"] == "2026-02-05T10:05:00Z"


def test_services_are_not_counted_by_what_only_plugins_have() -> None:
    with pytest.raises(SettingsError, match="configured_services is not known by plugin_scope"):
        MetricsQuery(metrics=["configured_services"], by=["plugin_scope"])
    with pytest.raises(SettingsError, match="configured_consumers is not known by consumer"):
        MetricsQuery(metrics=["configured_consumers"], by=["consumer"])


@pytest.mark.parametrize(
    ("allowed", "services", "nodes"),
    smoke(
        [
            (AllowedRows((), ("default",)), 2, []),
            (AllowedRows(("acme",)), None, []),
            (AllowedRows((), ("other",)), None, []),
        ],
        2,
        reason="a workspace without anything; one that has some, and a consumer, are in `make test`",
    ),
)
def test_a_limited_token_sees_the_inventory_of_its_workspaces(
    clickhouse_client: Client, allowed: AllowedRows, services: int | None, nodes: list[Any]
) -> None:
    take(clickhouse_client, snapshot(), replace(snapshot({}), control_plane=ControlPlane("cp-2")))
    rows = asked(clickhouse_client, ["control_planes", "configured_services"], allowed=allowed)
    told = [(row["control_planes"], row["configured_services"]) for row in rows]
    assert told == ([] if services is None else [(1, services)])
    assert asked(clickhouse_client, ["gateway_nodes"], allowed=allowed) == nodes


def test_what_is_configured_on_two_days_is_not_added_up(store: Store) -> None:
    with store.client() as client:
        take(client, snapshot())
    days = ("--from", "2026-02-03", "--to", "2026-02-05", "--granularity", "day")
    configured = run("query", *store.flags, "--metrics", "configured_services", *days)
    assert "2026-02-04" in configured.stdout
    assert "total" not in configured.stdout + configured.stderr


def test_what_is_configured_is_not_told_by_the_minute() -> None:
    with pytest.raises(SettingsError, match="configured_services is not known by the minute"):
        MetricsQuery(metrics=["configured_services"], period=Period.MINUTE)
