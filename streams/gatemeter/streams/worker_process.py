"""The Faust worker process, with a log that people can read."""

import logging
import os
import signal
import threading
from typing import Any

import faust

from gatemeter.contracts.clock import SystemClock
from gatemeter.contracts.errors import ExitCode
from gatemeter.streams.log_limit import RepeatLimit

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
