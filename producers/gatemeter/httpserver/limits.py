"""Bounds on what a client of an HTTP server can hold: connections, the time it takes to ask, and the body it sends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic

from starlette.requests import ClientDisconnect, Request
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from gatemeter.errors import GatemeterError

HEADER_BYTES = 64 * 1024
REQUEST_TIMEOUT_S = 20.0
"""The time for the header of a request, and the time for which a connection may be idle."""
READING_TIMEOUT_S = 60.0
"""The time after which a client that takes nothing of its answer is left."""
_LOOK_INTERVAL_S = 1.0
_UNREAD_BYTES = 1024 * 1024
_UNREAD_S = 1.0


class LimitedProtocol(H11Protocol):
    """uvicorn's protocol, with a limit for connections and for the time in which each has to ask and to read.

    When there are too many connections, the one that has asked for nothing for the longest time is closed, so that
    strangers who open connections and say nothing lock nobody out.
    """

    most_connections = 128
    idle_timeout_s = REQUEST_TIMEOUT_S

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._quiet_since_s = monotonic()  # the loop's own clock stands still while it accepts several
        self._unread_bytes = 0
        if len(self.connections) > self.most_connections:
            self._make_room()
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._next_look.cancel()
        super().connection_lost(exc)

    @property
    def is_serving(self) -> bool:
        """Whether a whole header was received that is not answered yet."""
        cycle: RequestResponseCycle | None = self.cycle  # None until the first request, whatever its type says
        return cycle is not None and not cycle.response_complete

    def _make_room(self) -> None:
        silent = [one for one in self.connections if isinstance(one, LimitedProtocol) and not one.is_serving]
        min(silent, key=lambda one: one._quiet_since_s).transport.abort()  # noqa: SLF001 - of its own kind

    def _look_later(self) -> None:
        self._next_look = self.loop.call_later(_LOOK_INTERVAL_S, self._look)

    def _look(self) -> None:
        now_s, unread_bytes = monotonic(), self.transport.get_write_buffer_size()
        # A client that takes nothing is no better because more of its answer is to come.
        if unread_bytes != self._unread_bytes or (self.is_serving and not unread_bytes):
            self._quiet_since_s, self._unread_bytes = now_s, unread_bytes
        limit_s = READING_TIMEOUT_S if unread_bytes else self.idle_timeout_s
        if now_s - self._quiet_since_s > limit_s:
            self.transport.abort()
        self._look_later()


class LimitError(GatemeterError):
    """A request goes over a limit. Its body may not have been read."""


class TooLargeError(LimitError):
    """A body is too large."""


class TooSlowError(LimitError):
    """A body takes too long to arrive."""


class TooManyError(LimitError):
    """Too much is asked for at the same time: ask again later."""


async def read_body(
    request: Request, limit_bytes: int, timeout_s: float, on_piece: Callable[[int], None] | None = None
) -> bytes:
    """The body, of at most `limit_bytes`. `on_piece` is called with the bytes of each piece before it is kept.

    Raises TooLargeError, TooSlowError, ClientDisconnect of Starlette, and what `on_piece` raises.
    """
    too_large = TooLargeError(f"The body is larger than {limit_bytes} bytes")
    if int(request.headers.get("content-length", 0)) > limit_bytes:
        raise too_large
    pieces, size_bytes = [], 0
    try:
        async with asyncio.timeout(timeout_s):
            async for piece in request.stream():
                size_bytes += len(piece)
                if size_bytes > limit_bytes:
                    raise too_large
                if on_piece is not None:
                    on_piece(len(piece))
                pieces.append(piece)
    except TimeoutError as error:
        raise TooSlowError(f"The body was not complete within {timeout_s:.0f} s") from error
    return b"".join(pieces)


async def discard_rest(request: Request) -> None:
    """Read on for a moment: a sender that is still writing would take the end of the connection for the answer."""
    unread_bytes = 0
    with suppress(TimeoutError, ClientDisconnect, RuntimeError):
        async with asyncio.timeout(_UNREAD_S):
            async for piece in request.stream():
                unread_bytes += len(piece)
                if unread_bytes > _UNREAD_BYTES:
                    return


@asynccontextmanager
async def place_in(places: asyncio.Semaphore, timeout_s: float) -> AsyncIterator[None]:
    """One of the `places` for a block. Raises TooManyError if none is free within `timeout_s`."""
    try:
        async with asyncio.timeout(timeout_s):
            await places.acquire()
    except TimeoutError as error:
        raise TooManyError("Too many statements run at the same time") from error
    try:
        yield
    finally:
        places.release()
