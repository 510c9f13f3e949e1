"""Where a server listens, and who may reach it."""

import socket
from pathlib import Path

from gatemeter.errors import SettingsError

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
_BACKLOG = 2048


def check_exposure(host: str, token_file: Path | None, *, danger: str, role: str) -> None:
    """Raises SettingsError if everybody could do what `danger` says: without tokens only this machine may.

    `role` is that of the tokens to make.
    """
    if token_file is None and host not in LOOPBACK_HOSTS:
        raise SettingsError(
            f"without tokens everybody who reaches {host} could {danger}",
            where="--host",
            do=f"make a token (gatemeter tokens create --role {role}) and name its file with --token-file",
        )


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any free one. Raises SettingsError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host} port {port}: {error.strerror}", where="--port", do="name another one"
        ) from error


def url_of(host: str, listener: socket.socket) -> str:
    """`http://HOST:PORT`, as clients write it."""
    address = f"[{host}]" if ":" in host else host
    return f"http://{address}:{listener.getsockname()[1]}"
