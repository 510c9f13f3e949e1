"""A TCP gate in front of a server: it passes bytes on, lets connections hang, or breaks them off.

It stands before any server, wherever that runs, and knows nothing but bytes. `fault_proxy` speaks HTTP and knows what
an insert is.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

_READ_BYTES = 256 * 1024


class GateState(Enum):
    """What happens to connections and to what is sent through them."""

    OPEN = "open"
    HANGING = "hanging"
    """Connections are accepted, requests are read, and nothing ever answers."""
    REFUSING = "refusing"
    """Connections are broken off."""


@dataclass(slots=True)
class _Trigger:
    text: bytes
    times: int
    state: GateState


class ServerGate:
    """Listens on `port` of the loopback address and passes everything on to `HOST:PORT` while it is open."""

    def __init__(self, host: str, port: int) -> None:
        self.held = threading.Event()
        """Set once a client has sent something to a hanging or refusing gate."""
        self.triggered = threading.Event()
        """Set once the request that `set_on_request` waits for has come."""
        self._target = (host, port)
        self._state = GateState.OPEN
        self._trigger: _Trigger | None = None
        self._connections: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def set(self, state: GateState) -> None:
        """Change the state. Unless it is HANGING, break connections off: nothing sent before may arrive later."""
        self._state, self._trigger = state, None
        self.held.clear()
        if state is not GateState.HANGING:
            self._break_off()

    def set_on_request(self, state: GateState, text: bytes, times: int = 1) -> None:
        """Open now, and change to `state` at the `times`-th request that holds `text`, before it is passed on."""
        self.set(GateState.OPEN)
        self.triggered.clear()
        self._trigger = _Trigger(text, times, state)

    def close(self) -> None:
        """Stop listening and break everything off."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._break_off()

    def _break_off(self) -> None:
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._state is GateState.REFUSING:
                self.held.set()
                client.close()
                continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, socket.create_connection(self._target) as server:
            both = {client, server}
            self._connections |= both
            back = threading.Thread(target=self._pass_on, args=(server, client), daemon=True)
            back.start()
            self._pass_on(client, server, is_request=True)
            back.join()
            self._connections -= both

    def _pass_on(self, source: socket.socket, target: socket.socket, *, is_request: bool = False) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_READ_BYTES):
                if is_request:
                    self._check_trigger(data)
                if self._state is GateState.OPEN:
                    target.sendall(data)
                    continue
                if is_request:
                    self.held.set()
                if self._state is GateState.REFUSING:
                    break
        for end in (target, source):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _check_trigger(self, request: bytes) -> None:
        trigger = self._trigger
        if trigger is None or trigger.text not in request:
            return
        trigger.times -= 1
        if trigger.times == 0:
            self._state, self._trigger = trigger.state, None
            self.triggered.set()


@contextmanager
def gate_to(url: str) -> Iterator[tuple[ServerGate, str]]:
    """A gate to the server of `url` for a block, and the same URL through the gate."""
    parts = urlsplit(url)
    gate = ServerGate(parts.hostname or "127.0.0.1", parts.port or 8123)
    try:
        login = parts.netloc.rpartition("@")[0]
        netloc = f"{login}@127.0.0.1:{gate.port}" if login else f"127.0.0.1:{gate.port}"
        yield gate, parts._replace(netloc=netloc).geturl()
    finally:
        gate.close()
