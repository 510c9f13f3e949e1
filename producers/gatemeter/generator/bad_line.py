"""Lines that cannot be counted. Each becomes one dead letter, with a reason that is known beforehand."""

import re
from collections.abc import Callable
from dataclasses import dataclass

NO_TIME = "started_at_missing"
"""The reason of a request that belongs to no month."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line and the reason code of its dead letter."""

    content: bytes
    reason: str


_STATUS = re.compile(rb'"status":\d+')
_STARTED_AT = re.compile(rb',"started_at":\d+')


def spoil(event_line: bytes, share: float) -> BadLine:
    """A bad line made from a good one. `share`, 0 to 1, decides which kind, and where in the line."""
    scaled = share * len(_KINDS)
    kind = int(scaled)
    content, reason = _KINDS[kind]
    return BadLine(content(event_line, scaled - kind), reason)


def _cut_short(line: bytes, share: float) -> bytes:
    # In front of a comma: a line that ends within a character or a number would be wrong in another way, too.
    return line[: line.rindex(b",", 0, 100 + int(share * (len(line) - 120)))]


def _plain_text(_line: bytes, share: float) -> bytes:
    return b"2026/02/11 09:14:02 [error] 1291#0: *%d upstream timed out (110)" % int(share * 100_000)


def _number(_line: bytes, share: float) -> bytes:
    return b"%d" % int(share * 1_000_000)


def _invalid_utf8(line: bytes, _share: float) -> bytes:
    return b"\xc3\x28\xff" + line


def _status_no_number(line: bytes, _share: float) -> bytes:
    return _STATUS.sub(b'"status":"abc"', line, count=1)


def _without_time(line: bytes, _share: float) -> bytes:
    return _STARTED_AT.sub(b"", line, count=1)


def _empty(_line: bytes, _share: float) -> bytes:
    return b"{}"


_KINDS: tuple[tuple[Callable[[bytes, float], bytes], str], ...] = (
    (_cut_short, "truncated_json"),
    (_plain_text, "invalid_json"),
    (_number, "not_an_object"),
    (_invalid_utf8, "invalid_utf8"),
    (_status_no_number, "status_invalid"),
    (_without_time, NO_TIME),
    (_empty, "empty_object"),
)
