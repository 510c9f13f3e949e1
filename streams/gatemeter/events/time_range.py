"""The event times that are believed: outside of them a clock or a unit must be wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gatemeter.errors import RejectedEvent

_END_OF_DATES_MS = 253_402_300_800_000  # year 10000


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From `from_ms` up to, not including, `to_ms`, in Unix ms; an hour column can hold 1970 to 2106."""

    from_ms: int = 1_262_304_000_000  # 2010-01-01
    to_ms: int = 4_102_444_800_000  # 2100-01-01

    def check(self, started_at_ms: int) -> None:
        """Raise RejectedEvent (started_at_out_of_range) if `started_at_ms` is not believed."""
        if not self.from_ms <= started_at_ms < self.to_ms:
            raise RejectedEvent("started_at_out_of_range", f"{started_at_ms} ms{_as_date(started_at_ms)}")


def _as_date(unix_ms: int) -> str:
    """As in ` is 1970-01-21`, by which people who log seconds see their mistake."""
    if not 0 <= unix_ms < _END_OF_DATES_MS:
        return ""
    return f" is {datetime.fromtimestamp(unix_ms // 1000, UTC):%Y-%m-%d}, which is not believed"
