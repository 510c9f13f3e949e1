"""Says in the log that the sink hangs: a server that refuses is named by each failed try, one that hangs by nothing.

Watches over one worker from a thread of its own, since whatever runs in the event loop hangs with it.
"""

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
from gatemeter.monitoring.health import HealthStatus, liveness, readiness
from gatemeter.monitoring.http_server import HealthServer, health_app
from gatemeter.monitoring.log_ends import EndReader, LogEnds
from gatemeter.monitoring.metrics import WorkerMetrics
from gatemeter.monitoring.watchdog import Stall, Watchdog
from gatemeter.monitoring.worker_state import FlushState, WorkerState

logger = logging.getLogger(__name__)


class SlowFlush:
    """One line when a flush takes too long, and one when it has come to its end."""

    def __init__(self) -> None:
        self._was_said = False

    def look(self, flush: FlushState) -> None:
        """Look at the flush that is under way, if one is."""
        if flush.is_overdue and not flush.last_error and not self._was_said:
            self._was_said = True
            logger.warning(
                "the sink has not answered for %.0f s: what was counted waits for it, and nothing is lost",
                flush.running_s,
            )
        elif self._was_said and not flush.is_overdue:
            self._was_said = False
            logger.info("the sink answers again")


_LOOK_EVERY_S = 1.0
_ASK_EVERY_S = 5.0


class Monitor:
    """Looks at the worker every second, asks the brokers every five, and ends the process when it is of no use.

    `fatal` is called, from the monitor's thread, with a WorkerStalledError. `seek_timeout_s` is the limit that a seek
    has of its own.
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
        self._slow_flush = SlowFlush()
        self._asked_s: float | None = None
        self._alive = HealthStatus(True, "alive")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._done = threading.Event()
        self._thread: threading.Thread | None = None
        self._server: HealthServer | None = None

    def start(self) -> None:
        """Watch until `close`."""
        self._thread = threading.Thread(target=self._watch, name="monitor", daemon=True)
        self._thread.start()

    def serve(self, host: str, port: int) -> int:
        """Answer over HTTP, too; the port. Raises SettingsError if the address cannot be listened on."""
        app = health_app(self.registry(), liveness=lambda: self._alive, readiness=self.readiness)
        self._server = HealthServer(app, host, port)
        return self._server.port

    def watch_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """The event loop whose signs of life are looked for."""
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
        """What `/metrics` shows: the worker, its process and its Python."""
        registry = CollectorRegistry()
        registry.register(WorkerMetrics(self._state, self._ends, self._clock))
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        return registry

    def readiness(self) -> HealthStatus:
        """Whether the worker does its work; never true of one that is not alive."""
        if not self._alive.is_good:
            return self._alive
        silence = self._ends.silence
        if silence is None:
            return readiness(self._state.snapshot())
        silent_s = self._clock.monotonic_s() - silence.since_s
        return readiness(self._state.snapshot(), brokers_silent_s=silent_s, why_silent=silence.reason)

    def look(self) -> None:
        """Look once."""
        self._ask_for_a_sign()
        now = self._state.snapshot()
        self._slow_flush.look(now.flush)
        if self._asked_s is None or self._clock.monotonic_s() - self._asked_s >= _ASK_EVERY_S:
            self._ends.ask(now)
            self._asked_s = self._clock.monotonic_s()
        stall = self._watchdog.look(self._state.snapshot(), self._ends.known, brokers_answer=self._ends.is_answering)
        self._alive = liveness(
            stall, is_doubtful=self._watchdog.is_doubtful(stall), loop_silent_s=self._watchdog.loop_silent_s
        )
        if stall is not None and self._watchdog.is_over(stall):
            self._end(stall)

    def _watch(self) -> None:
        while not self._done.wait(_LOOK_EVERY_S):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - a worker nobody watches over may hang for ever
                self._fatal(error)

    def _ask_for_a_sign(self) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it was closed: the worker has stopped
                self._loop.call_soon_threadsafe(self._state.beat)

    def _end(self, stall: Stall) -> None:
        logger.critical("the worker stands still: %s, for %.0f s; where its threads are:", stall.what, stall.lasts_s)
        faulthandler.dump_traceback(sys.stderr)
        self._fatal(WorkerStalledError(stall.what, stall.lasts_s))
