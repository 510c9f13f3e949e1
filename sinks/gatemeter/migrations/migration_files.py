"""The shipped migrations: `NNNN_name.up.sql` and `NNNN_name.down.sql`, one change each, never edited once released.

One SQL text serves a single server and a cluster. What differs is a placeholder:

| placeholder | single server | cluster |
| --- | --- | --- |
| `${database}` | the quoted database | the same |
| `${on_cluster}` | nothing | `ON CLUSTER` with the quoted cluster |
| `${engine:ReplacingMergeTree(version)}` | as written | `ReplicatedReplacingMergeTree(path, replica, version)` |
| `${dedup_window:0}` | `non_replicated_deduplication_window = 0` | `replicated_deduplication_window = 0` |
"""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template

from clickhouse_connect.driver.binding import quote_identifier

from gatemeter.errors import ConflictError

_UP_FILE = re.compile(r"(?P<number>\d{4})_(?P<name>\w+)\.up\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One change of the schema, and its reversal. `title` is the file name without its endings."""

    number: int
    title: str
    up: str
    down: str

    @property
    def up_sha256(self) -> str:
        """Hex digest of the file that applies the change."""
        return sha256(self.up.encode()).hexdigest()

    @property
    def down_sha256(self) -> str:
        """Hex digest of the file that reverts the change."""
        return sha256(self.down.encode()).hexdigest()


@cache
def shipped_migrations() -> tuple[Migration, ...]:
    """All migrations of this version by number."""
    folder = files("gatemeter.migrations").joinpath("sql")
    found = sorted(match[0] for entry in folder.iterdir() if (match := _UP_FILE.fullmatch(entry.name)))
    return tuple(_migration(name) for name in found)


def sql_file(name: str) -> str:
    """The text of a file under `sql/`, with newlines as line ends however it was checked out."""
    return files("gatemeter.migrations").joinpath("sql", name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _migration(up_name: str) -> Migration:
    title = up_name.removesuffix(".up.sql")
    return Migration(int(title[:4]), title, up=sql_file(up_name), down=sql_file(f"{title}.down.sql"))


_ENGINE = re.compile(r"(?P<family>\w*MergeTree)\((?P<arguments>[^)]*)\)")
# The path names the table, not its UUID: a replica that joins later must find the data of the others.
_REPLICA = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"


@dataclass(frozen=True, slots=True)
class Target:
    """What the SQL is rendered for: a database, and the cluster that it is spread over (None: a single server)."""

    database: str
    cluster: str | None = None


def render(text: str, target: Target) -> str:
    """`text` with every placeholder filled in. Raises ConflictError for a placeholder not in the table above."""
    try:
        filled = _SqlTemplate(text).substitute(_Placeholders(target))
    except ValueError as error:
        raise ConflictError(f"a placeholder in a migration is malformed: {error}") from error
    return "\n".join(line.rstrip() for line in filled.splitlines()) + "\n"


def statements(sql: str) -> list[str]:
    """The statements of a rendered file: comment lines dropped, cut at each semicolon that ends a line."""
    code = "\n".join(line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    return [statement.strip() for statement in re.split(r";[ \t]*(?:\n|$)", code) if statement.strip()]


class _SqlTemplate(Template):
    idpattern = "(?!)"  # a name without braces is malformed: SQL may hold a `$` before a word
    braceidpattern = r"\w+(?::[^}]*)?"


class _Placeholders(dict[str, str]):
    """The text of each placeholder for one target, computed when the template asks for it."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self._target = target

    def __missing__(self, placeholder: str) -> str:
        name, _, argument = placeholder.partition(":")
        cluster = self._target.cluster
        match name:
            case "database":
                return quote_identifier(self._target.database)
            case "on_cluster":
                return f"ON CLUSTER {quote_identifier(cluster)}" if cluster else ""
            case "engine":
                return _replicated(argument) if cluster else argument
            case "dedup_window":
                return f"{'replicated' if cluster else 'non_replicated'}_deduplication_window = {argument}"
        raise ConflictError(f"unknown placeholder ${{{placeholder}}} in a migration")


def _replicated(engine: str) -> str:
    match = _ENGINE.fullmatch(engine)
    if match is None:
        raise ConflictError(f"the engine {engine!r} of a migration is not a MergeTree")
    arguments = ", ".join(filter(None, (_REPLICA, match["arguments"])))
    return f"Replicated{match['family']}({arguments})"
