"""Whether the tables and views of a store are made as the migrations make them: a replaced view shows other numbers."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.migrations.migration_files import render, shipped_migrations, statements
from gatemeter.migrations.runner import target_of
from gatemeter.schema import TABLES, Table
from gatemeter.verification.finding import Check, CheckResult, Finding

_VIEW = re.compile(
    r"CREATE (?:OR REPLACE )?VIEW (?:IF NOT EXISTS )?`[^`]*`\.(?P<name>\w+)\s+"
    r"(?:SQL SECURITY DEFINER )?AS\s(?P<query>.*)",
    re.DOTALL,
)
_UNION = "\nUNION ALL\n"
"""Between the branches of a view: those of subqueries are indented."""
_WITH_OF_UNION = re.compile(r"(?P<expressions>WITH\n.*?\n)SELECT\n.*\nUNION ALL\n", re.DOTALL)
_DROPPED_VIEW = re.compile(r"DROP VIEW IF EXISTS `[^`]*`\.(?P<name>\w+)")
_ENGINE = re.compile(r"(Shared|Replicated)?ReplacingMergeTree")


def check_stored_schema(client: Client) -> CheckResult:
    """The result of the check SCHEMA; `rows` counts tables and views. Raises as `fetch` does."""
    views = shipped_views(client)
    stored = {row["name"]: row for row in fetch(client, "verification/stored_definitions", {})}
    findings = [*_table_findings(stored), *_view_findings(stored, views, _replaced_views(client, views))]
    return CheckResult(Check.SCHEMA, 0, len(views) + len(TABLES), len(findings), findings)


def _replaced_views(client: Client, shipped: Mapping[str, str]) -> set[str]:
    """The names of stored views that show something else than the `shipped` ones."""
    stored = {row["name"]: row["query"] for row in fetch(client, "verification/stored_views", {"names": list(shipped)})}
    expected = _shipped_as_printed(client, shipped)
    differing = [name for name, query in stored.items() if query != expected[name]]
    # A server need not tell a view's query in the form in which it prints one.
    printed = _printed(client, [stored[name] for name in differing]) if differing else ()
    return {name for name, query in zip(differing, printed, strict=True) if query != expected[name]}


def _shipped_as_printed(client: Client, shipped: Mapping[str, str]) -> Mapping[str, str]:
    """The queries of `shipped` views as the server prints them, which one version always does alike."""
    known = _printed_by(client.server_version)
    if new := [query for query in shipped.values() if query not in known]:
        known.update(zip(new, _printed(client, new), strict=True))
    return {name: known[query] for name, query in shipped.items()}


@cache
def _printed_by(_version: str | None) -> dict[str, str]:
    """What is known of how the server of a version prints queries."""
    return {}


def _printed(client: Client, queries: Sequence[str]) -> Sequence[str]:
    [row] = fetch(client, "verification/printed_queries", {"queries": queries})
    printed: Sequence[str] = row["printed"]
    return printed


def shipped_views(client: Client) -> Mapping[str, str]:
    """The query of each view that all migrations together leave in the client's database."""
    views: dict[str, str] = {}
    for migration in shipped_migrations():
        for statement in statements(render(migration.up, target_of(client, None))):
            if dropped := _DROPPED_VIEW.match(statement):
                views.pop(dropped["name"], None)
            elif view := _VIEW.fullmatch(statement):
                views[view["name"]] = _as_stored(view["query"])
    return views


def _as_stored(query: str) -> str:
    """ClickHouse stores the WITH of a UNION in front of each of its branches."""
    match = _WITH_OF_UNION.match(query)
    return query.replace(_UNION, f"{_UNION}{match['expressions']}") if match else query


def _table_findings(stored: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    for table in TABLES:
        detail = _table_difference(table, stored.get(table.name))
        if detail:
            yield _finding(table.name, detail)


def _table_difference(table: Table, stored: Mapping[str, Any] | None) -> str:
    if stored is None:
        return "the table is missing"
    if not _ENGINE.fullmatch(stored["engine"]):
        return f"it is made with {stored['engine']}, which keeps other rows than those with the highest version"
    if stored["sorting_key"] != ", ".join(table.key_columns):
        return f"its rows replace each other by ({stored['sorting_key']})"
    # A column that is not declared, such as when the server stored a row, is read by no report and no check.
    computed = [name for name in stored["computed_columns"] if name in table.column_names]
    if computed:
        return f"the columns {', '.join(computed)} are computed, not stored"
    return ""


def _view_findings(
    stored: Mapping[str, Mapping[str, Any]], views: Mapping[str, str], replaced: Collection[str]
) -> Iterator[Finding]:
    for name in views:
        if name not in stored:
            yield _finding(name, "the view is missing")
        elif stored[name]["engine"] != "View" or name in replaced:
            yield _finding(name, "it shows something else than the view that the migrations make")


def _finding(table: str, detail: str) -> Finding:
    return Finding(
        check=Check.SCHEMA,
        topic="",
        log="",
        partition=0,
        first_offset=0,
        next_offset=0,
        table=table,
        detail=detail,
    )
