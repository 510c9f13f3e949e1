"""Tables as Parquet."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import IO, Any, TypeVar

from gatemeter.errors import ConflictError, InstallError
from gatemeter.exports.table_columns import Column, ColumnType

_DIGITS, _DECIMALS = 38, 24
"""As amounts are stored; readers of Parquet take no more digits."""

_ROWS_AT_A_TIME = 8_192
_BATCHES_PER_GROUP = 8

Thing = TypeVar("Thing")


class ParquetTable:
    """Decimal numbers are DECIMAL(38, 24), moments timestamps of microseconds in UTC, whole numbers INT64.

    Equal rows give equal files with the same version of pyarrow. Raises InstallError where pyarrow is missing.
    """

    suffix = "parquet"
    media_type = "application/vnd.apache.parquet"

    def __init__(self) -> None:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError as error:
            raise InstallError(
                "Parquet needs pyarrow", do="pip install 'gatemeter[parquet]', or ask for jsonl"
            ) from error
        self._pa: Any = pa
        self._pq: Any = pq

    def write(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], file: IO[bytes]) -> None:
        """See `TableFormat`."""
        schema = self._pa.schema([(each.name, self._type(each)) for each in columns])
        batches = (self._batch(taken, columns, schema) for taken in _taken(iter(rows), _ROWS_AT_A_TIME))
        with self._pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for group in _taken(batches, _BATCHES_PER_GROUP):
                writer.write_table(self._pa.Table.from_batches(group, schema))

    def _batch(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], schema: Any) -> Any:
        try:
            arrays = [self._pa.array(_values(rows, each), self._type(each)) for each in columns]
        except self._pa.ArrowInvalid as error:
            whole = _DIGITS - _DECIMALS
            raise ConflictError(
                f"a number has more than {whole} digits before the point or {_DECIMALS} behind it, "
                "which Parquet does not hold here",
                do="ask for csv or jsonl",
            ) from error
        return self._pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _type(self, column: Column) -> Any:
        match column.type:
            case ColumnType.TEXT:
                return self._pa.string()
            case ColumnType.COUNT:
                return self._pa.int64()
            case ColumnType.DECIMAL:
                return self._pa.decimal128(_DIGITS, _DECIMALS)
            case ColumnType.MOMENT:
                return self._pa.timestamp("us", tz="UTC")


def _taken(things: Iterator[Thing], size: int) -> Iterator[list[Thing]]:
    while taken := list(islice(things, size)):
        yield taken


def _values(rows: Sequence[Mapping[str, Any]], column: Column) -> list[Any]:
    found = [row[column.name] for row in rows]
    if column.type is ColumnType.DECIMAL:
        return [None if each is None else Decimal(each) for each in found]
    if column.type is ColumnType.MOMENT:
        return [None if each is None else datetime.fromisoformat(each) for each in found]
    return found
