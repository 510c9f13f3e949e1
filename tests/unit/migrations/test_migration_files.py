"""Every shipped migration keeps the rules that make the runner safe, and renders as it was reviewed."""

import os
import re
from pathlib import Path

import pytest

from gatemeter.migrations.migration_files import Migration, Target, render, shipped_migrations, statements
from gatemeter.migrations.runner import rendered_sql

GOLDEN = Path(__file__).parents[2] / "golden"
REPEATABLE = re.compile(
    r"CREATE (TABLE|VIEW|MATERIALIZED VIEW) IF NOT EXISTS .*|CREATE OR REPLACE VIEW .*|DROP (TABLE|VIEW) IF EXISTS .*"
    r"|ALTER TABLE [^\n]*(\s+(ADD|DROP) COLUMN IF (NOT )?EXISTS [^\n]*)+"
    # What these select, they leave selected by nothing: done again, they do nothing.
    r"|ALTER TABLE [^\n]*\s+UPDATE raw = .* is_masked = 1\s+WHERE NOT is_masked .*"
    r"|INSERT INTO .* NOT IN .*|ALTER TABLE [^\n]*\s+DELETE WHERE .*"
    # The table is of rows that replace each other, and what is moved keeps its key and its version.
    r"|INSERT INTO \S+counting_starts\s.*\sFROM \S+counting_starts"
    # A sorting key that is given again stays as it is.
    r"|ALTER TABLE [^\n]*(\n +ADD COLUMN IF NOT EXISTS [^\n]*,)*\n +MODIFY ORDER BY \([^()]*\)"
    r"|ALTER TABLE [^\n]*(\n +MODIFY COLUMN \w+( [\w()]+)? CODEC\([\w(), ]+\),?)+",
    re.DOTALL,
)


def each_migration() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("migration", shipped_migrations(), ids=lambda migration: migration.title)


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [migration.number for migration in shipped_migrations()] == list(range(1, len(shipped_migrations()) + 1))


@each_migration()
def test_a_migration_starts_with_its_purpose(migration: Migration) -> None:
    assert migration.up.startswith("-- Purpose: ")
    assert migration.down.startswith("-- Purpose: ")


@each_migration()
def test_every_statement_of_a_migration_can_be_repeated(migration: Migration) -> None:
    for text in (migration.up, migration.down):
        for statement in statements(render(text, Target("gatemeter"))):
            assert REPEATABLE.fullmatch(statement), statement


@each_migration()
def test_every_statement_reaches_the_whole_cluster(migration: Migration) -> None:
    for text in (migration.up, migration.down):
        for statement in statements(render(text, Target("gatemeter", cluster="main"))):
            # What is inserted on one replica reaches the others by itself.
            assert "ON CLUSTER `main`" in statement or statement.startswith("INSERT INTO ")


@pytest.mark.parametrize(("name", "cluster"), [("migrations_single_server", None), ("migrations_cluster", "main")])
def test_the_rendered_sql_is_the_reviewed_golden_file(name: str, cluster: str | None) -> None:
    sql = rendered_sql(shipped_migrations(), Target("gatemeter", cluster))
    golden = GOLDEN / f"{name}.sql"
    if os.environ.get("GATEMETER_UPDATE_GOLDEN"):
        golden.write_text(sql, encoding="utf-8")
    assert sql == golden.read_text(encoding="utf-8")
