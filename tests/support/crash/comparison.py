"""Compares a database with another one and with the oracle's count; every difference is said in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

from clickhouse_connect.driver.client import Client

from tests.support.crash.agent_oracle import AGENT_COUNTS, AGENT_KEY
from tests.support.crash.latency_oracle import stored_measures, stored_sizes
from tests.support.crash.llm_oracle import LLM_AMOUNTS, LLM_COUNTS, LLM_KEY, LLM_LATENCIES
from tests.support.crash.oracle import CALLER, MINUTE_KEY, USAGE_KEY, EpochAccount, Oracle, Sums

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
_LATENCIES = ("request", "upstream", "gateway")
_ACCOUNT = "consumed, counted, duplicates, dead_letters, other_kind"
_LEDGER = "epoch_ledger"
_EXACT_VERSIONS = frozenset({_LEDGER, "counting_starts", "counted_ends"})
_WRITTEN_AT = frozenset({"recorded_at", "counted_at", "stored_at", "minutes_from"})
_NOT_COUNTED = frozenset({"schema_migrations", "store_settings"})
"""Tables that say when something was done to a store."""


def differences_between(client: Client, database: str, undisturbed: str) -> list[str]:
    """Rows that only one of both databases has after `FINAL`, by all columns of all tables but the time of writing.

    A row's version may differ, because it says which flush touched the row last. Those of the ledger, and of what says
    from where and how far a log was counted, must not.
    """
    tables = _tables(client, database)
    if tables != _tables(client, undisturbed):
        return ["the databases have different tables"]
    equal = _fingerprints(client, database, tables).items() & _fingerprints(client, undisturbed, tables).items()
    found = [f"{table}: not the same rows" for table in sorted(tables.keys() - dict(equal).keys())]
    for table in sorted(tables.keys() - dict(equal).keys()):
        chosen = tables[table]
        for one, other, what in ((undisturbed, database, "missing"), (database, undisturbed, "too much")):
            rows = f"SELECT {chosen} FROM `{one}`.`{table}` FINAL EXCEPT SELECT {chosen} FROM `{other}`.`{table}` FINAL"
            examples = client.query(f"SELECT * FROM ({rows}) LIMIT {_EXAMPLES}").result_rows
            found += [f"{table}: {what}: {row}" for row in examples]
        counts = [_scalar(client, f"SELECT count() FROM `{each}`.`{table}` FINAL") for each in (database, undisturbed)]
        if counts[0] != counts[1]:
            found.append(f"{table}: {counts[0]} rows instead of {counts[1]}")
    return found


def differences_to(client: Client, database: str, oracle: Oracle) -> list[str]:
    """Where the tables of `database` are not what `oracle` counted: accounts of epochs, and usage per key."""
    found = [
        *_account_differences(client, database, oracle),
        *_usage_differences(client, database, oracle),
        *_minute_differences(client, database, oracle),
        *_monthly_differences(client, database, oracle),
        *_llm_differences(client, database, oracle),
        *_agentic_differences(client, database, oracle),
    ]
    sums = "toInt64(sum(sessions)), toInt64(sum(received_bytes)), toInt64(sum(sent_bytes))"
    stored = client.query(f"SELECT {sums} FROM `{database}`.stream_sessions_hourly FINAL").result_rows[0]
    expected = tuple(oracle.sessions[name] for name in ("sessions", "received_bytes", "sent_bytes"))
    if stored != expected:
        found.append(f"sessions: {stored} instead of {expected}")
    dead_letters = _scalar(client, f"SELECT count() FROM `{database}`.dead_letters FINAL")
    if dead_letters != oracle.totals().dead_letters:
        found.append(f"dead letters: {dead_letters} instead of {oracle.totals().dead_letters}")
    return found


def _tables(client: Client, database: str) -> dict[str, str]:
    """By table the columns that are compared, as they stand in a statement."""
    rows = client.query(_TABLES, parameters={"database": database}).result_rows
    return {table: _compared(table, columns) for table, columns in rows if table not in _NOT_COUNTED}


def _compared(table: str, columns: Sequence[str]) -> str:
    left_out = _WRITTEN_AT | (set() if table in _EXACT_VERSIONS else {"version"})
    return ", ".join(f"`{name}`" for name in sorted(columns) if name not in left_out)


def _fingerprints(client: Client, database: str, tables: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """By table the number of its rows after `FINAL` and the sum of their hashes: equal for the same rows."""
    # A tuple in words is never NULL, whatever is in it.
    parts = (
        f"SELECT '{table}', count(), sum(sipHash64(toString(tuple({chosen})))) FROM `{database}`.`{table}` FINAL"
        for table, chosen in tables.items()
    )
    return {table: (rows, total) for table, rows, total in client.query(" UNION ALL ".join(parts)).result_rows}


def _scalar(client: Client, query: str) -> int:
    return int(client.query(query).result_rows[0][0])


def _account_differences(client: Client, database: str, oracle: Oracle) -> Iterator[str]:
    query = f"SELECT partition, epoch_first_offset, {_ACCOUNT} FROM `{database}`.{_LEDGER} FINAL"
    stored = {(row[0], row[1]): EpochAccount(*row[2:]) for row in client.query(query).result_rows}
    yield from _unequal("epoch", stored, dict(oracle.epochs))


def _usage_differences(client: Client, database: str, oracle: Oracle) -> Iterator[str]:
    counts = ("requests", "request_bytes", "response_bytes")
    table = f"`{database}`.api_usage_hourly"
    stored = _stored(client, table, USAGE_KEY, counts, _LATENCIES)
    for name in ("request_size", "response_size"):
        measures = f"sum({name}_count), sumMap({name}_buckets, {name}_bucket_counts)"
        rows = client.query(f"SELECT {', '.join(USAGE_KEY)}, {measures} FROM {table} FINAL GROUP BY ALL").result_rows
        for *key, count, sketch in rows:
            stored[tuple(key)] |= stored_sizes(name, count, sketch)
    yield from _unequal("usage", stored, _without_zeros(oracle.usage))


def _minute_differences(client: Client, database: str, oracle: Oracle) -> Iterator[str]:
    """Minutes are all kept, however old they are: the store is made for it."""
    counts = ("requests", "request_bytes", "response_bytes")
    stored = _stored(client, f"`{database}`.api_usage_minutely", MINUTE_KEY, counts, _LATENCIES)
    yield from _unequal("minutes", stored, _without_zeros(oracle.minutes))


def _monthly_differences(client: Client, database: str, oracle: Oracle) -> Iterator[str]:
    columns = "month, workspace, source, toInt64(sum(requests)) AS requests"
    rows = client.query(f"SELECT {columns} FROM `{database}`.monthly_requests FINAL GROUP BY ALL").result_rows
    expected = {key: {"requests": requests} for key, requests in oracle.monthly.items()}
    yield from _unequal("month", {tuple(key): {"requests": requests} for *key, requests in rows}, expected)


def _llm_differences(client: Client, database: str, oracle: Oracle) -> Iterator[str]:
    key = (*CALLER, *LLM_KEY)
    stored = _stored(client, f"`{database}`.llm_usage_hourly", key, (*LLM_COUNTS, *LLM_AMOUNTS), LLM_LATENCIES)
    yield from _unequal("llm usage", stored, _without_zeros(oracle.llm))


def _agentic_differences(client: Client, database: str, oracle: Oracle) -> Iterator[str]:
    table, key = f"`{database}`.agentic_usage_hourly", (*CALLER, *AGENT_KEY)
    stored = _stored(client, table, key, AGENT_COUNTS, ("call",))
    yield from _unequal("agentic usage", stored, _without_zeros(oracle.agentic))
    columns = f"{', '.join(key)}, groupUniqArrayArray(session_hashes) AS hashes"
    rows = client.query(f"SELECT {columns} FROM {table} FINAL GROUP BY ALL HAVING notEmpty(hashes)").result_rows
    sessions = {tuple(names): {"sessions": sorted(hashes)} for *names, hashes in rows}
    expected = {key: {"sessions": sorted(hashes)} for key, hashes in oracle.agent_sessions.items()}
    yield from _unequal("agents' sessions", sessions, expected)


def _stored(
    client: Client, table: str, key: Sequence[str], sums: Sequence[str], latencies: Sequence[str]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What `table` holds by `key`: all `sums` and measures of `latencies` that are not 0."""
    measures = [f"sum({name})" for name in sums]
    for column in (f"latency_{name}" for name in latencies):
        measures += [f"sum({column}_count)", f"sum({column}_sum_ns)"]
        measures.append(f"sumMap({column}_buckets, {column}_bucket_counts)")
    rows = client.query(f"SELECT {', '.join([*key, *measures])} FROM {table} FINAL GROUP BY ALL").result_rows
    stored: Sums = {}
    for row in rows:
        values = row[len(key) :]
        found = dict(zip(sums, map(_exact, values), strict=False))
        for place, name in enumerate(latencies):
            found |= stored_measures(name, *values[len(sums) + 3 * place :][:3])
        stored[tuple(row[: len(key)])] = found
    return _without_zeros(stored)


def _exact(value: Any) -> Any:
    return Fraction(value) if isinstance(value, Decimal) else value


def _without_zeros(sums: Mapping[tuple[Any, ...], Mapping[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {key: {name: value for name, value in found.items() if value} for key, found in sums.items()}


def _unequal(what: str, stored: Mapping[Any, Any], expected: Mapping[Any, Any]) -> Iterator[str]:
    wrong = sorted(key for key in stored.keys() | expected.keys() if stored.get(key) != expected.get(key))
    for key in wrong[:_EXAMPLES]:
        yield f"{what} {key}: {_in_words(stored.get(key), expected.get(key))}"
    if len(wrong) > _EXAMPLES:
        yield f"{what}: {len(wrong)} of {len(expected)} are wrong"


def _in_words(stored: Any, expected: Any) -> str:
    """Both values; of measures those that differ."""
    if isinstance(stored, EpochAccount) or isinstance(expected, EpochAccount):
        return f"{stored and asdict(stored)} instead of {expected and asdict(expected)}"
    if not stored or not expected:
        return f"{stored} instead of {expected}"
    names = sorted(name for name in {*stored, *expected} if stored.get(name) != expected.get(name))
    return ", ".join(f"{name} {stored.get(name, 0)} instead of {expected.get(name, 0)}" for name in names)
