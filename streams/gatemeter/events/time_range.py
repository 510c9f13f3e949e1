"""Which event times are believed."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gatemeter.errors import RejectedEvent

_END_OF_DATES_MS = 253_402_300_800_000  # year 10000


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Event times in Unix ms, half open; an hour column can hold 1970 to 2106."""

    from_ms: int = 1_262_304_000_000  # 2010-01-01
    to_ms: int = 4_102_444_800_000  # 2100-01-01

    def check(self, started_at_ms: int | None) -> None:
        """Raises RejectedEvent: started_at_missing, started_at_out_of_range."""
        if started_at_ms is None:
            raise RejectedEvent("started_at_missing")
        if not self.from_ms <= started_at_ms < self.to_ms:
            raise RejectedEvent("started_at_out_of_range", f"{started_at_ms} ms{_as_date(started_at_ms)}")


def _as_date(unix_ms: int) -> str:
    """` is 1970-01-21`: who logs seconds sees it at once."""
    if not 0 <= unix_ms < _END_OF_DATES_MS:
        return ""
    return f" is {datetime.fromtimestamp(unix_ms // 1000, UTC):%Y-%m-%d}, which is not believed"
