"""CSV exports as rows with their lines: a row that is broken is told, and the rows behind it are read."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gatemeter.errors import InputError
from gatemeter.imported_usage.history_file import file_content
from gatemeter.reconciliation.cells import Cells, ContradictionError, UnreadableRowError
from gatemeter.reconciliation.stated import Export, UnreadRow

_LONGEST_FIELD = 16 * 1024 * 1024


class CsvExport:
    """A CSV in UTF-8 with a header line."""

    def __init__(self, path: Path) -> None:
        """Raise InputError for a file that cannot be read, is cut, or is not CSV with commas."""
        self.path = path
        content = file_content(path)
        try:
            self._text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise InputError("is not UTF-8", where=f"{path}:{line}", do="export it again as CSV") from error
        self.header = self._header()

    def _header(self) -> Sequence[str]:
        names = [each.strip() for each in next(csv.reader(io.StringIO(self._text, newline="")), [])]
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
        csv.field_size_limit(_LONGEST_FIELD)
        reader = csv.reader(io.StringIO(self._text, newline=""), strict=True)
        line = 1
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
