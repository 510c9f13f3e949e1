"""What stands before the event in its line: the prefix of CRI or of syslog, the header of a schema registry.

All of them are matched from the first byte on, which no client chooses.
"""

import re

from gatemeter.envelopes.opened import PARTIAL_LINE, PIECE, Opened
from gatemeter.errors import RejectedEvent

SCHEMA_REGISTRY = "schema registry"
"""The kind of the header of a schema registry: it belongs to the message, and is not one of MOST_ENVELOPES."""
_SCHEMA_HEADER_BYTES = 5
_NO_SCHEMA = b"\x00" * _SCHEMA_HEADER_BYTES
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DATE = rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:[Zz]|[+-]\d\d:?\d\d)"
# https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
_CRI = re.compile(rb"%b (?:stdout|stderr) (?P<tag>[FP])(?::[^ ]{0,64})? (?P<content>.*)" % _DATE, re.DOTALL)
_PRIORITY = rb"(?:\d{1,7} )?<\d{1,3}>"  # behind the length of the frame (RFC 6587)
_NAME = rb"[!-~]{1,255}"
# RFC 5424 section 6: version, time, host, program, process, message id, structured data, message.
_STRUCTURED_DATA = rb'(?:-|(?:\[[^"\]]{1,255}(?:"(?:[^"\\]|\\.)*+"[^"\]]{0,255})*+\])++)'
_NEW_SYSLOG = re.compile(
    rb"%b1 (?:-|%b)(?: %b){4} %b (?:\xef\xbb\xbf)?(?P<content>.*)" % (_PRIORITY, _DATE, _NAME, _STRUCTURED_DATA),
    re.DOTALL,
)
# RFC 3164 section 4: month, day, time, host, tag; daemons may write the time of RFC 3339, and files have no priority.
# Some senders leave out the tag before JSON, others put the mark of structured logs there.
_TAG = rb"(?:[^\s:\[{]{1,128}(?:\[[^\]\s]{1,64}\])?: ?(?:@cee: ?)?|(?=\{))"
_OLD_SYSLOG = re.compile(
    rb"(?:%b)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|%b) (?:%b )?%b(?P<content>.*)" % (_PRIORITY, _DATE, _NAME, _TAG),
    re.DOTALL,
)
_PREFIXES = (("CRI", _CRI), ("syslog RFC 5424", _NEW_SYSLOG), ("syslog RFC 3164", _OLD_SYSLOG))


def has_schema_header(value: bytes) -> bool:
    """Whether JSON stands behind the 5 bytes of a schema registry: a byte 0 and the id of a schema, which is not 0.

    https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
    """
    if value[:1] != b"\x00" or value[_SCHEMA_HEADER_BYTES : _SCHEMA_HEADER_BYTES + 1] not in (b"{", b"["):
        return False
    header = value[:_SCHEMA_HEADER_BYTES]
    return header != _NO_SCHEMA and _BYTE_ORDER_MARK not in header


def without_schema_header(value: bytes) -> bytes:
    """`value` from its JSON on, if it has such a header."""
    return value[_SCHEMA_HEADER_BYTES:] if has_schema_header(value) else value


def schema_header(value: bytes) -> bytes:
    """Such a header; nothing where there is none."""
    return value[:_SCHEMA_HEADER_BYTES] if has_schema_header(value) else b""


def open_prefix(line: bytes) -> Opened | None:
    """What stands behind the prefix of `line`; None if it has none. Raises RejectedEvent: partial_line."""
    if has_schema_header(line):
        return Opened(SCHEMA_REGISTRY, line[_SCHEMA_HEADER_BYTES:])
    for name, pattern in _PREFIXES:
        found = pattern.match(line)
        if found is None:
            continue
        if name == "CRI" and found["tag"] == b"P":
            raise RejectedEvent(PARTIAL_LINE, PIECE)
        return Opened(name, found["content"])
    return None
