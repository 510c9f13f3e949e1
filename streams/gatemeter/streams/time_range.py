"""Which event times are believed."""

from dataclasses import dataclass

from gatemeter.contracts.errors import RejectedEvent


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Event times in Unix ms, half open; an hour column can hold 1970 to 2106."""

    from_ms: int = 1_262_304_000_000  # 2010-01-01
    to_ms: int = 4_102_444_800_000  # 2100-01-01

    def check(self, started_at_ms: int | None) -> int:
        """The time itself. Raises RejectedEvent: started_at_missing, started_at_out_of_range."""
        if started_at_ms is None:
            raise RejectedEvent("started_at_missing")
        if not self.from_ms <= started_at_ms < self.to_ms:
            raise RejectedEvent("started_at_out_of_range", "not within the range of believed times")
        return started_at_ms
