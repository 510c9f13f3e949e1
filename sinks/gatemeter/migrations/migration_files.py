"""The shipped migration files: `NNNN_name.up.sql` and `NNNN_name.down.sql`, one change each, never edited.

One SQL text for a single server and for a cluster: the few parts that differ are placeholders.

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

from clickhouse_connect.driver.binding import quote_identifier

from gatemeter.errors import ConflictError

_UP_FILE = re.compile(r"(?P<number>\d{4})_(?P<name>\w+)\.up\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One change of the schema and the way back. `title` is the file name without its endings."""

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
        """Hex digest of the file that takes it back."""
        return sha256(self.down.encode()).hexdigest()


@cache
def shipped_migrations() -> tuple[Migration, ...]:
    """All migrations of this version by number."""
    folder = files("gatemeter.migrations").joinpath("sql")
    found = sorted(match[0] for entry in folder.iterdir() if (match := _UP_FILE.fullmatch(entry.name)))
    return tuple(_migration(name) for name in found)


def sql_file(name: str) -> str:
    """The text of a file under `sql/`; line ends are newlines wherever it was checked out."""
    return files("gatemeter.migrations").joinpath("sql", name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _migration(up_name: str) -> Migration:
    title = up_name.removesuffix(".up.sql")
    return Migration(int(title[:4]), title, up=sql_file(up_name), down=sql_file(f"{title}.down.sql"))


_PLACEHOLDER = re.compile(r"\$\{(?P<name>\w+)(?::(?P<argument>[^}]*))?\}")
_ENGINE = re.compile(r"(?P<family>\w*MergeTree)\((?P<arguments>[^)]*)\)")
# The path names the table, not its UUID: a replica that joins later must find the others' data.
_REPLICA = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"


@dataclass(frozen=True, slots=True)
class Target:
    """What the SQL is rendered for: a database, and the cluster it is spread over (None: a single server)."""

    database: str
    cluster: str | None = None


def render(text: str, target: Target) -> str:
    """`text` with every placeholder filled in; raises ConflictError for an unknown one."""
    filled = _PLACEHOLDER.sub(lambda match: _fill(match["name"], match["argument"] or "", target), text)
    return "\n".join(line.rstrip() for line in filled.splitlines()) + "\n"


def statements(sql: str) -> list[str]:
    """The statements of a rendered file: comment lines dropped, cut at each semicolon that ends a line."""
    code = "\n".join(line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    return [statement.strip() for statement in re.split(r";[ \t]*(?:\n|$)", code) if statement.strip()]


def _fill(name: str, argument: str, target: Target) -> str:
    match name:
        case "database":
            return quote_identifier(target.database)
        case "on_cluster":
            return f"ON CLUSTER {quote_identifier(target.cluster)}" if target.cluster else ""
        case "engine":
            return _engine(argument, replicated=target.cluster is not None)
        case "dedup_window":
            return f"{'replicated' if target.cluster else 'non_replicated'}_deduplication_window = {argument}"
    raise ConflictError(f"unknown placeholder ${{{name}}} in a migration")


def _engine(engine: str, *, replicated: bool) -> str:
    if not replicated:
        return engine
    match = _ENGINE.fullmatch(engine)
    if match is None:
        raise ConflictError(f"a migration's engine {engine!r} is no MergeTree")
    arguments = ", ".join(filter(None, (_REPLICA, match["arguments"])))
    return f"Replicated{match['family']}({arguments})"
