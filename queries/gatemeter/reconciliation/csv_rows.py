"""CSV exports as rows with their lines: a row that is broken is told, and the rows behind it are read.

Files are read row by row: a Cost and Usage Report of a whole account has gigabytes, most of them of other services.
"""

import codecs
import csv
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gatemeter.errors import InputError
from gatemeter.imported_usage.history_file import require_text_lines
from gatemeter.reconciliation.cells import Cells, ContradictionError, UnreadableRowError
from gatemeter.reconciliation.stated import Export, UnreadRow

_LONGEST_LINE = 16 * 1024 * 1024
_BEGIN_BYTES = 4


class CsvExport:
    """A CSV in UTF-8 with a header line. `read_into` reads the file, and raises InputError as this does."""

    def __init__(self, path: Path) -> None:
        """Raise InputError for a file that cannot be read, is cut, or is not CSV with commas."""
        self.path = path
        with self._opened() as file:
            begin = file.read(_BEGIN_BYTES)
            file.seek(-1 if begin else 0, os.SEEK_END)
            end = file.read(1)
            file.seek(0)
            require_text_lines(begin, end, path, lambda: sum(1 for _ in file))
            self.header = self._header(file)

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        try:
            with self.path.open("rb") as file:
                yield file
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=str(self.path)) from error

    def _lines(self, file: IO[bytes]) -> Iterator[str]:
        line = 0
        while piece := file.readline(_LONGEST_LINE + 1):
            line += 1
            if len(piece) > _LONGEST_LINE:
                raise InputError("the line is longer than 16 MiB", where=f"{self.path}:{line}", do="export it again")
            try:
                yield (piece.removeprefix(codecs.BOM_UTF8) if line == 1 else piece).decode()
            except UnicodeDecodeError as error:
                do = "export it again as CSV"
                raise InputError("is not UTF-8", where=f"{self.path}:{line}", do=do) from error

    def _header(self, file: IO[bytes]) -> Sequence[str]:
        names = [each.strip() for each in next(csv.reader(self._lines(file)), [])]
        if len(names) == 1 and {";", "\t"} & set(names[0]):
            raise InputError("its values are not separated by commas", where=f"{self.path}:1", do="export it again")
        twice = next((name for name in names if name and names.count(name) > 1), None)
        if twice is not None:
            raise InputError(f"two columns are called {twice}", where=f"{self.path}:1", do="export it again")
        return names

    def read_into(self, export: Export, read: Callable[[Cells, str], None]) -> None:
        """Call `read` with each row and its place; rows that it cannot read become `export.unread`.

        Raises InputError for a row whose numbers contradict each other.
        """
        for line, values in self._rows():
            where = f"{self.path}:{line}"
            if len(values) != len(self.header):
                what = f"has {len(values)} values, and the header names {len(self.header)}"
                export.unread.append(UnreadRow(where, what))
                continue
            read_row(export, Cells(dict(zip(self.header, values, strict=True))), where, read)

    def _rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        csv.field_size_limit(_LONGEST_LINE)
        line = 1
        with self._opened() as file:
            reader = csv.reader(self._lines(file), strict=True)
            try:
                next(reader)
                line = reader.line_num + 1
                for values in reader:
                    if any(values):
                        yield line, values
                    line = reader.line_num + 1
            except csv.Error as error:
                raise InputError(f"is not CSV: {error}", where=f"{self.path}:{line}", do="export it again") from error


def read_row(export: Export, cells: Cells, where: str, read: Callable[[Cells, str], None]) -> None:
    """Call `read`, and keep what it cannot read. Raises InputError for numbers that contradict each other."""
    before = len(export.amounts)
    try:
        read(cells, where)
    except UnreadableRowError as error:
        del export.amounts[before:]
        export.unread.append(UnreadRow(where, str(error)))
    except ContradictionError as error:
        raise InputError(
            f"{error}: the row is not as the provider wrote it", where=where, do="export the file again"
        ) from error
