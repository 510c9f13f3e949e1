"""Questions that run: each in a thread, in its place, and ended in ClickHouse when its client leaves."""

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, TypeVar

from clickhouse_connect.driver.client import Client
from starlette.requests import ClientDisconnect, Request

from gatemeter.api.access import Caller
from gatemeter.api.limits import ApiLimits
from gatemeter.api.places import Places
from gatemeter.api.store import QueriedStore
from gatemeter.clickhouse.cancellation import Cancellation
from gatemeter.errors import GatemeterError
from gatemeter.httpserver.limits import discard_rest

Result = TypeVar("Result")
Pieces = Callable[[Client], Iterator[bytes]]

_LOG = logging.getLogger(__name__)
_KILL_INTERVAL_S = 0.5
_CLOSING_S = 0.1


class RunningQuestions:
    """Asks the store for clients, as long as they are there."""

    def __init__(self, store: QueriedStore, limits: ApiLimits) -> None:
        self._store = store
        self._limits = limits
        self._questions = Places(limits.at_once, limits.at_once_per_token, limits.place_s)
        self._streams = Places(limits.streams_at_once, limits.streams_per_token, limits.place_s)

    async def ask(self, request: Request, caller: Caller, question: Callable[[Client], Result]) -> Result:
        """What `question` finds. Raises TooManyError, ClientDisconnect, and as `QueriedStore.ask` does."""
        async with self._questions.of(caller.key), _departure(request) as gone:
            cancellation = Cancellation()
            work = asyncio.ensure_future(asyncio.to_thread(self._store.ask, question, cancellation))
            await self.finished(work, cancellation, gone)
            return work.result()

    async def stream(self, request: Request, caller: Caller, pieces: Pieces) -> "AnswerStream":
        """The pieces that `pieces` finds, for whoever closes them. Raises TooManyError."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._streams.of(caller.key))
            gone = await stack.enter_async_context(_departure(request))
            cancellation = Cancellation()
            found = self._store.stream(pieces, cancellation, self._limits.stream_s)
            return AnswerStream(self, found, cancellation, gone, stack.pop_all())

    async def finished(
        self, work: asyncio.Future[Result], cancellation: Cancellation, gone: asyncio.Future[None]
    ) -> None:
        """Wait until `work` has ended. Raises ClientDisconnect if the client was `gone` before, once it has."""
        both: set[asyncio.Future[Any]] = {work, gone}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # the server ends
            cancellation.cancel()
            self.kill(cancellation)
            raise
        if work.done():
            return
        cancellation.cancel()
        while not work.done():
            # Again and again: the statement may not have begun yet.
            await asyncio.to_thread(self.kill, cancellation)
            await asyncio.wait({work}, timeout=_KILL_INTERVAL_S)
        with suppress(GatemeterError):
            work.result()
        raise ClientDisconnect

    def kill(self, cancellation: Cancellation) -> None:
        """Ask ClickHouse to end the statement that runs; of what goes wrong the log tells."""
        try:
            self._store.kill(cancellation)
        except GatemeterError as error:
            # It ends by itself when its time is over.
            _LOG.warning("a query that nobody waits for could not be cancelled: %s", error)


class AnswerStream:
    """The pieces of an answer, which are read in one thread of its own; `close` frees what it holds."""

    def __init__(
        self,
        running: RunningQuestions,
        pieces: Generator[bytes],
        cancellation: Cancellation,
        gone: asyncio.Future[None],
        held: AsyncExitStack,
    ) -> None:
        self._running = running
        self._pieces = pieces
        self._cancellation = cancellation
        self._gone = gone
        self._held = held
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stream")
        # One context for all steps, as if they were one call.
        self._context = contextvars.copy_context()

    async def next_piece(self) -> bytes:
        """The next piece; empty at the end. Raises ClientDisconnect, and as the pieces do."""
        work = self._step(lambda: next(self._pieces, b""))
        await self._running.finished(work, self._cancellation, self._gone)
        return work.result()

    async def begin(self, most_bytes: int) -> tuple[bytes, bool]:
        """The first pieces, up to somewhat more than `most_bytes`, and whether they are all. Raises as `next_piece`."""
        begin = bytearray()
        while piece := await self.next_piece():
            begin += piece
            if len(begin) > most_bytes:
                return bytes(begin), False
        return bytes(begin), True

    async def close(self) -> None:
        """End the question if it still runs, and give its place to others."""
        try:
            self._cancellation.cancel()
            closing = self._step(self._close_pieces)
            await asyncio.wait({closing}, timeout=_CLOSING_S)
            while not closing.done():
                # What is still to come would be read to its end otherwise.
                await asyncio.to_thread(self._running.kill, self._cancellation)
                await asyncio.wait({closing}, timeout=_KILL_INTERVAL_S)
        finally:
            self._thread.shutdown(wait=False)
            await self._held.aclose()

    def _close_pieces(self) -> bytes:
        with suppress(GatemeterError):
            self._pieces.close()
        return b""

    def _step(self, step: Callable[[], bytes]) -> asyncio.Future[bytes]:
        return asyncio.get_running_loop().run_in_executor(self._thread, self._context.run, step)


@asynccontextmanager
async def _departure(request: Request) -> AsyncIterator[asyncio.Future[None]]:
    """A future that is done once the client of a request has left."""
    await discard_rest(request)  # so that nothing else is to be received
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        yield gone
    finally:
        gone.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
