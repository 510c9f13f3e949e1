"""Columns as a block in ClickHouse's Native format (https://clickhouse.com/docs/interfaces/formats/Native)."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Lists(NamedTuple):
    """Lists of numbers, one behind the other; `ends` are where they end in `values`."""

    ends: npt.NDArray[np.int64]
    values: npt.NDArray[np.integer]


Column = npt.NDArray[np.integer] | Lists

_TYPES = {"u1": "UInt8", "u2": "UInt16", "u4": "UInt32", "i4": "Int32", "i8": "Int64"}


def native_block(columns: Mapping[str, Column]) -> Iterable[bytes]:
    """One block of equally long `columns`; whole numbers have the ClickHouse type of their dtype."""
    lengths = {len(_first(column)) for column in columns.values()}
    (row_count,) = lengths
    yield _varint(len(columns)) + _varint(row_count)
    for name, column in columns.items():
        if isinstance(column, Lists):
            yield _text(name) + _text(f"Array({_type(column.values)})")
            yield column.ends.astype("<u8").tobytes()
            yield column.values.tobytes()
        else:
            yield _text(name) + _text(_type(column))
            yield column.tobytes()


def _first(column: Column) -> npt.NDArray[np.integer]:
    return column.ends if isinstance(column, Lists) else column


def _type(values: npt.NDArray[np.integer]) -> str:
    return _TYPES[values.dtype.str[1:]]


def _text(text: str) -> bytes:
    return _varint(len(text)) + text.encode("ascii")


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
