"""The texts of a file whose events are to be explained: lines, or one JSON document over many lines."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from gatemeter.errors import InputError
from gatemeter.lenient.document import parse_document
from gatemeter.lenient.event_text import element_texts, is_json
from gatemeter.lenient.mending import mended_ends
from gatemeter.logfiles.lines import LogLine, read_lines
from gatemeter.wire.topics import MAX_EVENT_BYTES

_LARGEST_DOCUMENT_BYTES = 64 * 1024 * 1024


class EventText(NamedTuple):
    """The text of an event, or of a line with several, and the 1-based line that it begins on."""

    line: int
    text: bytes


def read_event_texts(path: Path) -> Iterator[EventText]:
    """The texts in order. Raises InputError as `read_lines` does.

    If the first line is not JSON by itself but the whole input is, the input is one document: an event, or an array of
    events.
    """
    lines = read_lines(path)
    held = _first_lines(lines)
    whole = _document_of(held)
    if whole is not None:
        yield from _elements(held[0].number, whole)
        return
    yield from map(_as_text, chain(held, lines))


def is_one_document(path: Path) -> bool:
    """Whether `path` is a file with one JSON document over several lines.

    It reads only the first line of a file that begins with an event, and nothing from a pipe.
    """
    return path.is_file() and _document_of(_first_lines(read_lines(path))) is not None


def require_lines(path: Path) -> None:
    """Raise InputError if `path` is one document over several lines: as a log, every line would be rejected."""
    if is_one_document(path):
        raise InputError(
            "is one JSON document over several lines, and a log has an event a line",
            where=str(path),
            do="write it so, for example with: jq -c 'if type == \"array\" then .[] else . end'",
        )


def _first_lines(lines: Iterator[LogLine]) -> list[LogLine]:
    """The first line, and if it may be the beginning of a document, the lines that the document may have."""
    held = list(islice(lines, 1))
    if held and mended_ends(held[0].content).text[:1] in (b"{", b"[") and not is_json(held[0].content):
        held += _up_to(lines, _LARGEST_DOCUMENT_BYTES)
    return held


def _document_of(held: Sequence[LogLine]) -> bytes | None:
    """The text of `held` if several lines together are one document."""
    if len(held) < 2 or any(line.oversized for line in held):
        return None
    whole = b"\n".join(line.content for line in held)
    return whole if is_json(whole) else None


def _elements(line: int, whole: bytes) -> Iterator[EventText]:
    document = parse_document(whole, [])
    texts = element_texts(mended_ends(whole).text, document) if isinstance(document, list) and document else [whole]
    for text in texts:
        yield EventText(line, text)


def _as_text(line: LogLine) -> EventText:
    # Only the head of a line that is too long was kept; its length must say that it was too long.
    return EventText(line.number, line.content.ljust(MAX_EVENT_BYTES + 1) if line.oversized else line.content)


def _up_to(lines: Iterator[LogLine], limit_bytes: int) -> Iterator[LogLine]:
    held = 0
    for line in lines:
        yield line
        held += line.size_bytes
        if held > limit_bytes:
            return
