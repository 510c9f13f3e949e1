"""Watches over one worker from a separate thread: what runs in the event loop would hang with it."""

import asyncio
import contextlib
import faulthandler
import logging
import sys
import threading
from collections.abc import Callable

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector

from gatemeter.clock import Clock, SystemClock
from gatemeter.errors import WorkerStalledError
from gatemeter.monitoring.flush_state import OverdueFlushLog
from gatemeter.monitoring.health import HealthStatus, liveness, readiness
from gatemeter.monitoring.http_server import HealthServer, health_app
from gatemeter.monitoring.log_ends import EndReader, LogEnds
from gatemeter.monitoring.metrics import WorkerMetrics
from gatemeter.monitoring.watchdog import Stall, Watchdog
from gatemeter.monitoring.worker_state import WorkerState

logger = logging.getLogger(__name__)


_LOOK_EVERY_S = 1.0
_ASK_EVERY_S = 5.0


class Monitor:
    """Looks at the worker every second, asks the brokers every five seconds, and ends the process when it is stuck.

    `fatal` is called from the monitor's thread with a WorkerStalledError. `seek_timeout_s` is the limit of a seek.
    """

    def __init__(
        self,
        state: WorkerState,
        reader: EndReader,
        fatal: Callable[[BaseException], None],
        *,
        stall_timeout_s: float,
        seek_timeout_s: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        self._state = state
        self._fatal = fatal
        self._clock = clock or SystemClock()
        self._ends = LogEnds(reader, self._clock)
        self._watchdog = Watchdog(self._clock, stall_timeout_s=stall_timeout_s, seek_timeout_s=seek_timeout_s)
        self._overdue_flush_log = OverdueFlushLog()
        self._asked_s: float | None = None
        self._alive = HealthStatus(True, "alive")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._done = threading.Event()
        self._thread: threading.Thread | None = None
        self._server: HealthServer | None = None

    def start(self) -> None:
        """Begin to watch, until `close`."""
        self._thread = threading.Thread(target=self._watch, name="monitor", daemon=True)
        self._thread.start()

    def serve(self, host: str, port: int) -> int:
        """Serve health and metrics over HTTP, and return the port. Raises SettingsError if the address is unusable."""
        app = health_app(self.registry(), liveness=lambda: self._alive, readiness=self.readiness)
        self._server = HealthServer(app, host, port)
        return self._server.port

    def watch_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch `loop`: a loop that does not answer counts as stuck."""
        self._loop = loop

    def close(self) -> None:
        """Stop watching and answering; idempotent."""
        self._done.set()
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._thread is not None:
            self._thread.join(timeout=_LOOK_EVERY_S)  # it may be waiting for a broker, and is a daemon

    def registry(self) -> CollectorRegistry:
        """The metrics of the worker, its process and its Python."""
        registry = CollectorRegistry()
        registry.register(WorkerMetrics(self._state, self._ends, self._clock))
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        return registry

    def readiness(self) -> HealthStatus:
        """Whether the worker processes what comes in; never true if it is not alive."""
        if not self._alive.is_good:
            return self._alive
        silence = self._ends.silence
        if silence is None:
            return readiness(self._state.snapshot())
        silent_s = self._clock.monotonic_s() - silence.since_s
        return readiness(self._state.snapshot(), brokers_silent_s=silent_s, why_silent=silence.reason)

    def look(self) -> None:
        """Look at the worker once."""
        self._ask_loop()
        now = self._state.snapshot()
        self._overdue_flush_log.look(now.flush)
        if self._asked_s is None or self._clock.monotonic_s() - self._asked_s >= _ASK_EVERY_S:
            self._ends.ask(now)
            self._asked_s = self._clock.monotonic_s()
        stall = self._watchdog.look(self._state.snapshot(), self._ends.known, brokers_answer=self._ends.is_answering)
        self._alive = liveness(stall, loop_silent_s=self._watchdog.loop_silent_s)
        if stall is not None and stall.is_over:
            self._end(stall)

    def _watch(self) -> None:
        while not self._done.wait(_LOOK_EVERY_S):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - an unwatched worker may hang for ever
                self._fatal(error)

    def _ask_loop(self) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it was closed: the worker has stopped
                self._loop.call_soon_threadsafe(self._state.beat)

    def _end(self, stall: Stall) -> None:
        logger.critical("the worker stands still: %s, for %.0f s; where its threads are:", stall.what, stall.lasts_s)
        faulthandler.dump_traceback(sys.stderr)
        self._fatal(WorkerStalledError(stall.what, stall.lasts_s))
