"""`gatemeter report unused`: what it finds, what it leaves out because nobody can know, and what it says of that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.inventory_store import ClickHouseInventory
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.snapshot import Completeness, ControlPlane, KindInventory, Snapshot
from gatemeter.inventory.taking import InventoryTaker
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.unused import CREDENTIALS_NOTE, UnusedReport, unused_report
from gatemeter.schema import STREAM_SESSIONS
from tests.support.command_in_process import run
from tests.support.databases import Store
from tests.support.inventories import records, snapshot
from tests.support.smoke import smoke
from tests.support.stored_rows import table_rows, usage, usage_rows

pytestmark = pytest.mark.clickhouse

FIRST = datetime(2026, 2, 3, 10, 5, tzinfo=UTC)
LAST = datetime(2026, 2, 8, 10, 5, tzinfo=UTC)
SPAN = TimeSpan(datetime(2026, 2, 3, tzinfo=UTC), datetime(2026, 2, 10, tzinfo=UTC))
SERVICES = [Entity(id="s1", name="pay"), Entity(id="s2", name="search"), Entity(id="s3", name="mail")]
LISTED = {
    Kind.SERVICE: SERVICES,
    Kind.ROUTE: [Entity(id="r1", name="get-pay", service_id="s1", service_name="pay"), Entity(id="r2")],
    Kind.CONSUMER: [Entity(id="c1", username="acme"), Entity(id="c2", username="globex")],
}


def fill(client: Client, *snapshots: Snapshot, calls: list[dict[str, Any]]) -> None:
    InventoryTaker(ClickHouseInventory(client)).take(records(*snapshots))
    rows = (usage(**{"hour": FIRST.replace(minute=0) + timedelta(hours=2), **each}) for each in calls)
    ClickHouseSink(client).write([usage_rows(*rows)])


CALLED: dict[str, Any] = {"service_id": "s1", "route_id": "r1", "consumer_id": "c1", "requests": 5}


def found(report: UnusedReport) -> list[tuple[str, str, str | None, str | None]]:
    return [(row.finding.value, row.kind, row.name, row.id) for row in report.rows]


def test_what_nobody_called_and_what_nobody_configured_is_found(clickhouse_client: Client) -> None:
    unknown = {"service_name": "shadow", "route_name": "shadow-route", "consumer_username": "mallory", "requests": 2}
    long_ago = {"service_id": "s2", "hour": datetime(2026, 1, 5, 7, tzinfo=UTC)}
    fill(
        clickhouse_client,
        snapshot(LISTED, taken_at=FIRST),
        snapshot(LISTED, taken_at=LAST),
        calls=[CALLED, unknown, long_ago],
    )
    report = unused_report(clickhouse_client, SPAN)
    assert found(report) == [
        ("not_called", "service", "mail", "s3"),
        ("not_called", "service", "search", "s2"),
        ("not_called", "route", None, "r2"),
        ("not_called", "consumer", "globex", "c2"),
        ("not_configured", "service", "shadow", None),
        ("not_configured", "route", "shadow-route", None),
        ("not_configured", "consumer", "mallory", None),
    ]
    assert [row.last_called for row in report.rows[:2]] == [None, "2026-01-05T07:00:00Z"]
    assert (report.rows[4].requests, report.rows[4].first_called) == (2, "2026-02-03T12:00:00Z")
    assert report.rows[5].service == "shadow"
    assert report.notes[-1] == CREDENTIALS_NOTE


def test_sessions_of_streams_are_calls_too(clickhouse_client: Client) -> None:
    fill(clickhouse_client, snapshot(LISTED, taken_at=FIRST), calls=[CALLED])
    session = {"log": "log-1", "version": 1, "hour": FIRST.replace(minute=0), "service_id": "s3", "sessions": 1}
    ClickHouseSink(clickhouse_client).write([table_rows(STREAM_SESSIONS, session)])
    assert ("not_called", "service", "mail", "s3") not in found(unused_report(clickhouse_client, SPAN))


def test_what_existed_for_a_part_of_the_time_says_for_which(clickhouse_client: Client) -> None:
    middle = FIRST + timedelta(days=2)
    snapshots = [
        snapshot({**LISTED, Kind.SERVICE: SERVICES[:2]}, taken_at=FIRST),
        snapshot({**LISTED, Kind.SERVICE: [SERVICES[0], SERVICES[2]]}, taken_at=middle),
        snapshot({**LISTED, Kind.SERVICE: [SERVICES[0], SERVICES[2]]}, taken_at=LAST),
    ]
    fill(clickhouse_client, *snapshots, calls=[CALLED, {**CALLED, "hour": LAST.replace(minute=0)}])
    rows = [row for row in unused_report(clickhouse_client, SPAN).rows if row.kind == "service"]
    assert [(row.name, row.configured_since, row.configured_until) for row in rows] == [
        ("mail", "2026-02-05T10:05:00Z", None),
        ("search", None, "2026-02-03T10:05:00Z"),
    ]


def test_calls_that_no_snapshots_span_are_not_said_to_be_unconfigured(clickhouse_client: Client) -> None:
    shadow = {"service_name": "shadow", "hour": LAST.replace(minute=0) + timedelta(hours=1)}
    fill(clickhouse_client, snapshot(LISTED, taken_at=FIRST), snapshot(LISTED, taken_at=LAST), calls=[CALLED, shadow])
    report = unused_report(clickhouse_client, SPAN)
    assert "not_configured" not in {row.finding for row in report.rows}
    assert (
        "services that are not configured are told of calls from 2026-02-03T11:00Z to 2026-02-08T10:00Z" in report.notes
    )


@pytest.mark.parametrize(
    ("inventory", "said"),
    smoke(
        [
            (KindInventory.listed(Kind.SERVICE, SERVICES, Completeness.PARTIAL), "partial"),
            (KindInventory(Completeness.FORBIDDEN), "forbidden"),
            (KindInventory(), "not asked for"),
        ],
        1,
        reason="two more reasons not to know all",
    ),
)
def test_one_control_plane_that_does_not_list_all_leaves_it_unknown(
    clickhouse_client: Client, inventory: KindInventory, said: str
) -> None:
    other = replace(snapshot({}), control_plane=ControlPlane("cp-2"), taken_at=FIRST, kinds={Kind.SERVICE: inventory})
    snapshots = [snapshot(LISTED, taken_at=FIRST), snapshot(LISTED, taken_at=LAST), other]
    fill(clickhouse_client, *snapshots, calls=[CALLED, {"service_name": "shadow"}])
    report = unused_report(clickhouse_client, SPAN)
    assert "not_configured" not in {row.finding for row in report.rows}
    assert f"not all services of cp-2 are known ({said})" in report.notes


def test_without_snapshots_or_usage_nothing_is_found(clickhouse_client: Client) -> None:
    report = unused_report(clickhouse_client, SPAN)
    assert report.rows == []
    assert "no snapshot of a control plane is stored" in report.notes[0]
    fill(clickhouse_client, snapshot(LISTED, taken_at=FIRST), calls=[])
    report = unused_report(clickhouse_client, SPAN)
    assert (report.rows, report.notes) == ([], ["no usage of these hours is stored: what is called is not known"])


def test_what_is_younger_than_all_counted_calls_is_left_out(clickhouse_client: Client) -> None:
    younger = {**LISTED, Kind.SERVICE: [*SERVICES, Entity(id="s4", name="new")]}
    fill(clickhouse_client, snapshot(LISTED, taken_at=FIRST), snapshot(younger, taken_at=LAST), calls=[CALLED])
    report = unused_report(clickhouse_client, SPAN)
    assert "s4" not in {row.id for row in report.rows}
    assert report.notes[-1].startswith("1 that were configured after the last counted hour are left out")


def test_the_command_writes_rows_and_says_what_is_not_known(store: Store) -> None:
    with store.client() as client:
        fill(client, snapshot(LISTED, taken_at=FIRST), calls=[CALLED])
    result = run("report", "unused", *store.flags, "--from", "2026-02", "--csv")
    assert result.stdout.splitlines()[1] == "not_called,service,production,,,,mail,s3,,,0,,"
    assert CREDENTIALS_NOTE in result.stderr
