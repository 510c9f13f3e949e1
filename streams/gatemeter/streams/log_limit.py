"""Keeps a fault that repeats from filling the log: the Kafka client alone writes 80,000 lines in a broker outage."""

import logging

from gatemeter.contracts.clock import Clock

_INTERVAL_S = 10.0
_REMEMBERED = 1000
_OWN_LOGGERS = "gatemeter"


class RepeatLimit(logging.Filter):
    """Lets one of a library's equal messages through every ten seconds, with the number of those left out."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._last_s: dict[tuple[str, str], float] = {}
        self._left_out: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether `record` is written; its place in the code and its unformatted text are what is compared."""
        if record.name.startswith(_OWN_LOGGERS):
            return True  # what we say ourselves names one partition or one range, and each of them counts
        kind = (record.name, str(record.msg))
        now_s = self._clock.monotonic_s()
        if now_s - self._last_s.get(kind, -_INTERVAL_S) < _INTERVAL_S:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return False
        if len(self._last_s) >= _REMEMBERED:
            self._last_s.clear()
        self._last_s[kind] = now_s
        left_out = self._left_out.pop(kind, 0)
        if left_out:
            record.msg = f"{record.getMessage()} (and {left_out} more like it)"
            record.args = ()  # None would become an argument again in the formatter of Faust
        return True
