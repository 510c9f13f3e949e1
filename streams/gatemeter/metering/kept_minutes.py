"""Which requests are worth counting per minute."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gatemeter.clock import Clock, SystemClock

_S_PER_HOUR = 3_600
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class KeptMinutes:
    """Which minutes are worth counting: those of the last `days`, all where it is None."""

    days: int | None = None
    clock: Clock = field(default_factory=SystemClock)

    def first_second(self) -> int:
        """The Unix second from which on requests are to be counted per minute now: the begin of an hour."""
        if self.days is None:
            return 0
        begin = self.clock.now() - timedelta(days=self.days)
        return max(0, -(-int((begin - _EPOCH).total_seconds()) // _S_PER_HOUR) * _S_PER_HOUR)


ALL_MINUTES = KeptMinutes()
