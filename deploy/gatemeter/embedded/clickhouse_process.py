"""`python -m gatemeter.embedded.clickhouse_process --path DIR --port N`: the process that owns the ClickHouse engine.

Only one process can open an engine's directory, but several need its data: this process opens it and serves them over
HTTP on loopback. The password comes by environment, because anyone on the machine can read a command line.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

import uvicorn

from gatemeter.embedded.clickhouse import DATABASE, PASSWORD_VARIABLE, USER
from gatemeter.embedded.clickhouse_engine import Engine
from gatemeter.embedded.clickhouse_http import Account, ClickHouseInterface
from gatemeter.embedded.clickhouse_request import Session
from gatemeter.embedded.ports import LOOPBACK
from gatemeter.errors import ExitCode

_GRACE_S = 5


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT, and return the exit code."""
    parser = argparse.ArgumentParser(prog="gatemeter-clickhouse", description=__doc__)
    parser.add_argument("--path", type=Path, required=True, help="directory of the engine's data")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    chosen = parser.parse_args(arguments)
    password = os.environ.pop(PASSWORD_VARIABLE, "")
    if not password:
        parser.error(f"{PASSWORD_VARIABLE} must hold the password")
    try:
        engine = Engine(chosen.path)
    except RuntimeError as error:
        sys.stderr.write(f"cannot open the engine in {chosen.path}: {error}\n")
        return ExitCode.CLICKHOUSE
    # The server handles these two itself and then raises them again; only the engine is left to be closed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    try:
        _serve(engine, Account(USER, password), chosen.port)
    finally:
        engine.close()
    return ExitCode.OK


def _serve(engine: Engine, account: Account, port: int) -> None:
    # The database in the announced URL must exist before the first client connects.
    engine.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE}", Session(), "TabSeparated")
    uvicorn.run(
        ClickHouseInterface(engine, account).application(),
        host=LOOPBACK,
        port=port,
        access_log=False,  # its lines would show arguments, among them passwords
        log_level="warning",
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )


if __name__ == "__main__":
    sys.exit(main())
