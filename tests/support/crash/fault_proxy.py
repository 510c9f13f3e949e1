"""An HTTP proxy before ClickHouse that fails in a chosen way: the faults of a server, made to order.

It speaks HTTP and knows inserts from queries, so it can answer with ClickHouse's own errors and stop a flush between
two tables. `server_gate` stands before any server, knows nothing but bytes, and leaves connections hanging.
"""

import contextlib
import http.client
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from gatemeter.clickhouse.errors import ErrorCode
from gatemeter.embedded.clickhouse_request import decompress, parse_insert, statement_bytes

_TIMEOUT_S = 300
_HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})
_UNAVAILABLE, _FAILED = 503, 500
_OVERLOADED = (
    f"Code: {ErrorCode.SERVER_OVERLOADED.value}. DB::Exception: CPU is overloaded, CPU is waiting for execution way "
    "more than executing, ratio (21.3) exceeds the limit (15.0). (SERVER_OVERLOADED) (version 26.9.1.1)"
)
_DISK_FULL = (
    f"Code: {ErrorCode.NOT_ENOUGH_SPACE.value}. DB::Exception: Cannot reserve 1.00 MiB, not enough space. "
    "(NOT_ENOUGH_SPACE) (version 26.9.1.1)"
)


class ProxyMode(StrEnum):
    """How the proxy treats what reaches it."""

    PASS = "pass"
    SLOW = "slow"
    """Every request waits for `delay_s` first."""
    REFUSE = "refuse"
    """Connections are closed without an answer."""
    UNAVAILABLE = "unavailable"
    """503 without anything from ClickHouse, as a load balancer answers."""
    OVERLOADED = "overloaded"
    """503 with ClickHouse's exception."""
    DISK_FULL = "disk_full"
    """Inserts fail with NOT_ENOUGH_SPACE, queries pass."""
    BREAK = "break"
    """`inserts` inserts pass, the next is carried out but never answered; then as REFUSE."""
    HOLD = "hold"
    """`inserts` inserts pass, the next ones wait until the mode changes; they are refused if it is REFUSE then."""


@dataclass(frozen=True, slots=True)
class _Setting:
    mode: ProxyMode = ProxyMode.PASS
    delay_s: float = 0.0


class FaultProxy:
    """Passes everything on until `set_mode`, which may be called at any time."""

    def __init__(self, upstream_port: int) -> None:
        self.port = 0
        """Set by `fault_proxy`, once it listens."""
        self.upstream_port = upstream_port
        self._changed = threading.Condition()
        self._setting = _Setting()
        self._passed: Counter[str] = Counter()
        self._affected = 0
        self._inserts_left = 0

    def set_mode(self, mode: ProxyMode, *, delay_s: float = 0.0, inserts: int = 0) -> None:
        """Treat every request from now on in this way; `affected` begins at 0 again."""
        with self._changed:
            self._setting, self._inserts_left, self._affected = _Setting(mode, delay_s), inserts, 0
            self._changed.notify_all()

    @property
    def affected(self) -> int:
        """How many requests the present mode has not simply passed on."""
        return self._affected

    @property
    def passed(self) -> Counter[str]:
        """Inserts that ClickHouse has carried out, by table."""
        return Counter(self._passed)

    def admit(self, table: str | None) -> ProxyMode:
        """How to treat a request that inserts into `table` (None: a query); waits while HOLD or SLOW makes it wait."""
        with self._changed:
            setting = self._setting
            mode = self._mode_for(setting.mode, table)
            if mode is ProxyMode.PASS:
                return mode
            self._affected += 1
            if mode is ProxyMode.HOLD:
                self._changed.wait_for(lambda: self._setting is not setting)
                return ProxyMode.REFUSE if self._setting.mode is ProxyMode.REFUSE else ProxyMode.PASS
        if mode is ProxyMode.SLOW:
            time.sleep(setting.delay_s)
            return ProxyMode.PASS
        return mode

    def count_insert(self, table: str) -> None:
        """ClickHouse has carried out an insert into `table`."""
        with self._changed:
            self._passed[table] += 1

    def _mode_for(self, mode: ProxyMode, table: str | None) -> ProxyMode:
        if table is None and mode in {ProxyMode.DISK_FULL, ProxyMode.HOLD}:
            return ProxyMode.PASS
        if mode in {ProxyMode.BREAK, ProxyMode.HOLD}:
            self._inserts_left -= table is not None
            if self._inserts_left >= 0:
                return ProxyMode.PASS
            return ProxyMode.REFUSE if mode is ProxyMode.BREAK and (table is None or self._inserts_left < -1) else mode
        return mode


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultProxy

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Print nothing."""

    def _serve(self) -> None:
        body = self._body()
        table = _inserted_table(self.path, body, self.headers.get("content-encoding", ""))
        mode = self.proxy.admit(table)
        if mode is ProxyMode.REFUSE:
            self._hang_up()
        elif mode is ProxyMode.UNAVAILABLE:
            self._answer(_UNAVAILABLE, {}, b"no server is available to handle this request\n")
        elif mode is ProxyMode.OVERLOADED:
            self._fail(_UNAVAILABLE, ErrorCode.SERVER_OVERLOADED, _OVERLOADED)
        elif mode is ProxyMode.DISK_FULL:
            self._fail(_FAILED, ErrorCode.NOT_ENOUGH_SPACE, _DISK_FULL)
        else:
            self._forward(body, table, answers=mode is ProxyMode.PASS)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _forward(self, body: bytes, table: str | None, *, answers: bool) -> None:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        upstream = http.client.HTTPConnection("127.0.0.1", self.proxy.upstream_port, timeout=_TIMEOUT_S)
        try:
            upstream.request(self.command, self.path, body=body, headers=headers)
            response = upstream.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self._hang_up()
            return
        finally:
            upstream.close()
        if table is not None and response.status == http.client.OK:
            self.proxy.count_insert(table)
        if answers:
            kept = {name: value for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP}
            self._answer(response.status, kept, content)
        else:
            self._hang_up()

    def _fail(self, status: int, code: ErrorCode, text: str) -> None:
        self._answer(status, {"X-ClickHouse-Exception-Code": str(code.value)}, text.encode() + b"\n")

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        with contextlib.suppress(OSError):  # the worker may have been killed meanwhile
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


def _inserted_table(path: str, body: bytes, encoding: str) -> str | None:
    """The table of an insert, without its database; None for anything but an insert."""
    argument = parse_qs(urlsplit(path).query).get("query", [""])[0]
    insert = parse_insert(statement_bytes(argument, decompress(body, encoding)))
    return None if insert is None else insert.table.rpartition(".")[2].strip('`"')


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: clients that are killed in the middle of a request are what these tests are about."""


@contextmanager
def fault_proxy(upstream_port: int) -> Iterator[FaultProxy]:
    """A proxy for a block, in front of the ClickHouse at `upstream_port` of this machine."""
    proxy = FaultProxy(upstream_port)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    with _Server(("127.0.0.1", 0), handler) as server:
        proxy.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.set_mode(ProxyMode.REFUSE)
            server.shutdown()
            thread.join()
