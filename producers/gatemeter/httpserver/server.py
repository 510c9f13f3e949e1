"""Runs an ASGI application on a socket in this process until it is asked to end."""

import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from gatemeter.httpserver.limits import HEADER_BYTES, LimitedProtocol

_GRACE_S = 4


def run_server(
    application: Starlette,
    listener: socket.socket,
    protocol: type[LimitedProtocol],
    *,
    on_listening: Callable[[], None],
    on_exit: Callable[[], None],
) -> None:
    """Serve on `listener` until SIGTERM or SIGINT, which call `on_exit`; requests that have begun have 4 s to end."""
    # The server handles these two itself and then raises them again.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    _Server(_config(application, protocol), on_listening, on_exit).run([listener])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None], on_exit: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening
        self._on_exit = on_exit

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self._on_listening()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; called by a signal."""
        self._on_exit()
        super().handle_exit(sig, frame)


def _config(application: Starlette, protocol: type[LimitedProtocol]) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=protocol,
        loop="auto",
        h11_max_incomplete_event_size=HEADER_BYTES,
        timeout_keep_alive=int(protocol.idle_timeout_s),
        access_log=False,
        log_level="error",  # a warning for every bad request would let strangers fill the disk
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
