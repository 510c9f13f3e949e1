"""`python -m gatemeter.embedded.clickhouse_process --path DIR --port N`: the process that owns the ClickHouse engine.

Only one process can open an engine's directory, but several need its data: this process opens it and serves them over
HTTP on loopback. The passwords come by environment, because anyone on the machine can read a command line.

After SIGTERM it ends within `LONGEST_STOP_S`, whatever statements run: they get some seconds, are then killed, and what
does not end by that is left. What the engine has acknowledged is stored.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn

from gatemeter.embedded.clickhouse import (
    ANALYST_PASSWORD_VARIABLE,
    DATABASE,
    PASSWORD_VARIABLE,
    READER_PASSWORD_VARIABLE,
)
from gatemeter.embedded.clickhouse_accounts import ADMINISTRATOR_USER, ANALYST_USER, READER_USER, Account, Login, Role
from gatemeter.embedded.clickhouse_engine import Engine
from gatemeter.embedded.clickhouse_http import ClickHouseInterface
from gatemeter.embedded.clickhouse_request import Session
from gatemeter.embedded.ports import LOOPBACK
from gatemeter.errors import ExitCode
from gatemeter.httpserver.limits import HEADER_BYTES, REQUEST_TIMEOUT_S, LimitedProtocol

LONGEST_STOP_S = 12.0
_GRACE_S = 2
_CLOSE_S = 3.0


def main(arguments: list[str] | None = None) -> NoReturn:
    """Serve until SIGTERM or SIGINT, and end the process."""
    parser = argparse.ArgumentParser(prog="gatemeter-clickhouse", description=__doc__)
    parser.add_argument("--path", type=Path, required=True, help="directory of the engine's data")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    chosen = parser.parse_args(arguments)
    accounts = [
        Account(Login(ADMINISTRATOR_USER, _secret(parser, PASSWORD_VARIABLE)), Role.ADMINISTRATOR),
        Account(Login(READER_USER, _secret(parser, READER_PASSWORD_VARIABLE)), Role.READER),
        Account(Login(ANALYST_USER, _secret(parser, ANALYST_PASSWORD_VARIABLE)), Role.ANALYST),
    ]
    try:
        engine = Engine(chosen.path)
    except RuntimeError as error:
        sys.stderr.write(f"cannot open the engine in {chosen.path}: {error}\n")
        sys.exit(ExitCode.CLICKHOUSE)
    # The server handles these two itself and then raises them again; only the engine is left to be closed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    code = ExitCode.OK
    try:
        _serve(engine, accounts, chosen.port)
    except SystemExit:  # it could not begin to listen, and has said why
        code = ExitCode.CLICKHOUSE
    _end(engine, code)


class _Server(uvicorn.Server):
    """A server whose process ends in time once it was asked to."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; called by a signal."""
        if not self.should_exit:
            last = threading.Timer(LONGEST_STOP_S, os._exit, (ExitCode.OK,))
            last.daemon = True
            last.start()
        super().handle_exit(sig, frame)


def _serve(engine: Engine, accounts: list[Account], port: int) -> None:
    # The database in the announced URL must exist before the first client connects.
    engine.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE}", Session(), "TabSeparated")
    config = uvicorn.Config(
        ClickHouseInterface(engine, accounts).application(),
        host=LOOPBACK,
        port=port,
        http=LimitedProtocol,
        h11_max_incomplete_event_size=HEADER_BYTES,
        timeout_keep_alive=int(REQUEST_TIMEOUT_S),
        access_log=False,  # its lines would show arguments, among them passwords
        log_level="error",  # a warning for every bad request would let strangers fill the disk
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    _Server(config).run()


def _end(engine: Engine, code: ExitCode) -> NoReturn:
    """Kill what still runs, release the directory, and end the process, within `_CLOSE_S`."""

    def close() -> None:
        engine.kill_all()
        engine.close()

    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(_CLOSE_S)
    sys.stderr.flush()
    # Threads with a statement that did not end would keep the interpreter waiting for ever.
    os._exit(code)


def _secret(parser: argparse.ArgumentParser, variable: str) -> str:
    password = os.environ.pop(variable, "")
    if not password:
        parser.error(f"{variable} must hold the password")
    return password


if __name__ == "__main__":
    main()
