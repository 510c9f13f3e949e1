"""Tables as CSV."""

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from gatemeter.exports.table_columns import Column
from gatemeter.output.records import csv_pieces


class CsvTable:
    """UTF-8 with a header line; what is not known is an empty field.

    A text that a spreadsheet would take for a formula has an apostrophe in front of it.
    """

    suffix = "csv"
    media_type = "text/csv"

    def write(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], file: IO[bytes]) -> None:
        """See `TableFormat`."""
        for piece in csv_pieces(rows, [each.name for each in columns]):
            file.write(piece)
