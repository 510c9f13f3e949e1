"""Files of an export on their way: written whole into a working directory, with their size and hash."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, cast

from gatemeter.errors import DeliveryError
from gatemeter.exports.manifest import ExportedFile
from gatemeter.exports.table_files import Row, Table, TableFormat
from gatemeter.whole_file import whole_file

OnRows = Callable[[int], None]
"""Told now and then how many rows are written."""

_ROWS_BETWEEN_TELLING = 1_000
_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file that is whole at `path`."""

    path: Path
    facts: ExportedFile


def stage_table(table: Table, form: TableFormat, folder: Path, on_rows: OnRows) -> StagedFile:
    """Write the table into `folder`, whole or not at all. Raises DeliveryError where it cannot be written."""
    name = f"{table.name}.{form.suffix}"
    counted = _Counted(table.rows, on_rows)
    try:
        with whole_file(folder / name) as file:
            hashed = _Hashed(file)
            form.write(counted, table.columns, cast(IO[bytes], hashed))
    except OSError as error:
        raise unwritable(folder / name, error) from error
    facts = ExportedFile(
        name=name,
        media_type=form.media_type,
        rows=counted.count,
        size_bytes=hashed.size_bytes,
        sha256=hashed.hash.hexdigest(),
    )
    return StagedFile(folder / name, facts)


def file_sha256(path: Path) -> str:
    """The hash of a file's content, in hex. Raises OSError."""
    found = sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            found.update(piece)
    return found.hexdigest()


def unwritable(path: Path, error: OSError) -> DeliveryError:
    """The error for a file that cannot be written."""
    return DeliveryError(
        f"cannot be written: {error.strerror or error}",
        where=str(path),
        do="make room or name another place, and run again",
    )


class _Hashed:
    """Passes on what is written, with its size and hash."""

    closed = False

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = sha256()
        self.size_bytes = 0

    def write(self, piece: bytes) -> int:
        self.hash.update(piece)
        self.size_bytes += memoryview(piece).nbytes
        return self._file.write(piece)

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size_bytes

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """Do nothing: whoever has opened the file closes it."""


class _Counted:
    def __init__(self, rows: Iterable[Row], on_rows: OnRows) -> None:
        self._rows = rows
        self._on_rows = on_rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            if self.count % _ROWS_BETWEEN_TELLING == 0:
                self._on_rows(self.count)
            yield row
