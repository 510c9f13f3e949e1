"""The shipped migration files: `NNNN_name.up.sql` and `NNNN_name.down.sql`, one change each, never edited."""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

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
    folder = files("gatemeter.sinks.migrations").joinpath("sql")
    found = sorted(match[0] for entry in folder.iterdir() if (match := _UP_FILE.fullmatch(entry.name)))
    return tuple(_migration(name) for name in found)


def sql_file(name: str) -> str:
    """The text of a file under `sql/`; line ends are newlines wherever it was checked out."""
    return files("gatemeter.sinks.migrations").joinpath("sql", name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _migration(up_name: str) -> Migration:
    title = up_name.removesuffix(".up.sql")
    return Migration(int(title[:4]), title, up=sql_file(up_name), down=sql_file(f"{title}.down.sql"))
