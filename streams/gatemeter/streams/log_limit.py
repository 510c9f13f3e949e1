"""Keeps a fault that repeats from filling the log: the Kafka client alone writes 80,000 lines in a broker outage."""

import logging

from gatemeter.contracts.clock import Clock

_INTERVAL_S = 10.0
_REMEMBERED = 1000
_OWN_LOGGERS = "gatemeter"
_KAFKA_CLIENT = "aiokafka"
_OUTAGE_IS_OVER_S = 60.0


class RepeatLimit(logging.Filter):
    """Lets one of a library's equal messages through every ten seconds, with the number of those left out.

    Of the Kafka client, whose many messages in an outage are all different and all mean the same, the first one comes
    through, and the next one once it has been silent for a minute. That brokers are away and back the monitor says.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._last_s: dict[tuple[str, str], float] = {}
        self._kafka_client_spoke_s = -_OUTAGE_IS_OVER_S
        self._left_out: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether `record` is written; its place in the code and its unformatted text are what is compared."""
        if record.name.startswith(_OWN_LOGGERS):
            return True  # what we say ourselves names one partition or one range, and each of them counts
        now_s = self._clock.monotonic_s()
        if record.name.partition(".")[0] == _KAFKA_CLIENT:
            silent_s, self._kafka_client_spoke_s = now_s - self._kafka_client_spoke_s, now_s
            return silent_s >= _OUTAGE_IS_OVER_S
        kind = (record.name, str(record.msg))
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
