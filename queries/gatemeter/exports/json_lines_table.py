"""Tables as JSON lines."""

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

import msgspec

from gatemeter.exports.table_columns import Column


class JsonLinesTable:
    """One object a line in UTF-8, with its members in the order of the columns; decimal numbers are texts."""

    suffix = "jsonl"
    media_type = "application/x-ndjson"

    def write(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], file: IO[bytes]) -> None:
        """See `TableFormat`."""
        names = [each.name for each in columns]
        encode = msgspec.json.Encoder().encode
        for row in rows:
            file.write(encode({name: row[name] for name in names}) + b"\n")
