"""One Kafka and one ClickHouse for a whole run, however many xdist workers share it.

The process that was started by a person owns the servers: it starts each when a test first asks for it and stops them
when the run ends, also after Ctrl-C. A worker of xdist asks that process over a Unix socket, whose path is in the
environment. A server that cannot be started fails every test that asks for it.
"""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from multiprocessing.connection import Client, Listener
from pathlib import Path

from tests.support.servers import clickhouse_server, kafka_server

SOCKET_VARIABLE = "GATEMETER_TEST_SERVERS"

_SERVERS: dict[str, Callable[[Path], AbstractContextManager[str]]] = {
    "kafka": kafka_server,
    "clickhouse": clickhouse_server,
}
_FAILED = "failed: "


class SharedServers:
    """Servers of this process, each started when it is first asked for. Safe to use from several threads."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._folder = Path(tempfile.mkdtemp(prefix="gatemeter-servers-"))
        self._stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
        self._addresses: dict[str, str] = {}
        self._lock = threading.Lock()

    def address(self, name: str) -> str:
        """The address of `kafka` or `clickhouse`. Raises what its start raises, each time it is asked for."""
        with self._lock:
            if name not in self._addresses:
                self._addresses[name] = self._stack.enter_context(_SERVERS[name](self._folder / name))
            return self._addresses[name]

    def serve(self) -> str:
        """Answer other processes of this run from now on; returns the path of the socket."""
        path = str(self._folder / "s")
        listener = Listener(path, family="AF_UNIX")
        self._stack.callback(listener.close)
        threading.Thread(target=self._answer, args=(listener,), daemon=True).start()
        return path

    def stop(self) -> None:
        """Stop what was started. Idempotent."""
        with self._lock:
            self._stack.close()
            self._addresses.clear()

    def _answer(self, listener: Listener) -> None:
        while True:
            try:
                with listener.accept() as connection:
                    connection.send_bytes(self._reply(connection.recv_bytes().decode()).encode())
            except (OSError, EOFError):
                if not Path(str(listener.address)).exists():
                    return

    def _reply(self, name: str) -> str:
        try:
            return self.address(name)
        except Exception as error:  # noqa: BLE001 - the test that asked fails with it
            return f"{_FAILED}{error}"


def ask_for(name: str) -> str:
    """The address of a server that the owner of this run starts. Raises RuntimeError when it cannot."""
    with Client(os.environ[SOCKET_VARIABLE], family="AF_UNIX") as connection:
        connection.send_bytes(name.encode())
        answer = connection.recv_bytes().decode()
    if answer.startswith(_FAILED):
        raise RuntimeError(f"the run has no {name}: {answer.removeprefix(_FAILED)}")
    return answer
