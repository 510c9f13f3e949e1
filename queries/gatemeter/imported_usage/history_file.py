"""A file of the history that another system has counted: CSV, checked as a whole before anything of it is used."""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from gatemeter.errors import InputError
from gatemeter.imported_usage.history_period import HistoryPeriod
from gatemeter.output.text import shortened
from gatemeter.reports.period import Period
from gatemeter.schema.imported_usage import STATUS_CLASSES

IDENTITY_COLUMNS = ("consumer_id", "consumer_username", "consumer_custom_id")
STATUS_COLUMNS = tuple(f"status_{name}" for name in STATUS_CLASSES)
COLUMNS = ("period", *IDENTITY_COLUMNS, "requests", *STATUS_COLUMNS)
"""What a file may tell. The period may be told by the command; of the identity one column is enough."""

MOST_ROWS = 500_000
"""As many are stored by one insert, which is there whole or not at all."""

_LARGEST_FILE_BYTES = 256 * 1024 * 1024
_LONGEST_TEXT = 512
_BEGIN_BYTES = 4
_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")
"""How files of gzip, ZIP (also of spreadsheets) and Zstandard begin."""
_LARGEST_COUNT = 2**63 - 1
_MOST_DIGITS = 19


@dataclass(frozen=True, slots=True)
class HistoryLayout:
    """How a file says things: the kind of its periods, their name where no column has it, and its columns.

    `renamed` are its names of `COLUMNS`, `ignored` its further columns.
    """

    period_kind: Period = Period.MONTH
    period: str | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    ignored: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """What the other system says of a consumer in a period; a status class is None where the file has none."""

    line: int
    period: str
    identity: tuple[str, ...]
    """In the order of `IDENTITY_COLUMNS`."""
    requests: int
    statuses: tuple[int | None, ...]
    """In the order of `STATUS_COLUMNS`."""


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """All rows of a file, each of another consumer or period."""

    path: Path
    sha256: str
    rows: Sequence[HistoryRow]

    def where(self, row: HistoryRow) -> str:
        """The row as `FILE:LINE`."""
        return f"{self.path}:{row.line}"


def read_history(path: Path, layout: HistoryLayout) -> HistoryFile:
    """The file at `path`.

    Raises InputError, with the line, for what is cut, unknown, negative, twice or of another period.
    """
    content = file_content(path)
    reader = _Reader(path, layout)
    rows = list(reader.rows(content))
    if not rows:
        raise InputError("has no rows", where=str(path))
    _require_different(path, rows)
    return HistoryFile(path, sha256(content).hexdigest(), rows)


def file_content(path: Path) -> bytes:
    """The bytes of a CSV. Raises InputError for a file that is missing, too large, packed, or cut within a line."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if len(content) > _LARGEST_FILE_BYTES:
        raise InputError("is larger than 256 MiB", where=str(path), do="split it by period")
    require_text_lines(content[:_BEGIN_BYTES], content[-1:], path, lambda: content.count(b"\n") + 1)
    return content


def require_text_lines(begin: bytes, end: bytes, path: Path, lines: Callable[[], int]) -> None:
    """Raise InputError for a file that is empty, packed, or cut within a line, by how it begins and its last byte.

    `lines` counts its lines, where one is to be named.
    """
    if not begin:
        raise InputError("is empty", where=str(path), do="fetch it again")
    if begin.startswith(_PACKED):
        raise InputError("is packed", where=str(path), do="unpack it")
    if end != b"\n":
        raise InputError(
            "the last line has no end: the file may be cut",
            where=f"{path}:{lines()}",
            do="fetch it again, or add a newline if it is whole",
        )


class _Reader:
    """Reads one file; `rows` raises InputError for the first line that cannot be taken."""

    def __init__(self, path: Path, layout: HistoryLayout) -> None:
        self._path = path
        self._layout = layout
        self._periods = HistoryPeriod(layout.period_kind)
        self._ours = {theirs: ours for ours, theirs in layout.renamed.items()}

    def rows(self, content: bytes) -> Iterator[HistoryRow]:
        lines = csv.reader(io.StringIO(self._text(content), newline=""), strict=True)
        names: list[str] | None = None
        line = 1
        try:
            for values in lines:
                if names is None:
                    names = self._names(values)
                else:
                    yield self._row(line, names, values)
                line = lines.line_num + 1
        except csv.Error as error:
            raise self._refused(line, f"is not CSV: {error}") from error

    def _text(self, content: bytes) -> str:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise self._refused(line, "is not UTF-8") from error
        if "\0" in text:
            raise self._refused(text.count("\n", 0, text.index("\0")) + 1, "holds a zero character")
        return text

    def _names(self, header: Sequence[str]) -> list[str]:
        """Our names of the file's columns, '' for one that is ignored."""
        if len(header) == 1 and {";", "\t"} & set(header[0]):
            raise self._refused(1, "its values are not separated by commas", do="write it with commas")
        names = [self._name(theirs) for theirs in header]
        self._require_columns([name for name in names if name])
        return names

    def _name(self, theirs: str) -> str:
        if theirs in self._layout.ignored:
            return ""
        ours = self._ours.get(theirs, "" if theirs in self._layout.renamed else theirs)
        if ours not in COLUMNS:
            raise self._refused(
                1, f"unknown column {shortened(theirs)!r}", do="say --column OURS=THEIRS, or --ignore-column THEIRS"
            )
        return ours

    def _require_columns(self, names: Sequence[str]) -> None:
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise self._refused(1, f"two columns are {twice}")
        if "requests" not in names:
            raise self._refused(1, "no column requests", do="name it with --column requests=THEIRS")
        if not set(names) & set(IDENTITY_COLUMNS):
            raise self._refused(1, "no column says whose requests they are", do=f"name one of {_listed()}")
        if ("period" in names) == (self._layout.period is not None):
            what = "no column period" if "period" not in names else "a column period, and --for names a period too"
            raise self._refused(1, what, do="say --for PERIOD for a file of one period")

    def _row(self, line: int, names: Sequence[str], values: Sequence[str]) -> HistoryRow:
        if len(values) != len(names):
            what = f"has {len(values)} values, the header names {len(names)}"
            raise self._refused(line, what, do="fetch the file again: it may be cut")
        if line > MOST_ROWS + 1:
            raise self._refused(line, f"more than {MOST_ROWS:,} rows", do="import a file for each period")
        given = dict(zip(names, values, strict=True))
        identity = tuple(self._text_of(line, given.get(name, ""), name) for name in IDENTITY_COLUMNS)
        if not any(identity):
            raise self._refused(line, "says of nobody whose requests they are")
        row = HistoryRow(
            line,
            self._period(line, given.get("period", self._layout.period or "")),
            identity,
            self._count(line, given["requests"], "requests"),
            tuple(self._count(line, given[name], name) if name in given else None for name in STATUS_COLUMNS),
        )
        self._require_sum(row)
        return row

    def _require_sum(self, row: HistoryRow) -> None:
        told = [count for count in row.statuses if count is not None]
        if sum(told) > row.requests or (len(told) == len(row.statuses) and sum(told) != row.requests):
            raise self._refused(row.line, f"its statuses add up to {sum(told):,}, its requests are {row.requests:,}")

    def _period(self, line: int, text: str) -> str:
        found = self._periods.named(text)
        if found is None:
            raise self._refused(line, f"{shortened(text)!r} is not a {self._layout.period_kind}", do="say --period")
        return found

    def _count(self, line: int, text: str, name: str) -> int:
        if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS or int(text) > _LARGEST_COUNT:
            raise self._refused(line, f"{name} is {shortened(text)!r}, not a whole number from 0")
        return int(text)

    def _text_of(self, line: int, text: str, name: str) -> str:
        if len(text) > _LONGEST_TEXT:
            raise self._refused(line, f"{name} has more than {_LONGEST_TEXT} characters")
        return text

    def _refused(self, line: int, what: str, *, do: str = "") -> InputError:
        return InputError(what, where=f"{self._path}:{line}", do=do)


def _listed() -> str:
    return ", ".join(IDENTITY_COLUMNS)


def _require_different(path: Path, rows: Sequence[HistoryRow]) -> None:
    first: dict[tuple[str, tuple[str, ...]], int] = {}
    for row in rows:
        line = first.setdefault((row.period, row.identity), row.line)
        if line != row.line:
            raise InputError(f"the consumer and period of line {line} again", where=f"{path}:{row.line}")
