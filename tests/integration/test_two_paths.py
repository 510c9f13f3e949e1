"""Two paths that tell the same requests are found by equal numbers; gateways that share the traffic are not."""

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.two_paths import topics_with_many_copies, two_paths
from gatemeter.verification.verify import verify_store
from gatemeter.wiring.servers import two_paths_of_a_day
from tests.support.smoke import smoke
from tests.support.stored_rows import FEBRUARY, ledger_rows, usage, usage_rows

Row = Mapping[str, Any]

HTTP_LOG = {"log": "topic-a", "request_bytes_kind": "wire", "response_bytes_kind": "wire", "source": "upstream"}
KAFKA_LOG = {**HTTP_LOG, "log": "topic-b"}
PLUGIN = {"log": "topic-a"}
"""CloudEvents: neither kinds of sizes nor a source nor latencies."""

NAMES = {"topic-a": "http", "topic-b": "kafka"}


def latencies(sum_ns: int, count: int) -> Row:
    return {"latency_request_count": count, "latency_request_sum_ns": sum_ns}


def traffic(hours: int, seed: int = 7) -> Iterator[Row]:
    """Requests of some callers on two routes: how many of each hour, and how long they took."""
    rng = random.Random(seed)
    for hour in range(hours):
        for consumer in ("c1", "c2", "c3"):
            for route in ("orders", "invoices"):
                waits_ns = [rng.randrange(1, 900) * 1_000_000 for _ in range(rng.randrange(5, 90))]
                yield {
                    "hour": FEBRUARY + timedelta(hours=hour),
                    "consumer_id": consumer,
                    "route_name": route,
                    "requests": len(waits_ns),
                    **latencies(sum(waits_ns), len(waits_ns)),
                }


def without_latencies(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith("latency_")}


def write(client: Client, path: Row, rows: Iterator[Row] | list[Row]) -> None:
    ClickHouseSink(client).write([usage_rows(*(usage(**row, **path) for row in rows))])


def found(client: Client) -> list[tuple[str, str, int, int]]:
    return [(each.one.log, each.other.log, each.equal_numbers, each.numbers) for each in two_paths(client, TimeSpan())]


def test_http_log_and_kafka_log_of_one_hour_are_two_paths(clickhouse_client: Client) -> None:
    ledger = [{"log": log, "topic": name, "version": 1, "log_kind": "kafka"} for log, name in NAMES.items()]
    ClickHouseSink(clickhouse_client).write([ledger_rows(*ledger)])
    write(clickhouse_client, HTTP_LOG, traffic(1))
    write(clickhouse_client, KAFKA_LOG, traffic(1))
    assert found(clickhouse_client) == [("topic-a", "topic-b", 6, 6)]
    verification = verify_store(clickhouse_client, TimeSpan(), pause=lambda _seconds: None)
    [said] = verification.unproven
    assert said.startswith(
        "http (log topic-a, sizes: wire) and kafka (log topic-b, sizes: wire) seem to tell the same requests twice: of "
        "6 numbers by hour, caller, route and status 6 are equal, 6 of them with the same latencies"
    )
    assert not verification.is_proven


def test_plugin_and_log_in_one_topic_are_two_paths(clickhouse_client: Client) -> None:
    write(clickhouse_client, HTTP_LOG, traffic(24))
    write(clickhouse_client, PLUGIN, map(without_latencies, traffic(24)))
    assert found(clickhouse_client) == [("topic-a", "topic-a", 144, 144)]


def test_path_that_names_callers_otherwise_is_found_by_its_routes(clickhouse_client: Client) -> None:
    renamed = [{**row, "consumer_id": f"app:{row['consumer_id']}"} for row in traffic(24)]
    write(clickhouse_client, HTTP_LOG, traffic(24))
    write(clickhouse_client, KAFKA_LOG, map(without_latencies, renamed))
    assert found(clickhouse_client) == [("topic-a", "topic-b", 48, 48)]


def test_path_of_one_route_alone_is_compared_with_that_route(clickhouse_client: Client) -> None:
    write(clickhouse_client, HTTP_LOG, traffic(24))
    write(clickhouse_client, KAFKA_LOG, [row for row in traffic(24) if row["route_name"] == "orders"])
    assert found(clickhouse_client) == [("topic-a", "topic-b", 72, 72)]


def test_path_that_lost_some_requests_is_found_all_the_same(clickhouse_client: Client) -> None:
    rows = list(traffic(24))
    lossy = [{**row, "requests": row["requests"] - 1} if index % 20 == 0 else row for index, row in enumerate(rows)]
    write(clickhouse_client, HTTP_LOG, rows)
    write(clickhouse_client, KAFKA_LOG, lossy)
    [(_, _, equal, numbers)] = found(clickhouse_client)
    assert 0.9 * numbers < equal < numbers == 144


def shared_by_chance(row: Row, seed: int) -> Row:
    """What one of two gateways saw of requests that a load balancer sent to either."""
    rng = random.Random(f"{row['hour']}{row['consumer_id']}{row['route_name']}{seed}")
    return {**without_latencies(row), "requests": max(1, round(row["requests"] + rng.gauss(0, row["requests"] ** 0.5)))}


def polled(row: Row, _seed: int) -> Row:
    """What one of two gateways saw of clients that call every ten seconds, in turns."""
    return {**without_latencies(row), "requests": 180}


def of_other_hours(row: Row, seed: int) -> Row:
    return {**row, "hour": row["hour"] + timedelta(days=2 * seed)}


def of_other_routes(row: Row, seed: int) -> Row:
    return {**row, "route_name": f"{row['route_name']}-{seed}"}


def with_other_latencies(row: Row, seed: int) -> Row:
    return {**row, **latencies(seed * 5_000_000 * int(row["requests"]), int(row["requests"]))}


def rare(row: Row, _seed: int) -> Row:
    return {**without_latencies(row), "requests": 4}


@pytest.mark.parametrize(
    "seen",
    smoke(
        [shared_by_chance, polled, with_other_latencies, of_other_hours, of_other_routes, rare],
        3,
        reason="gateways that differ more; those that are most alike are in `make test`",
    ),
)
def test_two_gateways_are_not_two_paths(clickhouse_client: Client, seen: Callable[[Row, int], Row]) -> None:
    for seed, path in enumerate((HTTP_LOG, KAFKA_LOG), start=1):
        write(clickhouse_client, path, [seen(row, seed) for row in traffic(24)])
    assert found(clickhouse_client) == []


def test_replays_and_corrections_are_no_paths(clickhouse_client: Client) -> None:
    write(clickhouse_client, HTTP_LOG, traffic(24))
    for log in ("replay:topic-a", "correction:topic-a"):
        write(clickhouse_client, {**HTTP_LOG, "log": log}, traffic(24))
    assert found(clickhouse_client) == []


@pytest.mark.parametrize(("copies", "is_said"), [(99, False), (100, True), (1_000, True)])
def test_topic_with_many_copies_is_named(clickhouse_client: Client, copies: int, *, is_said: bool) -> None:
    account = {"log": "l", "topic": "access-logs", "version": 1, "log_kind": "kafka", "dead_letters": 5}
    counts = {"consumed": 2 * copies + 5, "counted": copies, "duplicates": copies}
    ClickHouseSink(clickhouse_client).write([ledger_rows({**account, **counts})])
    said = topics_with_many_copies(clickhouse_client, TimeSpan())
    expected = f"access-logs: {copies:,} of {2 * copies:,} events of the log l were copies of others"
    assert [each[: len(expected)] for each in said] == [expected] * is_said


def test_some_copies_of_many_events_are_not_worth_a_word(clickhouse_client: Client) -> None:
    account = {"log": "l", "topic": "t", "version": 1, "log_kind": "kafka", "consumed": 1_000, "duplicates": 200}
    ClickHouseSink(clickhouse_client).write([ledger_rows(account)])
    assert topics_with_many_copies(clickhouse_client, TimeSpan()) == []


def test_worker_is_told_of_the_last_24_full_hours(clickhouse_client: Client, store_url: str) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for path in (HTTP_LOG, KAFKA_LOG):
        write(clickhouse_client, path, [{**row, "hour": hour - timedelta(hours=25)} for row in traffic(1)])
    assert two_paths_of_a_day(store_url) == {}
    for path in (HTTP_LOG, KAFKA_LOG):
        write(clickhouse_client, path, [{**row, "hour": hour - timedelta(hours=24)} for row in traffic(1)])
    [(pair, said)] = two_paths_of_a_day(store_url).items()
    assert pair == " (log topic-a, sizes: wire)  (log topic-b, sizes: wire)"
    assert "of 6 numbers by hour, caller, route and status 6 are equal" in said
