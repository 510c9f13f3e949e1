"""The header that says by which counting rules the events of a frame were cut to what is metered.

It names the ruleset version of whoever sent the frame, with the meters whose members were kept, and the paths of
members that were kept beside: `8;meters=0c2f61d2a9b4;keep=response.headers.x-plan`.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from gatemeter.wire.frames import header_value

SLIMMED_HEADER = "gatemeter-slimmed"
UNREADABLE = "(unreadable)"
"""What stands for a header that nobody of ours wrote."""

_LONGEST = 1000
_VALUE = re.compile(
    r"(?P<rules>[0-9]{1,6})(?:;meters=(?P<meters>[0-9a-f]{1,32}))?(?:;keep=(?P<keep>[^\x00-\x1f\x7f]+))?", re.ASCII
)


class SlimmedBy(NamedTuple):
    """The counting rules by which events were cut, the version of the meters whose members are kept, and the paths."""

    rules: str
    meters: str = ""
    kept_paths: str = ""

    def __str__(self) -> str:
        """The value of the header."""
        parts = (("", self.rules), (";meters=", self.meters), (";keep=", self.kept_paths))
        return "".join(name + value for name, value in parts if value)


def slimmed_by(headers: Iterable[tuple[str, bytes | None]] | None) -> str:
    """The value of a message's header: '' where it is missing, `UNREADABLE` where nobody of ours wrote it."""
    told = header_value(headers, SLIMMED_HEADER)
    if not told:
        return ""
    return told if len(told) <= _LONGEST and _VALUE.fullmatch(told) else UNREADABLE


def parse_slimmed(value: str) -> SlimmedBy | None:
    """What a value says; None for `UNREADABLE`."""
    found = _VALUE.fullmatch(value)
    return None if found is None else SlimmedBy(found["rules"], found["meters"] or "", found["keep"] or "")
