"""Mends text that is nearly JSON, without a guess about any value.

Log lines quote what clients send, and files get marks of their own: a byte order mark, NUL bytes where a log was
truncated under its writer, a header's raw bytes. None of it says that the request was not served.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

DEEPEST = 100
"""Objects and lists within more of them than this are not read; no format reads anything that deep."""

REPLACED = "\N{REPLACEMENT CHARACTER}"
LONGEST_PATH = 200
_WHITE_SPACE = b" \t\r\n"
_AROUND = b"\x00" + _WHITE_SPACE
_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(rb"[\x00-\x1f]")
# To its end or to that of the text, so that it matches wherever a quote stands and is never tried again.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NUMBER_OR_DASH = rb"(?:[0-9.]++|-)"
# Strings, and what is not such a value, are matched too, so that nothing is looked at twice. Groups that may fail in
# their middle are not possessive: before 3.11.5 Python goes on there, https://github.com/python/cpython/issues/106052.
_BARE = re.compile(
    _STRING.pattern
    + rb"|(?P<before>:[ \t]*+)(?P<value>-|0[0-9]++(?:\.[0-9]++)?|%b(?:(?:, ?| : )%b)+|)(?=[ \t]*+(?:,[ \t]*+\"|\}))"
    % (_NUMBER_OR_DASH, _NUMBER_OR_DASH)
    + rb"|:[0-9., \t:-]*+",
    re.DOTALL,
)
_ESCAPE = re.compile(rb'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}|)', re.DOTALL)


class Mended(NamedTuple):
    """A text, and in words what was taken from it."""

    text: bytes
    mended: list[str]


def mended_ends(line: bytes) -> Mended:
    """`line` without the byte order mark, NUL bytes and white space around it."""
    text = line.strip(_AROUND)
    mended = ["(NUL bytes)"] if len(text) < len(line.strip(_WHITE_SPACE)) else []
    if text.startswith(_BOM):
        text = text.removeprefix(_BOM).lstrip(_AROUND)
        mended.append("(byte order mark)")
    return Mended(text, mended)


def has_control_characters(text: bytes) -> bool:
    """Whether `text` has any, white space included; JSON forbids them within strings."""
    return _CONTROL.search(text) is not None


def with_valid_escapes(text: bytes) -> bytes:
    r"""`text` with a second backslash before escapes that JSON does not know, as nginx writes `\x16`."""
    return _ESCAPE.sub(lambda found: found[0] if len(found[0]) > 1 else b"\\\\", text)


def with_quoted_values(text: bytes) -> bytes:
    """`text` with quotes around values that are not JSON where an operator has left them out.

    nginx writes nothing or `-` for a variable without a value, `009` for a status of HTTP/0.9, and lists of times and
    statuses as in `0.010, 0.020 : -`. It takes time in proportion to the text.
    """
    return _BARE.sub(_quoted, text)


def _quoted(found: re.Match[bytes]) -> bytes:
    value: bytes | None = found["value"]
    return found[0] if value is None else found["before"] + b'"' + value + b'"'


def without_depths(text: bytes) -> bytes:
    """`text` with null in place of every object and list that stands deeper than `DEEPEST`.

    It takes time in proportion to the text, however deep it is.
    """
    outside = np.frombuffer(_STRING.sub(lambda found: b'"' * len(found[0]), text), np.uint8)
    opening, closing = (outside == ord("[")) | (outside == ord("{")), (outside == ord("]")) | (outside == ord("}"))
    depth = np.cumsum(opening.astype(np.int64) - closing)
    starts = np.flatnonzero(opening & (depth == DEEPEST + 1))
    ends = np.flatnonzero(closing & (depth == DEEPEST))
    pieces, kept_from = [], 0
    for start, end in zip(starts.tolist(), ends.tolist(), strict=False):
        pieces.append(text[kept_from:start])
        kept_from = end + 1
    return b"null".join([*pieces, text[kept_from:]])


def replaced_paths(value: Any) -> list[str]:
    """The dotted paths of the texts in `value` that hold U+FFFD, as bytes that were not UTF-8 do."""
    return list(dict.fromkeys(f"{path} (not UTF-8)" for path, text in _texts(value) if REPLACED in text))


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Every text in `value` with its path; a name in an object has the path of its value."""
    waiting = [("", value)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, str):
            yield path, each
        elif isinstance(each, dict):
            for name, child in each.items():
                # Cut here: a long name would be copied for each of its members.
                child_path = f"{path}.{name[:LONGEST_PATH]}"[:LONGEST_PATH] if path else name[:LONGEST_PATH]
                yield child_path, name
                waiting.append((child_path, child))
        elif isinstance(each, list):
            waiting += [(path, child) for child in each]
