"""A migration that erases stored texts says so before, and never runs where it has run already."""

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.errors import ConflictError
from gatemeter.metering.ruleset import RULESET_VERSION
from gatemeter.migrations import runner
from gatemeter.migrations.migration_files import shipped_migrations
from gatemeter.migrations.runner import migrate, migration_states
from tests.support import command_in_process
from tests.support.smoke import smoke

pytestmark = pytest.mark.clickhouse

_BEFORE = [each.title[5:] for each in shipped_migrations()].index("dead_letter_originals")
_PENDING = [each.title for each in shipped_migrations()[_BEFORE:]]
_WHAT = "2 texts of dead letters, which cannot be replayed any more; 1 texts of agents' errors, whose counts stay"
_CALL = (
    "INSERT INTO agentic_usage_hourly (hour, consumer_id, error, log, epoch_first_offset, version, calls) "
    "VALUES ('2026-02-03 10:00:00', 'c', '{error}', 'log', 0, 9, 3)"
)


def applied(client: Client) -> list[str]:
    return [state.migration for state in migration_states(client) if state.applied_at]


def texts(client: Client) -> list[str]:
    rows = client.query("SELECT error FROM agentic_usage_hourly UNION ALL SELECT raw FROM dead_letters").result_rows
    return sorted(text for (text,) in rows)


@pytest.fixture
def old(empty_clickhouse: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """An empty store of the version before."""
    with monkeypatch.context() as earlier:
        earlier.setattr(runner, "shipped_migrations", lambda: shipped_migrations()[:_BEFORE])
        migrate(empty_clickhouse)
    return empty_clickhouse


@pytest.fixture
def filled(old: Client) -> Client:
    """The same with texts of two dead letters and of an agent's error."""
    old.command(
        "INSERT INTO dead_letters (log, offset, version, raw, raw_size_bytes) "
        "VALUES ('log', 1, 2, 'first', 5), ('log', 2, 3, 'second', 6), ('log', 3, 4, '', 0)"
    )
    old.command(_CALL.format(error="denied for k"))
    return old


@pytest.mark.long(reason="upgrades a store of an older version; what it becomes changes with a new migration at most")
def test_texts_are_erased_only_with_permission(filled: Client) -> None:
    with pytest.raises(ConflictError, match=f"for it may hold secrets: {_WHAT}; .* --erase-stored-texts"):
        migrate(filled)
    assert texts(filled) == ["", "denied for k", "first", "second"]
    assert len(applied(filled)) == _BEFORE
    assert migrate(filled, may_erase=True) == _PENDING
    assert texts(filled) == ["", "(text removed)", "(text, 5 bytes)", "(text, 6 bytes)"]


@pytest.fixture
def _no_later_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this version ship none after the two that erase."""
    monkeypatch.setattr(runner, "shipped_migrations", lambda: shipped_migrations()[: _BEFORE + 2])


@pytest.mark.long(reason="makes a store of an older version; every new database goes the same way in `make test`")
@pytest.mark.usefixtures("_no_later_migrations")
def test_a_store_without_texts_needs_no_permission(old: Client) -> None:
    assert migrate(old) == _PENDING[:2]


@pytest.mark.usefixtures("_no_later_migrations")
def test_the_command_names_what_it_would_erase(filled: Client, database: str) -> None:
    refused = command_in_process.invoked("migrate", "--clickhouse", database)
    assert isinstance(refused.exception, ConflictError)
    assert _WHAT in str(refused.exception)
    command_in_process.run("migrate", "--clickhouse", database, "--erase-stored-texts")
    assert "first" not in texts(filled)


@pytest.mark.usefixtures("_no_later_migrations")
@pytest.mark.parametrize("first_missing", smoke([23, 24], 1, reason="the other one of two migrations that erase"))
def test_a_journal_that_lags_behind_starts_no_erasure(empty_clickhouse: Client, first_missing: int) -> None:
    client = empty_clickhouse
    migrate(client)
    client.command("INSERT INTO dead_letters (log, offset, version, raw, is_masked) VALUES ('log', 1, 2, '{}', 0)")
    client.command(_CALL.format(error="timeout"))
    client.command(
        f"INSERT INTO epoch_ledger (log, epoch_first_offset, version, rules) VALUES ('log', 0, 9, '{RULESET_VERSION}')"
    )
    client.command(f"ALTER TABLE schema_migrations DELETE WHERE number >= {first_missing} SETTINGS mutations_sync = 2")
    with pytest.raises(ConflictError, match=f"00{first_missing}_.* is not in the journal, though workers"):
        migrate(client, may_erase=True)
    assert texts(client) == ["timeout", "{}"]
