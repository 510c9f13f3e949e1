"""Compares a database with another one and with the oracle's count; every difference is said in words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from clickhouse_connect.driver.client import Client

from tests.support.crash.oracle import EpochAccount, Oracle

_EXAMPLES = 3
_TABLES = """
    SELECT table, groupArray(name)
    FROM system.columns
    WHERE database = {database:String} AND table IN (
        SELECT name FROM system.tables WHERE database = {database:String} AND engine LIKE '%ReplacingMergeTree'
    )
    GROUP BY table
    ORDER BY table
"""
_KEY = (
    "toUnixTimestamp(hour), consumer_id, consumer_username, consumer_custom_id, service_name, route_name, workspace, "
    "method, status, source"
)
_LATENCIES = ("request", "upstream", "gateway")
_ACCOUNT = "consumed, counted, duplicates, dead_letters, other_kind"
_LEDGER = "epoch_ledger"
_JOURNAL = "schema_migrations"


def differences_between(client: Client, database: str, undisturbed: str) -> list[str]:
    """Rows that only one of both databases has after `FINAL`, by all columns of all tables.

    A row's version may differ, because it says which flush touched the row last. The ledger's versions must not.
    """
    tables = _tables(client, database)
    found = [] if tables == _tables(client, undisturbed) else ["the databases have different tables"]
    for table, columns in tables.items():
        chosen = ", ".join(f"`{name}`" for name in columns if name != "version" or table == _LEDGER)
        for one, other, what in ((undisturbed, database, "missing"), (database, undisturbed, "too much")):
            rows = f"SELECT {chosen} FROM `{one}`.`{table}` FINAL EXCEPT SELECT {chosen} FROM `{other}`.`{table}` FINAL"
            examples = client.query(f"SELECT * FROM ({rows}) LIMIT {_EXAMPLES}").result_rows
            found += [f"{table}: {what}: {row}" for row in examples]
        counts = [_scalar(client, f"SELECT count() FROM `{each}`.`{table}` FINAL") for each in (database, undisturbed)]
        if counts[0] != counts[1]:
            found.append(f"{table}: {counts[0]} rows instead of {counts[1]}")
    return found


def differences_to(client: Client, database: str, oracle: Oracle) -> list[str]:
    """Where the tables of `database` are not what `oracle` counted: accounts of epochs, requests per key, sessions."""
    found = [*_account_differences(client, database, oracle), *_usage_differences(client, database, oracle)]
    sums = "toInt64(sum(sessions)), toInt64(sum(received_bytes)), toInt64(sum(sent_bytes))"
    stored = client.query(f"SELECT {sums} FROM `{database}`.stream_sessions_hourly FINAL").result_rows[0]
    expected = tuple(oracle.sessions[name] for name in ("sessions", "received_bytes", "sent_bytes"))
    if stored != expected:
        found.append(f"sessions: {stored} instead of {expected}")
    dead_letters = _scalar(client, f"SELECT count() FROM `{database}`.dead_letters FINAL")
    if dead_letters != oracle.totals().dead_letters:
        found.append(f"dead letters: {dead_letters} instead of {oracle.totals().dead_letters}")
    return found


def _tables(client: Client, database: str) -> dict[str, list[str]]:
    rows = client.query(_TABLES, parameters={"database": database}).result_rows
    return {table: sorted(columns) for table, columns in rows if table != _JOURNAL}


def _scalar(client: Client, query: str) -> int:
    return int(client.query(query).result_rows[0][0])


def _account_differences(client: Client, database: str, oracle: Oracle) -> Iterator[str]:
    query = f"SELECT partition, epoch_first_offset, {_ACCOUNT} FROM `{database}`.{_LEDGER} FINAL"
    stored = {(row[0], row[1]): EpochAccount(*row[2:]) for row in client.query(query).result_rows}
    yield from _unequal("epoch", stored, dict(oracle.epochs))


def _usage_differences(client: Client, database: str, oracle: Oracle) -> Iterator[str]:
    measures = ["toInt64(sum(requests))", "toInt64(sum(request_bytes))", "toInt64(sum(response_bytes))"]
    for name in _LATENCIES:
        column = f"latency_{name}"
        measures += [f"toInt64(sum({column}_count))", f"toInt64(sum({column}_sum_ns))"]
        measures.append(f"sumMap({column}_buckets, {column}_bucket_counts)")
    query = f"SELECT {_KEY}, {', '.join(measures)} FROM `{database}`.api_usage_hourly FINAL GROUP BY ALL"
    key_size = _KEY.count(",") + 1
    stored = {row[:key_size]: _usage(row[key_size:]) for row in client.query(query).result_rows}
    yield from _unequal("usage", stored, dict(oracle.usage))


def _usage(measures: Sequence[Any]) -> Counter[str]:
    requests, request_bytes, response_bytes, *latencies = measures
    usage = Counter(requests=requests, request_bytes=request_bytes, response_bytes=response_bytes)
    for place, name in enumerate(_LATENCIES):
        count, sum_ns, (buckets, bucket_counts) = latencies[place * 3 : place * 3 + 3]
        usage.update({f"{name}_count": count, f"{name}_sum_ns": sum_ns})
        usage.update({f"{name}_bucket_{bucket}": n for bucket, n in zip(buckets, bucket_counts, strict=True)})
    return usage


def _unequal(what: str, stored: dict[Any, Any], expected: dict[Any, Any]) -> Iterator[str]:
    wrong = sorted(key for key in stored.keys() | expected.keys() if stored.get(key) != expected.get(key))
    for key in wrong[:_EXAMPLES]:
        yield f"{what} {key}: {_in_words(stored.get(key))} instead of {_in_words(expected.get(key))}"
    if len(wrong) > _EXAMPLES:
        yield f"{what}: {len(wrong)} of {len(expected)} are wrong"


def _in_words(value: Any) -> str:
    return str(asdict(value)) if isinstance(value, EpochAccount) else str(value and dict(value))
