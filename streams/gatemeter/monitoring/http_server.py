"""Serves health and metrics over HTTP in separate threads, so that it answers while the event loop hangs."""

import errno
import socket
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from gatemeter.errors import SettingsError
from gatemeter.monitoring.health import HealthStatus

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_REQUEST_TIMEOUT_S = 10.0
_CLOSE_POLL_S = 0.1
_ADDRESS_ERRORS = (OSError, OverflowError, TypeError)  # a TypeError is raised for an impossible host name


def health_app(
    registry: CollectorRegistry, *, liveness: Callable[[], HealthStatus], readiness: Callable[[], HealthStatus]
) -> "WSGIApplication":
    """`/healthz` and `/readyz` answer 200 or 503 with a reason in one line, `/metrics` in Prometheus' text format."""
    metrics = make_wsgi_app(registry)

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            found: Iterable[bytes] = metrics(environ, start_response)
            return found
        if path in ("/healthz", "/readyz"):
            health = liveness() if path == "/healthz" else readiness()
            status = "200 OK" if health.is_good else "503 Service Unavailable"
            return _line(start_response, status, health.reason)
        return _line(start_response, "404 Not Found", "there are /healthz, /readyz and /metrics")

    return answer


def _line(start_response: "StartResponse", status: str, text: str) -> list[bytes]:
    body = f"{' '.join(text.split())}\n".encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response(status, [*headers, ("Cache-Control", "no-store")])
    return [body]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _SilentHandler(WSGIRequestHandler):
    timeout = _REQUEST_TIMEOUT_S  # a caller that sends nothing does not keep its thread for ever

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Log nothing: there is a request every few seconds."""


def check_address(host: str, port: int) -> None:
    """Raise SettingsError if `host` and `port` cannot be listened on now."""
    try:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen()
    except _ADDRESS_ERRORS as error:
        raise _refused(host, port, error) from error


def _refused(host: str, port: int, error: Exception) -> SettingsError:
    code = error.errno if isinstance(error, OSError) else None
    if isinstance(error, socket.gaierror | TypeError) or code == errno.EADDRNOTAVAIL:
        return SettingsError(
            f"{host} is not an IPv4 address or name of this machine",
            where="--health-host",
            do="give one that is, or 0.0.0.0 for all of them",
        )
    if code == errno.EADDRINUSE:
        return SettingsError(
            f"port {port} of {host} is taken by another process",
            where="--health-port",
            do="choose another one, or 0 for a free one",
        )
    if code == errno.EACCES:
        return SettingsError(
            f"this user may not listen on port {port}", where="--health-port", do="choose one from 1024 on"
        )
    return SettingsError(
        f"cannot listen on {host} port {port} ({error})",
        where="--health-host and --health-port",
        do="choose others",
    )


class HealthServer:
    """Answers from its construction until `close`."""

    def __init__(self, app: "WSGIApplication", host: str, port: int) -> None:
        """Port 0 takes any free port. Raises SettingsError if the address cannot be listened on."""
        try:
            self._server = make_server(host, port, app, _Server, _SilentHandler)
        except _ADDRESS_ERRORS as error:
            raise _refused(host, port, error) from error
        self.port: int = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_CLOSE_POLL_S,), name="health", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
