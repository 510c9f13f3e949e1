"""The ClickHouse engine as a child process: its command, its address, and whether it is ready."""

import importlib.util
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from gatemeter.embedded.child_process import RUN_MODULE, ChildSpec
from gatemeter.embedded.clickhouse_accounts import ADMINISTRATOR_USER, ANALYST_USER, READER_USER
from gatemeter.embedded.ports import LOOPBACK, is_well
from gatemeter.errors import ClickHouseUnavailable, InstallError

READY_TIMEOUT_S = 60.0
DATABASE = "gatemeter"
PASSWORD_VARIABLE = "GATEMETER_CLICKHOUSE_PASSWORD"  # noqa: S105 - the variable's name, not a password
READER_PASSWORD_VARIABLE = "GATEMETER_CLICKHOUSE_READER_PASSWORD"  # noqa: S105 - the variable's name
ANALYST_PASSWORD_VARIABLE = "GATEMETER_CLICKHOUSE_ANALYST_PASSWORD"  # noqa: S105 - the variable's name
_STOP_TIMEOUT_S = 15.0
_PACKAGES = ("chdb", "starlette", "uvicorn")


@dataclass(frozen=True, slots=True)
class EmbeddedClickHouse:
    """An engine with its data in `path` that listens on `port`. The passwords need no escaping in a URL."""

    path: Path
    log_path: Path
    port: int
    password: str = field(repr=False)
    reader_password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    analyst_password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def url(self) -> str:
        """The administrator's `http://USER:PASSWORD@HOST:PORT/DATABASE`, for gatemeter's own processes."""
        return f"http://{ADMINISTRATOR_USER}:{self.password}@{LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def reader_url(self) -> str:
        """The same address with the read-only login, for gatemeter's reports."""
        return f"http://{READER_USER}:{self.reader_password}@{LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def analyst_url(self) -> str:
        """The same address with the login that sees the views alone, for people who write SQL."""
        return f"http://{ANALYST_USER}:{self.analyst_password}@{LOOPBACK}:{self.port}/{DATABASE}"

    def prepare(self) -> ChildSpec:
        """The child to start. Raises InstallError if the engine's packages are missing."""
        for package in _PACKAGES:
            if importlib.util.find_spec(package) is None:
                raise InstallError(
                    f"the embedded ClickHouse engine needs the package {package}",
                    do='pip install "gatemeter[embedded]", or set --clickhouse (GATEMETER_CLICKHOUSE) to a server',
                )
        module = "gatemeter.embedded.clickhouse_process"
        return ChildSpec(
            name="ClickHouse",
            command=[*RUN_MODULE, module, "--path", str(self.path), "--port", str(self.port)],
            log_path=self.log_path,
            error=ClickHouseUnavailable,
            environment={
                PASSWORD_VARIABLE: self.password,
                READER_PASSWORD_VARIABLE: self.reader_password,
                ANALYST_PASSWORD_VARIABLE: self.analyst_password,
            },
            stop_timeout_s=_STOP_TIMEOUT_S,
            is_healthy=self.is_ready,
        )

    def is_ready(self) -> bool:
        """Whether it answers a ping now."""
        return is_well(self.port, "/ping")
