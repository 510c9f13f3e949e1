"""The location of an event in its log, and its written form."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from gatemeter.errors import SettingsError

_FORM = re.compile(r"(.+):(\d{1,10}):(\d{1,19}):(\d{1,10}):(\d{1,10})", re.ASCII)
_HOW = "copy a place from the first column of gatemeter dead-letters list"


@dataclass(frozen=True, slots=True, order=True)
class EventLocation:
    """Identifies one event of a log, and so one dead letter.

    `line` is the 1-based line in the message, or in the file; `event_index` the 0-based index in a line that holds an
    array of events. Written as `LOG:PARTITION:OFFSET:LINE:INDEX`, without blanks.
    """

    log: str
    partition: int
    offset: int
    line: int
    event_index: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse what `str` returns; the log's identity may contain colons. Raises SettingsError."""
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise SettingsError(f"{text!r} is not a LOG:PARTITION:OFFSET:LINE:INDEX", where="PLACE", do=_HOW)
        partition, offset, line, event_index = map(int, found.groups()[1:])
        if partition >= 2**31 or offset >= 2**63 or max(line, event_index) >= 2**32:
            raise SettingsError(f"{text!r} is beyond the end of every log", where="PLACE", do=_HOW)
        return cls(found[1], partition, offset, line, event_index)

    @classmethod
    def of(cls, row: Mapping[str, Any], prefix: str = "") -> Self:
        """The location in the columns of a stored row; their names begin with `prefix`."""
        return cls(*(row[f"{prefix}{field.name}"] for field in fields(cls)))

    def columns(self, prefix: str = "") -> dict[str, Any]:
        """The location as columns, as `of` reads them."""
        return {f"{prefix}{name}": value for name, value in asdict(self).items()}

    def __str__(self) -> str:
        """`LOG:PARTITION:OFFSET:LINE:INDEX`."""
        return f"{self.log}:{self.within_log}"

    @property
    def within_log(self) -> str:
        """`PARTITION:OFFSET:LINE:INDEX`."""
        return f"{self.partition}:{self.offset}:{self.line}:{self.event_index}"
