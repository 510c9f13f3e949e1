"""Opens ClickHouse clients: of a server over HTTP by its address, or of the engine inside this process."""

import importlib.util
import logging
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import SplitResult, quote, unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.binding import quote_identifier
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, Error

from gatemeter.clickhouse.errors import REFUSED_LOGIN, classified, classify, read_only_login, root_cause
from gatemeter.errors import ClickHouseUnavailable, DataDirError, GatemeterError, InstallError, SettingsError, StopError

IN_PROCESS = "chdb:"
"""How the URIs of clients of the engine in this process begin."""

DEFAULT_DATABASE = "gatemeter"
DEFAULT_PORTS = {"http": 8123, "https": 8443}
CONNECT_TIMEOUT_S = 10
ANSWER_TIMEOUT_S = 300

WRITE_TIMEOUT_S = 60
"""For clients that write: an insert takes about a second, and repeating one that was given up does no harm."""

_FORM = "write http://USER:PASSWORD@HOST:PORT/DATABASE (or https://...)"


@dataclass(frozen=True, slots=True)
class ClickHouseAddress:
    """The HTTP address of a server, its database and the login. `str()` and `repr()` never show the password."""

    host: str
    port: int = DEFAULT_PORTS["http"]
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = DEFAULT_DATABASE
    secure: bool = False

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `http(s)://user:password@host:port/database`; everything but the host may be left out.

        Raises SettingsError, which does not repeat the URL because it may hold a password.
        """
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError as error:
            raise SettingsError("the ClickHouse address has a bad host or port", do=_FORM) from error
        _check(parts)
        return cls(
            host=parts.hostname or "",
            port=port or DEFAULT_PORTS[parts.scheme],
            user=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.strip("/")) or DEFAULT_DATABASE,
            secure=parts.scheme == "https",
        )

    @property
    def host_and_port(self) -> str:
        """`HOST:PORT`, an IPv6 host in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        """The URL without the password."""
        scheme = "https" if self.secure else "http"
        return f"{scheme}://{quote(self.user)}@{self.host_and_port}/{quote(self.database)}"


def _check(parts: SplitResult) -> None:
    if parts.scheme not in DEFAULT_PORTS:
        raise SettingsError("the ClickHouse address starts with neither http:// nor https://", do=_FORM)
    if not parts.hostname:
        raise SettingsError("the ClickHouse address names no host", do=_FORM)
    if parts.query or parts.fragment or "/" in parts.path.strip("/"):
        raise SettingsError("the ClickHouse address goes on after the database name", do=_FORM)


# The client logs each failure besides raising it. Without a handler Python would print this to stderr, before the one
# line that says what happened.
logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())


def connect(
    address: ClickHouseAddress, *, create_database: bool = False, answer_timeout_s: int = ANSWER_TIMEOUT_S
) -> Client:
    """A client of the server at `address`, for any number of threads with one call at a time each.

    With `create_database` the database is created if it is missing. A call fails when the server sends nothing for
    `answer_timeout_s`. Raises ClickHouseUnavailable if the server cannot be reached, refuses the login, or lacks the
    database.
    """
    try:
        # A session would let only one query run at a time, and nothing here needs one.
        client: Client = clickhouse_connect.get_client(
            host=address.host,
            port=address.port,
            username=address.user,
            password=address.password,
            interface="https" if address.secure else "http",
            autogenerate_session_id=False,
            connect_timeout=CONNECT_TIMEOUT_S,
            send_receive_timeout=answer_timeout_s,
        )
    except (ClickHouseError, OSError, ValueError) as error:
        raise _connect_error(error, address) from error
    _use_database(client, address.database, create=create_database, where=address.host_and_port)
    return client


def connect_embedded(path: Path, database: str = DEFAULT_DATABASE) -> Client:
    """A client of the engine in this process, with its data under `path`; `database` is created if it is missing.

    A process can have only one path open at a time, through any number of clients. Raises InstallError if the package
    of the engine is not installed, DataDirError if the path cannot be opened.
    """
    if importlib.util.find_spec("chdb") is None:
        raise InstallError(
            "the embedded ClickHouse engine is not installed",
            do="run pip install 'gatemeter[embedded]', or name a server with --clickhouse",
        )
    _load_engine()
    try:
        client: Client = clickhouse_connect.get_client(interface="chdb", path=str(path.absolute()))
    except (ClickHouseError, OSError) as error:
        raise DataDirError(f"the ClickHouse engine cannot open its data: {error}", where=str(path)) from error
    _use_database(client, database, create=True, where=str(path))
    return client


def _load_engine() -> None:
    """Import chDB as if there were no pyarrow: it is for Arrow tables alone, and every command would wait for it."""
    if "pyarrow" in sys.modules or "chdb.state" in sys.modules:
        return
    sys.modules["pyarrow"] = None  # type: ignore[assignment]  # Python's own way to say that a module is not there
    try:
        importlib.import_module("chdb.state")
    finally:
        del sys.modules["pyarrow"]


def beside(client: Client) -> Client:
    """Another client of the engine in this process that `client` is of, for whoever closes it.

    Raises as `classified`.
    """
    with classified("ClickHouse engine"):
        path = client.uri.removeprefix(f"{IN_PROCESS}//")
        other: Client = clickhouse_connect.get_client(interface="chdb", path=path)
        return other


def require_writable(client: Client, where: str) -> None:
    """Raise ClickHouseUnavailable if the session is read-only: the client's own refusals then name a setting only."""
    if is_read_only(client):
        raise read_only_login(where)


def is_read_only(client: Client) -> bool:
    """Whether the session may change nothing, whatever is granted to its login."""
    setting = client.server_settings.get("readonly")
    return setting is not None and setting.value != "0"


def _use_database(client: Client, database: str, *, create: bool, where: str) -> None:
    try:
        with classified(where):
            if create:
                require_writable(client, where)
                client.command(f"CREATE DATABASE IF NOT EXISTS {quote_identifier(database)}")
            elif not _has_database(client, database):
                raise ClickHouseUnavailable(
                    f"there is no database {database!r}",
                    where=where,
                    do="run gatemeter migrate, or correct the database in --clickhouse",
                )
    except GatemeterError:
        client.close()
        raise
    client.database = database


def _has_database(client: Client, database: str) -> bool:
    query = "SELECT count() FROM system.databases WHERE name = {database:String}"
    return bool(client.query(query, parameters={"database": database}).result_rows[0][0])


def _was_answered(error: BaseException | None) -> bool:
    """Whether something took the connection and spoke, but not as ClickHouse does."""
    while error is not None and not isinstance(error, OSError):
        error = error.__cause__ or error.__context__
    return error is None


def _connect_error(error: Exception, address: ClickHouseAddress) -> StopError:
    where = address.host_and_port
    code = error.code if isinstance(error, Error) else None
    if code in REFUSED_LOGIN:
        return ClickHouseUnavailable(
            f"ClickHouse at {where} refused user {address.user!r} or its password",
            do="correct them in --clickhouse or GATEMETER_CLICKHOUSE",
        )
    if code is None and _was_answered(error):
        return ClickHouseUnavailable(
            f"what answers at {where} is not ClickHouse's HTTP interface ({root_cause(error)})",
            do="correct the host and the port",
        )
    if code is None:
        return ClickHouseUnavailable(
            f"cannot reach ClickHouse at {where} ({root_cause(error)})", do="start it, or correct the address"
        )
    known = classify(error, where)
    return known if isinstance(known, StopError) else ClickHouseUnavailable(known.what, where=where, do="try again")
