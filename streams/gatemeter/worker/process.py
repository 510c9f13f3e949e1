"""The Faust worker process: its log stays readable, and its stop is bounded in time.

Without a limit, a fault that repeats fills the log: the Kafka client alone writes 80,000 lines in a broker outage.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import faust

from gatemeter.clock import Clock, SystemClock
from gatemeter.errors import ExitCode
from gatemeter.escaping import escaped

logger = logging.getLogger(__name__)

STOP_LIMIT_S = 8.0
"""A worker ends at most this long after SIGTERM, even if no server answers. Some supervisors kill after 10 s."""

_CHATTY = ("urllib3", "clickhouse_connect")
"""They log each failed attempt of a call that we repeat and report ourselves."""

_ENGINE = ("faust", "mode")
"""They warn about their own timers and phases; we log ourselves what that means for the work."""

_LAYOUT = "\n\t"
_FORMATTER = logging.Formatter()
_INTERVAL_S = 10.0
_REMEMBERED = 1000
_OWN_LOGGERS = "gatemeter"
_KAFKA_CLIENT = "aiokafka"
_OUTAGE_IS_OVER_S = 60.0


class RepeatLimit(logging.Filter):
    """Lets one of a library's equal messages through every ten seconds, with the number of messages left out.

    The Kafka client's messages in an outage all differ and all mean the same. The first one passes, and then none until
    the client has been silent for a minute. The monitor logs when the brokers stop and start answering.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._last_s: dict[tuple[str, str], float] = {}
        self._kafka_client_spoke_s = -_OUTAGE_IS_OVER_S
        self._left_out: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether `record` is written. Two records are equal if their logger and their unformatted text are."""
        if record.name.startswith(_OWN_LOGGERS):
            return True  # each of our own messages is about one partition or range, and none may be missing
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


class Escaped(logging.Filter):
    """Escapes what is not printable in every message: it may quote names, addresses and answers of servers."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True; the record's text is changed in place."""
        message = record.getMessage()
        if not message.isprintable():
            record.msg, record.args = escaped(message, kept=_LAYOUT), ()
        if record.exc_info and not record.exc_text:
            # What a formatter finds here it does not format itself.
            record.exc_text = escaped(_FORMATTER.formatException(record.exc_info), kept=_LAYOUT)
        return True


class WorkerProcess(faust.Worker):  # type: ignore[misc]  # faust is not followed by the type checker
    """Logs errors of Faust, one line an outage from its Kafka client, and gatemeter's messages from `level` on.

    `fatal` ends the process with the error that ended a part of Faust, or with which one could not start.
    """

    def __init__(self, app: Any, level: str, fatal: Callable[[BaseException], None]) -> None:
        super().__init__(app, loglevel="WARN", redirect_stdouts=False, quiet=True)
        self.spinner = None  # it would write escape codes into the log
        self._level = level
        self._fatal = fatal

    async def start(self) -> None:
        """As the stock method, which would log a traceback and end with exit code 1."""
        try:
            await super().start()
        except Exception as error:
            self._fatal(error)
            raise

    def _crash(self, reason: BaseException) -> None:
        """As the stock method, which every part of Faust that crashes calls on its root; in a stop it may."""
        if not self._signal_stop_time:
            self._fatal(reason)
        super()._crash(reason)

    def _setup_logging(self) -> None:
        super()._setup_logging()
        limit = RepeatLimit(SystemClock())
        for handler in logging.getLogger().handlers:
            handler.addFilter(limit)
            handler.addFilter(Escaped())
            handler.setLevel(logging.NOTSET)  # the loggers decide
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        for name in _ENGINE:
            logging.getLogger(name).setLevel(logging.ERROR)
        logging.getLogger("gatemeter").setLevel(self._level.upper())

    def _schedule_shutdown(self, signal: signal.Signals) -> None:
        """Begin the stop at the first signal, and end the process after `STOP_LIMIT_S`: a server may not answer."""
        if not self._signal_stop_time:
            # A thread, because the event loop may be what waits; a daemon, so that a quicker stop does not wait for it.
            limit = threading.Timer(STOP_LIMIT_S, end_unfinished)
            limit.daemon = True
            limit.start()
        super()._schedule_shutdown(signal)


def end_unfinished() -> None:
    """End a stop that takes too long, with exit code 0: the next start counts again what is not committed."""
    logger.warning("a server did not answer for %.0f s: ending without it, nothing is lost", STOP_LIMIT_S)
    os._exit(ExitCode.OK)
