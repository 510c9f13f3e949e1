"""The Faust worker process, with a log that people can read."""

import logging
from typing import Any

import faust

from gatemeter.contracts.clock import SystemClock
from gatemeter.streams.log_limit import RepeatLimit

_CHATTY = ("urllib3", "clickhouse_connect")
"""They report each failed try of a call that we try again and report ourselves."""


class WorkerProcess(faust.Worker):  # type: ignore[misc]  # faust is not followed by the type checker
    """Warnings and worse of Faust and the Kafka client, and what gatemeter's own loggers say from `level` on."""

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
        logging.getLogger("gatemeter").setLevel(self._level.upper())
