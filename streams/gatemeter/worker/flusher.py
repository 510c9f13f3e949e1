"""Writes changed rows to the sink, and moves the commit pointers only after the sink has acknowledged them.

While the sink is unavailable, the rows taken last are tried again without a limit. As soon as too many new rows wait,
the agent waits for the same lock: reading stops, and memory stays bounded.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from time import monotonic

from gatemeter.errors import GatemeterError, RetryableError
from gatemeter.metering.sink import Sink, in_writing_order
from gatemeter.monitoring.worker_state import WorkerState
from gatemeter.schema import TableRows
from gatemeter.worker.assignment import Assignment, Flushes

logger = logging.getLogger(__name__)

_LONGEST_PAUSE_S = 30.0
pause = asyncio.sleep
"""Waits for some seconds before the next attempt; a test records them instead."""

Fatal = Callable[[BaseException], None]
"""Ends the process with the error's message and exit code."""


class Flusher:
    """Flushes `assignment` to `sink`; at most one write is under way. Records every attempt in `state`."""

    def __init__(
        self, assignment: Assignment, sink: Sink, *, row_limit: int, fatal: Fatal, state: WorkerState | None = None
    ) -> None:
        self._assignment = assignment
        self._sink = sink
        self._row_limit = row_limit
        self._fatal = fatal
        self.state = state or WorkerState()
        self._lock = asyncio.Lock()
        self._taken: Flushes = ()
        self._write_in_thread: asyncio.Future[None] | None = None

    @property
    def is_writing(self) -> bool:
        """Whether a write is under way in its thread, even one whose flush was cancelled."""
        return self._write_in_thread is not None and not self._write_in_thread.done()

    async def flush_if_full(self) -> None:
        """Flush, and wait for the flush, if `row_limit` rows or more wait to be written."""
        dirty_count = self._assignment.dirty_count
        self.state.waiting(rows=dirty_count, open_epochs=self._assignment.epoch_count)
        if dirty_count >= self._row_limit:
            with self.state.held():
                await self.flush()

    async def flush(self) -> None:
        """Write all changed rows. Returns when they are durable and the commit pointers have moved."""
        async with self._lock:
            if self._taken:  # by a flush that was cancelled
                await self._store()
            self._taken = self._assignment.take_flushes()
            await self._store()

    async def _store(self) -> None:
        started_s = monotonic()
        if self._taken:
            self.state.flush_begun()
        rows = await self._write()
        if rows:
            self.state.flushed(rows, monotonic() - started_s)
        for counter, flush in self._taken:
            counter.flushed(flush)
        self._taken = ()
        self.state.flush_ended()
        self.state.waiting(rows=self._assignment.dirty_count, open_epochs=self._assignment.epoch_count)

    async def _write(self) -> Sequence[TableRows]:
        """Write the taken rows of counters that are still assigned, and return these rows."""
        attempt = 0
        while True:
            self._taken = self._assignment.still_held(self._taken)
            rows = merged(self._taken)
            try:
                if rows:
                    await self._write_once(rows)
            except RetryableError as error:
                self.state.flush_failed(error)
                attempt += 1
                pause_s = min(error.retry_after_s * 2 ** min(attempt - 1, 8), _LONGEST_PAUSE_S)
                logger.warning("%s; attempt %d failed, the next one in %.0f s", error, attempt, pause_s)
                await pause(pause_s)
            except GatemeterError as error:
                self._fatal(error)
                raise
            else:
                return rows

    async def _write_once(self, rows: Sequence[TableRows]) -> None:
        """Write once, in a thread. A cancelled write runs on there; the next one waits until it has ended."""
        if self._write_in_thread is not None:
            await asyncio.wait([self._write_in_thread])
        self._write_in_thread = asyncio.ensure_future(asyncio.to_thread(self._sink.write, rows))
        await asyncio.shield(self._write_in_thread)


def merged(flushes: Flushes) -> list[TableRows]:
    """The rows of all flushes, as `in_writing_order` returns them."""
    return in_writing_order(rows for _, flush in flushes for rows in flush.rows)
