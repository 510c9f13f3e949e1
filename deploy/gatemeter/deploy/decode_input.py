"""The events of a file that somebody wants explained: a line each, one document over many lines, or an array."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from gatemeter.contracts.errors import InputError, RejectedEvent
from gatemeter.contracts.log_lines import LogLine, read_lines
from gatemeter.contracts.topics import MAX_EVENT_BYTES
from gatemeter.streams.loose_json.event_text import element_texts, parse_document

_LARGEST_DOCUMENT_BYTES = 64 * 1024 * 1024


class EventText(NamedTuple):
    """A JSON text and the 1-based line that it begins on."""

    line: int
    text: bytes


def read_event_texts(path: Path) -> Iterator[EventText]:
    """The texts in order. Raises InputError as `read_lines` does.

    If the first line is no JSON by itself but the whole input is, that is one document, and an array its elements.
    """
    lines = read_lines(path)
    first = next(lines, None)
    if first is None:
        return
    if _is_json(first.content):
        yield from map(_as_text, chain([first], lines))
        return
    held = [first, *_up_to(lines, _LARGEST_DOCUMENT_BYTES)]
    whole = _joined(held)
    if len(held) > 1 and not any(line.oversized for line in held) and _is_json(whole):
        yield from _elements(first.number, whole)
        return
    yield from map(_as_text, chain(held, lines))


def is_one_document(path: Path) -> bool:
    """Whether `path` is a file with one JSON document over several lines.

    Nothing is read of a stream, and only the first line of a file that begins with an event.
    """
    lines = read_lines(path) if path.is_file() else iter(())
    first = next(lines, None)
    if first is None or _is_json(first.content) or first.content.lstrip()[:1] not in (b"{", b"["):
        return False
    held = [first, *_up_to(lines, _LARGEST_DOCUMENT_BYTES)]
    return len(held) > 1 and not any(line.oversized for line in held) and _is_json(_joined(held))


def require_lines(path: Path) -> None:
    """Raise InputError if `path` is one document over several lines: read line by line, every line would be bad."""
    if is_one_document(path):
        raise InputError(
            "is one JSON document over several lines, and a log has an event a line",
            where=str(path),
            do="write it so, for example with: jq -c 'if type == \"array\" then .[] else . end'",
        )


def _joined(lines: Sequence[LogLine]) -> bytes:
    return b"\n".join(line.content for line in lines)


def _elements(line: int, whole: bytes) -> Iterator[EventText]:
    document = parse_document(whole)
    texts = element_texts(whole, document) if isinstance(document, list) and document else [whole]
    for text in texts:
        yield EventText(line, text)


def _as_text(line: LogLine) -> EventText:
    # Of a line that is too long only the head was kept; its length is what says so.
    return EventText(line.number, line.content.ljust(MAX_EVENT_BYTES + 1) if line.oversized else line.content)


def _up_to(lines: Iterator[LogLine], limit_bytes: int) -> Iterator[LogLine]:
    held = 0
    for line in lines:
        yield line
        held += line.size_bytes
        if held > limit_bytes:
            return


def _is_json(text: bytes) -> bool:
    try:
        parse_document(text)
    except RejectedEvent:
        return False
    return True
