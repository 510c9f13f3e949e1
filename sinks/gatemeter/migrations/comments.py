"""The comments that `DESCRIBE` shows of tables, views and their columns: from `comments.toml`, as SQL.

A migration does not hold them: a view that a later migration makes anew loses its comments, and a text that is
made better needs no migration.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from clickhouse_connect.driver.binding import quote_identifier
from clickhouse_connect.driver.client import Client

from gatemeter.migrations.migration_files import sql_file

_LATENCY = re.compile(r"latency_(?P<latency>\w+?)_(?P<statistic>count|(?:sum|min|max)_[mn]s|buckets|bucket_counts)")

_RUNG_VIEW = re.compile(r"(api_usage|llm_usage|agentic_usage|stream_sessions|meter_usage)_by_(hour|day|month)")


@dataclass(frozen=True, slots=True)
class Described:
    """A table or view as the server tells it: its comment, and those of its columns by name."""

    name: str
    is_view: bool
    about: str
    columns: Mapping[str, str]


def comment_statements(client: Client) -> str:
    """The SQL, with the placeholders of migrations, that gives the client's database the comments that it lacks."""
    return "".join(f"{statement};\n" for found in described(client) if (statement := _statement(found)))


def described(client: Client) -> list[Described]:
    """All tables and views of the client's database by name."""
    rows = client.query(sql_file("stored_comments.sql")).result_rows
    return [
        Described(name, bool(is_view), about, dict(zip(columns, comments, strict=True)))
        for name, is_view, about, columns, comments in rows
    ]


def about(name: str) -> str:
    """What a row of a table or view is; '' for one that is not known."""
    return str(_texts()["about"].get(name, ""))


def column_comment(name: str, column: str, *, is_view: bool) -> str:
    """What a column of a table or view means; '' for one that is not known.

    The views of rungs show what is stored as it is stored.
    """
    texts, kind = _texts(), "views" if is_view and not _RUNG_VIEW.fullmatch(name) else "tables"
    of_inventory = texts["inventory"] if name.startswith("inventory") else {}
    for section in (texts["of"].get(name, {}), of_inventory, texts[kind], texts["columns"]):
        if column in section:
            return str(section[column])
    if column in texts["names"]:
        return f"{texts['names'][column]} {'NULL' if kind == 'views' else repr('')} where there is none."
    latency = _LATENCY.fullmatch(column)
    if latency is None or latency["latency"] not in texts["latencies"]:
        return ""
    form = texts[f"latency_{kind}"].get(latency["statistic"], "")
    return str(form).format(latency=texts["latencies"][latency["latency"]])


@cache
def _texts() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("gatemeter.migrations").joinpath("comments.toml").read_text(encoding="utf-8"))


def _statement(found: Described) -> str:
    changes = list(_changes(found))
    return f"ALTER TABLE ${{database}}.{found.name} ${{on_cluster}}\n    " + ",\n    ".join(changes) if changes else ""


def _changes(found: Described) -> Iterator[str]:
    for column, stored in found.columns.items():
        wanted = column_comment(found.name, column, is_view=found.is_view)
        if wanted and wanted != stored:
            yield f"COMMENT COLUMN {quote_identifier(column)} {_quoted(wanted)}"
    wanted = about(found.name)
    if wanted and wanted != found.about:
        yield f"MODIFY COMMENT {_quoted(wanted)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
