"""The tables of an export: their columns with types, and the formats of files that hold them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any, Protocol

from gatemeter.exports.csv_table import CsvTable
from gatemeter.exports.json_lines_table import JsonLinesTable
from gatemeter.exports.parquet_table import ParquetTable
from gatemeter.exports.table_columns import Column

Row = Mapping[str, Any]


class TableFormat(Protocol):
    """Writes rows to a file, one after the other."""

    suffix: str
    media_type: str

    def write(self, rows: Iterable[Row], columns: Sequence[Column], file: IO[bytes]) -> None:
        """Write `rows`, each with exactly `columns`. Raises ConflictError for a value that the format cannot hold."""


class FileFormat(StrEnum):
    """The formats by the names that people give them."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"

    @property
    def table_format(self) -> TableFormat:
        """What writes it. Raises InstallError where a package is missing."""
        match self:
            case FileFormat.CSV:
                return CsvTable()
            case FileFormat.JSONL:
                return JsonLinesTable()
            case FileFormat.PARQUET:
                return ParquetTable()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a name; they are read once, while the file is written."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Row]
