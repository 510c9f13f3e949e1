"""Loopback ports for the embedded services.

All lie below 32768, where the operating system's ephemeral range begins: inside it a client that reconnects while the
broker is down can be given the broker's own port, connect to itself, and keep the broker from ever binding again.
"""

import http.client
import random
import socket
from http import HTTPStatus

from gatemeter.errors import SettingsError

LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 32_700)
_ATTEMPTS = 200
_HEALTH_TIMEOUT_S = 2.0


def choose_port(*, requested: int | None, remembered: int | None, flag: str) -> int:
    """The `requested` port, else the `remembered` one of the last run if it is free, else any free port.

    Raises SettingsError, naming `flag`, if the requested port is in use or no port is free.
    """
    if requested is not None:
        if not is_free(requested):
            raise SettingsError(
                f"port {requested} is in use", where=flag, do="stop what listens there, choose another, or leave it out"
            )
        return requested
    if remembered is not None and is_free(remembered):
        return remembered
    return _any_free_port(flag)


def is_free(port: int) -> bool:
    """Whether a service can listen on `port` of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # As servers do, so that closing connections of an earlier run do not count.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
            listener.listen(1)
        except OSError:
            return False
    return True


def is_answering(port: int, timeout_s: float = 1.0) -> bool:
    """Whether something accepts connections on `port` of the loopback address."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout_s):
            return True
    except OSError:
        return False


def is_well(port: int, path: str) -> bool:
    """Whether the HTTP server on `port` of the loopback address answers a GET of its health `path` with 200 now."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_HEALTH_TIMEOUT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _any_free_port(flag: str) -> int:
    # Random, so that stacks that start at the same moment rarely choose the same port.
    for port in random.SystemRandom().sample(PORTS, _ATTEMPTS):
        if is_free(port):
            return port
    raise SettingsError(f"no free port between {PORTS.start} and {PORTS.stop}", where=flag, do="name a free port")
