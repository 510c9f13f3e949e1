"""Items on disk in the order of a key: however many there are, they take the same memory.

They are in a temporary database of SQLite's, a file without a name that is gone with the process, however that ends.
It lies where SQLite puts such files: in `SQLITE_TMPDIR`, in `TMPDIR`, or in /var/tmp.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic, Self, TypeVar

import msgspec

from gatemeter.errors import DeliveryError

Item = TypeVar("Item")

_CACHE_KIB = 4_096
"""Of pages, and again of rows that are sorted."""
_SETTINGS = (
    f"PRAGMA cache_size = -{_CACHE_KIB}",
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA temp_store = FILE",
    "CREATE TABLE items (key TEXT NOT NULL, body BLOB NOT NULL)",
    "BEGIN",
)
_ENCODER = msgspec.msgpack.Encoder()


class Spool(Generic[Item]):
    """Items of the type `kind`, which msgspec has to know. They are read in the order of their keys, as often as asked.

    Everything raises DeliveryError where the disk is full.
    """

    def __init__(self, kind: type[Item]) -> None:
        self._decoder: msgspec.msgpack.Decoder[Item] = msgspec.msgpack.Decoder(kind)
        self._count = 0
        with _on_disk():
            self._database = sqlite3.connect("", isolation_level=None)
            for statement in _SETTINGS:
                self._database.execute(statement)

    def add(self, key: str, item: Item) -> None:
        """Keep an item. Several may have one key."""
        with _on_disk():
            self._database.execute("INSERT INTO items VALUES (?, ?)", (key, _ENCODER.encode(item)))
        self._count += 1

    def __iter__(self) -> Iterator[Item]:
        with _on_disk():
            rows = self._database.execute("SELECT body FROM items ORDER BY key, rowid")
        while (row := _following(rows)) is not None:
            yield self._decoder.decode(row[0])

    def __len__(self) -> int:
        return self._count

    def close(self) -> None:
        """Forget all; idempotent."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _following(rows: sqlite3.Cursor) -> Any:
    with _on_disk():
        return rows.fetchone()


@contextmanager
def _on_disk() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise DeliveryError(
            f"what is to be delivered cannot be kept on disk meanwhile: {error}",
            do="make room, or set SQLITE_TMPDIR to a folder that has some",
        ) from error
