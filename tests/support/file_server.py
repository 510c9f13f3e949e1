"""An HTTP server of files, as those that exports are put on: it can refuse, be busy, and lie."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class FileServer:
    """`files` by path. Of the next requests of a method the statuses in `answers` are told, and nothing is done."""

    url: str = ""
    token: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, list[int]] = field(default_factory=dict)
    keeps_bytes: int | None = None
    """How many bytes of a file are kept; None for all."""
    swaps_bytes: bool = False
    """Whether the bytes of a file are kept in another order."""
    headers: dict[str, str] = field(default_factory=dict)
    """Of every answer; {} stands for the method."""
    asked: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def file_server() -> Iterator[FileServer]:
    """Serve on a free port of the loopback address."""
    state = FileServer()
    handler = type("Handler", (_Handler,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    state.url = f"http://127.0.0.1:{server.server_port}/exports"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: FileServer

    def do_PUT(self) -> None:
        size_bytes = int(self.headers["Content-Length"])
        content = self.rfile.read(size_bytes)
        if len(content) < size_bytes:  # the client has gone: there is nobody to answer, and nothing to keep
            self.close_connection = True
        elif not self._is_answered():
            kept = content[: self.state.keeps_bytes]
            self.state.files[self.path] = kept[::-1] if self.state.swaps_bytes else kept
            self._answer(201)

    def do_GET(self) -> None:
        if not self._is_answered():
            self._answer(200 if self.path in self.state.files else 404, self.state.files.get(self.path, b""))

    do_HEAD = do_GET  # noqa: N815 - the names are those of the base class

    def log_message(self, *_arguments: object) -> None:
        pass

    def _is_answered(self) -> bool:
        self.state.asked.append((self.command, self.path))
        if self.state.token and self.headers.get("Authorization") != f"Bearer {self.state.token}":
            self._answer(401)
            return True
        if not self.state.answers.get(self.command):
            return False
        self._answer(self.state.answers[self.command].pop(0))
        return True

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in self.state.headers.items():
            self.send_header(name, value.format(self.command))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
