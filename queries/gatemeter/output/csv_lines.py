"""Records as lines of CSV: some at a time, for an answer may have millions."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import chain, islice
from typing import Any

from gatemeter.output.remembered import Remembered

_LINES_AT_ONCE = 8
_MORE = ",0\r\n"
_NOTHING = '""'
"""The only field of a line, and empty: a reader would take an empty line for none."""


def csv_texts(
    records: Iterable[Mapping[str, Any]], columns: Sequence[str], cell: Callable[[str], str]
) -> Iterator[str]:
    """The header and the records, of each exactly `columns`, in texts of some lines, each ended by a newline.

    What `cell` makes of a text is written for it. Nothing is given before the first record is read.
    """
    cells = Remembered(lambda text: _field(cell(text)))

    def line(record: Mapping[str, Any]) -> str:
        values = map(record.__getitem__, columns)
        fields = [cells[value] if isinstance(value, str) else _field_of(value) for value in values]
        return f"{','.join(fields) or _NOTHING}\n"

    remaining = iter(records)
    first = next(remaining, None)
    yield f"{','.join(map(_field, columns))}\n"
    if first is not None:
        remaining = chain([first], remaining)
    while lines := "".join(map(line, islice(remaining, _LINES_AT_ONCE))):
        yield lines


def _field_of(value: Any) -> str:
    """A number, a date or another value, written as the csv library would write it."""
    if type(value) is int:
        return str(value)
    if value is None:
        return ""
    return _field(repr(value) if isinstance(value, float) else str(value))


def _field(text: str) -> str:
    """A text, quoted by the library where it must be."""
    line = StringIO(newline="")
    # A field is quoted for the characters of the line terminator in it, and readers take a lone CR for one too.
    csv.writer(line).writerow([text, 0])
    return line.getvalue().removesuffix(_MORE)
