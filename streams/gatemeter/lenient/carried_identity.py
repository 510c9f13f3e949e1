"""The identity of an event whose text was cut to what metering reads, as its last member.

An event without an id is known by its text, or by its text and its place. Whoever cuts it takes the hash of the whole
text along, so that it stays the same event as its copies that were not cut. It is the last member of an object, or the
last word of a line.
"""

import re

MEMBER = "gatemeter_identity"
_AT_END = re.compile(rb',"gatemeter_identity":"(line:[0-9a-f]{32}|[0-9a-f]{16})"\}\Z')
_AT_END_OF_LINE = re.compile(rb' gatemeter_identity="([0-9a-f]{16})"\Z')
_LONGEST = 80


def carried_identity(text: bytes) -> str:
    """The hash that an object or a line carries at its end; '' if it carries none."""
    if not text.endswith((b'"}', b'"')):
        return ""
    pattern = _AT_END if text.endswith(b"}") else _AT_END_OF_LINE
    found = pattern.search(text, max(0, len(text) - _LONGEST))
    return "" if found is None else found[1].decode("ascii")


def carrying(text: bytes, identity: str) -> bytes:
    """The JSON object `text`, which has members, with `identity` as its last one; '' for none."""
    return text[:-1] + f',"{MEMBER}":"{identity}"}}'.encode() if identity else text


def line_carrying(line: bytes, identity: str) -> bytes:
    """A line of text with `identity` as its last word; '' for none."""
    return line + f' {MEMBER}="{identity}"'.encode() if identity else line
