"""What a file looks like of which no line could be counted: for the person who gave it by mistake."""

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from gatemeter.errors import InputError
from gatemeter.formats.detection import detect
from gatemeter.formats.registry import has_event_marker
from gatemeter.lenient.document import UNREADABLE, parse_json
from gatemeter.logfiles.lines import read_lines

FIRST_LINES = 20
"""How many lines of a file show what it is."""

_NAMED_MEMBERS = 4
_SHORTEST_LINE_OF_FIELDS = 3
_MAGIC = {
    b"PK\x03\x04": "a ZIP archive",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "a SQLite database",
    b"%PDF": "a PDF",
    b"\x7fELF": "a program",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}
_PATTERNS = (
    (
        rb'\S+ \S+ .{1,256}? \[\d{2}/[A-Z][a-z]{2}/\d{4}:[^\]]{8,20}\] "',
        "an access log of nginx or Apache",
    ),
    (rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[a-z]+\] \d+#\d+:", "the error log of nginx"),
    (rb'\[\d{4}-\d\d-\d\dT[^\]]{8,20}\] "[A-Z-]+ ', "an access log of Envoy in its text form"),
    (rb"#(?:Version|Fields|Software|Date):", "a W3C extended log"),
    (rb"<\d{1,3}>\d? ?[A-Z0-9]|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ \S+:", "syslog"),
    (rb"<(?:\?xml|!DOCTYPE|html|[a-zA-Z][\w-]*[ >])", "XML or HTML"),
    (rb'(?:[\w.]+=(?:"[^"]*"|\S*) +){2,}[\w.]+=', "logfmt"),
    (rb"(?:---|[A-Za-z][\w-]*:(?: .*)?)$", "YAML"),
)
_KINDS = tuple((re.compile(pattern), kind) for pattern, kind in _PATTERNS)
_SEPARATORS = {b",": "CSV", b";": "CSV with semicolons", b"\t": "values between tabs"}


def nothing_counted(path: Path, log_format: str, again: str, first_lines: Sequence[bytes] | None = None) -> InputError:
    """The error for a file of which no line could be counted as `log_format`. Raises InputError if it cannot be read.

    `again` says how it can be read in another format, as in `ship it again`.

    `first_lines`, its first lines that are not blank, are given for what can be read only once.
    """
    lines = first_lines
    if lines is None:
        lines = [line.content for line in islice(read_lines(path), FIRST_LINES)]
    known = detect(lines).names
    if any(map(has_event_marker, lines)) or log_format in known:
        what, do = "it holds events", "look at the dead letters, which say what is wrong with each of them"
    else:
        what = f"it looks like {resemblance(lines)}"
        do = (
            f"{again} with --format {known[0]}; as {log_format} its lines are dead letters"
            if known
            else "name a log with a JSON event a line; its lines are kept as dead letters, which --format auto prevents"
        )
    return InputError(f"nothing could be counted: {what}", where=str(path), do=do)


def resemblance(lines: Sequence[bytes]) -> str:
    """What the first lines of a file look like, as in `CSV`."""
    if not lines:
        return "nothing"
    first = lines[0]
    for magic, kind in _MAGIC.items():
        if first.startswith(magic):
            return kind
    if any(b"\x00" in line for line in lines):
        return "data that is not text"
    members = _members(first)
    if members is not None:
        return members
    separated = _separated(lines)
    known = next((kind for pattern, kind in _KINDS if any(pattern.match(line) for line in lines[:2])), None)
    return known or separated or "text"


def _members(line: bytes) -> str | None:
    value = parse_json(line)
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        names = list(map(str, value))
        more = ", ..." if len(names) > _NAMED_MEMBERS else ""
        return (
            f"JSON of another kind, with {', '.join(names[:_NAMED_MEMBERS])}{more}" if names else "empty JSON objects"
        )
    return None if value is UNREADABLE or line.lstrip()[:1] not in (b"{", b"[") else "JSON of another kind"


def _separated(lines: Sequence[bytes]) -> str | None:
    """CSV, if a separator stands equally often in each of the first lines."""
    for separator, kind in _SEPARATORS.items():
        counts = {line.count(separator) for line in lines if b'"' not in line}
        if counts and min(counts) >= 1 and (len(counts) == 1 or min(counts) >= _SHORTEST_LINE_OF_FIELDS):
            return kind
    return None
