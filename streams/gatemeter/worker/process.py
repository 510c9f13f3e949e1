"""Keeps a fault that repeats from filling the log: the Kafka client alone writes 80,000 lines in a broker outage.

The Faust worker process, with a log that people can read.
"""

import logging
import os
import signal
import threading
from typing import Any

import faust

from gatemeter.clock import Clock, SystemClock
from gatemeter.errors import ExitCode

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


logger = logging.getLogger(__name__)

STOP_LIMIT_S = 8.0
"""How long after SIGTERM a worker is gone, whoever does not answer it: some supervisors kill after 10 s."""

_CHATTY = ("urllib3", "clickhouse_connect")
"""They report each failed try of a call that we try again and report ourselves."""

_ENGINE = ("faust", "mode")
"""Their warnings are about timers and phases of their own; what they mean for the work we say ourselves."""


class WorkerProcess(faust.Worker):  # type: ignore[misc]  # faust is not followed by the type checker
    """Errors of Faust, one line an outage of its Kafka client, and what gatemeter's own loggers say from `level` on."""

    def __init__(self, app: Any, level: str) -> None:
        super().__init__(app, loglevel="WARN", redirect_stdouts=False, quiet=True)
        self.spinner = None  # its escape codes do not belong into a log
        self._level = level

    def _setup_logging(self) -> None:
        super()._setup_logging()
        limit = RepeatLimit(SystemClock())
        for handler in logging.getLogger().handlers:
            handler.addFilter(limit)
            handler.setLevel(logging.NOTSET)  # the loggers decide
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        for name in _ENGINE:
            logging.getLogger(name).setLevel(logging.ERROR)
        logging.getLogger("gatemeter").setLevel(self._level.upper())

    def _schedule_shutdown(self, signal: signal.Signals) -> None:
        """Begin the stop, as the first of these signals does, and bound it: parts of it wait for servers."""
        if not self._signal_stop_time:
            # A thread, for the loop may be the one that waits; a daemon, for a stop that is quicker ends without it.
            limit = threading.Timer(STOP_LIMIT_S, end_unfinished)
            limit.daemon = True
            limit.start()
        super()._schedule_shutdown(signal)


def end_unfinished() -> None:
    """End a stop that takes too long. It is no failure: what is not committed is counted again by the next start."""
    logger.warning("a server did not answer for %.0f s: ending without it, nothing is lost", STOP_LIMIT_S)
    os._exit(ExitCode.OK)
