"""Texts that an earlier version stored are masked by a migration, and no count changes."""

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.migrations.migration_files import shipped_migrations
from gatemeter.migrations.runner import Retention, keep, migrate, run_statements
from tests.support.smoke import smoke

pytestmark = pytest.mark.clickhouse

_BEFORE = [each.title[5:] for each in shipped_migrations()].index("dead_letter_originals")
_KEY = "'2026-02-03 10:00:00', 'c', '', '', '', '', '', '', '', 'mcp', 'tools/call', 't', ''"
_TOTALS = """
SELECT epoch_first_offset, sum(calls), sum(errors), sum(response_bytes), sum(latency_call_count),
    sum(latency_call_sum_ns), minIf(latency_call_min_ns, latency_call_count > 0), max(latency_call_max_ns),
    sumMap(latency_call_buckets, latency_call_bucket_counts), arraySort(groupUniqArrayArray(session_hashes))
FROM agentic_usage_hourly FINAL GROUP BY epoch_first_offset ORDER BY epoch_first_offset
"""


def call(error: str, epoch: int, version: int, measures: str) -> str:
    return f"({_KEY}, '{error}', 'log', 0, {epoch}, {version}, {measures})"


CALLS = [
    call("", 0, 9, "3, 0, 30, 3, 60, 10, 30, [5, 6], [1, 2], [1]"),
    call("denied for Bearer S3CRET", 0, 4, "1, 1, 1, 1, 7, 7, 7, [2], [1], [1]"),
    call("denied for Bearer S3CRET", 0, 9, "2, 2, 2, 2, 8, 3, 5, [2, 3], [1, 1], [1, 2]"),
    call("password: S3CRET", 0, 7, "1, 1, 5, 1, 9, 9, 9, [3], [1], [3]"),
    call("client 203.0.113.5", 0, 3, "1, 1, 0, 0, 0, 0, 0, [], [], []"),
    call("password: S3CRET", 9, 12, "4, 4, 0, 0, 0, 0, 0, [], [], [4]"),
]


@pytest.fixture
def old(empty_clickhouse: Client) -> Client:
    """A store of the version before, with texts in it."""
    client = empty_clickhouse
    for migration in shipped_migrations()[:_BEFORE]:
        run_statements(client, migration.up, None)
    for row in CALLS:  # one by one, so that rows to be replaced are in parts of their own
        client.command(f"INSERT INTO agentic_usage_hourly VALUES {row}")
    client.command(
        "INSERT INTO dead_letters VALUES ('log', 0, 1, 1, 0, 0, 2, 0, 't', NULL, 'kong-log', 'invalid_json', '', "
        "'apikey: S3CRET', 14)"
    )
    return client


def _stored_texts(client: Client) -> str:
    rows = client.query("SELECT error FROM agentic_usage_hourly UNION ALL SELECT raw FROM dead_letters").result_rows
    return " ".join(text for (text,) in rows)


@pytest.mark.parametrize(
    "end",
    smoke([_BEFORE + 2, None], 1, reason="applies later migrations, too"),
    ids=["the two that mask", "up to this version"],
)
def test_texts_are_masked_and_counts_stay(old: Client, end: int | None) -> None:
    before = old.query(_TOTALS).result_rows
    for migration in shipped_migrations()[_BEFORE:end]:
        run_statements(old, migration.up, None)
    assert "S3CRET" not in _stored_texts(old)
    assert "203.0.113.5" not in _stored_texts(old)
    assert old.query(_TOTALS).result_rows == before
    errors = old.query(
        "SELECT epoch_first_offset, error, calls, version FROM agentic_usage_hourly FINAL ORDER BY ALL"
    ).result_rows
    assert errors == [(0, "", 3, 9), (0, "(text removed)", 4, 9), (9, "(text removed)", 4, 12)]
    letters = old.query("SELECT raw, raw_size_bytes, is_masked, original FROM dead_letter_list").result_rows
    assert letters == [("(text, 14 bytes)", 14, 1, "")]


@pytest.mark.long(reason="makes a store of an older version once more; its texts are masked in `make test`")
def test_a_migration_that_died_between_its_steps_is_repeated(old: Client) -> None:
    before = old.query(_TOTALS).result_rows
    classes = shipped_migrations()[_BEFORE + 1]
    insert_only = classes.up[: classes.up.index("ALTER TABLE")]
    run_statements(old, insert_only, None)
    old.command(
        "ALTER TABLE agentic_usage_hourly DELETE WHERE error = 'password: S3CRET' SETTINGS mutations_sync = 2"
    )  # half of what the last step deletes
    run_statements(old, classes.up, None)
    assert old.query(_TOTALS).result_rows == before


@pytest.mark.long(reason="upgrades a store of an older version; what it becomes changes with a new migration at most")
def test_originals_are_deleted_when_their_time_is_over(empty_clickhouse: Client) -> None:
    client = empty_clickhouse
    migrate(client)
    keep(client, Retention.ORIGINALS, 7)
    columns = "log, offset, version, raw, is_masked, key_id, original"
    for days, offset in ((6, 1), (8, 2)):
        stored_at = f"stored_at DateTime('UTC') MATERIALIZED now() - INTERVAL {days} DAY"
        client.command(f"ALTER TABLE dead_letters MODIFY COLUMN {stored_at}")
        client.command(f"INSERT INTO dead_letters ({columns}) VALUES ('log', {offset}, 1, 'mask', 1, 'id', 'sealed')")
    client.command("OPTIMIZE TABLE dead_letters FINAL")
    rows = client.query("SELECT offset, raw, key_id, original FROM dead_letter_list ORDER BY offset").result_rows
    assert rows == [(1, "mask", "id", "sealed"), (2, "mask", "id", "")]
