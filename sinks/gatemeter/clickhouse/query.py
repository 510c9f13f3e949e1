"""Runs the SQL files of the query packages with typed server-side parameters.

A query is named `PACKAGE/NAME` and is the file `gatemeter/PACKAGE/sql/NAME.sql`; a name alone is a query of the
reports. Text that several queries share is a part: `${PACKAGE/NAME}` stands for `gatemeter/PACKAGE/sql/parts/NAME.sql`,
`${NAME}` for a part of the query's own package. Parts hold no parts. A part may have other forms, for queries that are
asked in that form: `sql/parts/FORM/NAME.sql` then stands in its place.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from math import ceil
from time import monotonic
from typing import IO, Any, TypeVar, cast

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.common import StreamContext
from urllib3.exceptions import HTTPError

from gatemeter.clickhouse.cancellation import next_query_id
from gatemeter.clickhouse.connection import IN_PROCESS
from gatemeter.clickhouse.errors import ErrorCode, classified, code_of, with_retry
from gatemeter.errors import ClickHouseUnavailable, RetryableError

TAG_VERSION = 1
"""Part of the log comment; raised when the SQL changes what it reads."""

_ROWS_PER_BLOCK = 16_384
"""Some ten megabytes of Python objects in a report with many rows."""

_PIECE_BYTES = 256 * 1024
_PARQUET_END = b"PAR1"

Result = TypeVar("Result")

_deadline_s: ContextVar[float | None] = ContextVar("deadline_s", default=None)

_PART = re.compile(r"\$\{(\w+(?:/\w+)?)\}")


class QueryTimeoutError(ClickHouseUnavailable):
    """The queries of a block took longer than it allows; ClickHouse has cancelled the last one."""


@contextmanager
def time_limit(limit_s: float) -> Iterator[None]:
    """Let the queries of a block take `limit_s` together, then ClickHouse cancels them; none is tried again.

    It is for servers, whose clients ask again by themselves. The queries raise QueryTimeoutError. Of a login that may
    not change settings the limits of its own profile hold instead.
    """
    token = _deadline_s.set(monotonic() + limit_s)
    try:
        yield
    finally:
        _deadline_s.reset(token)


def fetch(client: Client, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of `query` as {column: value}.

    The query is tagged `gatemeter/report/QUERY/1` in the server's query log, a `/` in its name written as `_`, unless
    the login may not change settings. Passing faults are tried again a few times; raises RetryableError or StopError
    after that.
    """
    return fetch_composed(client, query, query_sql(query), parameters)


def fetch_composed(client: Client, query: str, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """As `fetch`, of a statement that was composed from SQL files; `query` is its name in logs and errors."""

    def run() -> list[dict[str, Any]]:
        with classified(_name(query)):
            result = client.query(sql, parameters=dict(parameters), settings=_settings(client, query))
            names: Sequence[str] = result.column_names
            return [dict(zip(names, row, strict=True)) for row in result.result_rows]

    return _tried(run)


def fetch_rows(client: Client, query: str, parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of `query` as `fetch` gives them, with one block of the server's in memory at a time.

    The query starts with the first row that is asked for, and holds the client until the last. Passing faults are tried
    again until the first block is there; after that they are raised.
    """
    return fetch_rows_composed(client, query, query_sql(query), parameters)


def fetch_rows_composed(
    client: Client, query: str, sql: str, parameters: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """As `fetch_rows`, of a statement that was composed from SQL files; `query` is its name in logs and errors."""
    with ExitStack() as stack:
        blocks, block = _tried(lambda: _opened_stream(client, query, sql, parameters, stack))
        names: Sequence[str] = cast(Any, blocks.source).column_names
        while block is not None:
            yield from (dict(zip(names, row, strict=True)) for row in block)
            with classified(_name(query)):
                block = next(blocks, None)


def _opened_stream(
    client: Client, query: str, sql: str, parameters: Mapping[str, Any], stack: ExitStack
) -> tuple[StreamContext, Sequence[Sequence[Any]] | None]:
    """The blocks of rows, which `stack` closes, and the first of them."""
    with classified(_name(query)), ExitStack() as failed:
        blocks = client.query_row_block_stream(sql, parameters=dict(parameters), settings=_settings(client, query))
        failed.enter_context(blocks)
        first = next(blocks, None)
        stack.push(failed.pop_all())
    return blocks, first


def fetch_parquet(client: Client, query: str, sql: str, parameters: Mapping[str, Any]) -> Iterator[bytes]:
    """The answer to a composed statement as the pieces of a Parquet file, which ClickHouse writes.

    Of a server, one piece is in memory at a time; the engine in this process makes the file whole. Raises as
    `fetch_rows`, also where the file has no end.
    """
    with ExitStack() as stack:
        file = _tried(lambda: _opened_file(client, query, sql, parameters))
        stack.callback(file.close)  # without reading on
        end = b""
        while piece := _read(file, query):
            end = (end + piece[-len(_PARQUET_END) :])[-len(_PARQUET_END) :]
            yield piece
        if end != _PARQUET_END:
            raise RetryableError("the Parquet file that ClickHouse sent has no end", where=_name(query))


def _opened_file(client: Client, query: str, sql: str, parameters: Mapping[str, Any]) -> IO[bytes]:
    with classified(_name(query)):
        opened = client.raw_stream(sql, parameters=dict(parameters), settings=_settings(client, query), fmt="Parquet")
        return cast(IO[bytes], opened)


def _read(file: IO[bytes], query: str) -> bytes:
    with classified(_name(query)):
        try:
            return file.read(_PIECE_BYTES)
        except HTTPError as error:
            # The connection broke in the middle; the client passes on what the library below it says.
            raise OSError(str(error)) from error


def _name(query: str) -> str:
    return f"report {query.replace('/', '_')}"


def _tried(call: Callable[[], Result]) -> Result:
    """The result of `call`: once where there is a time limit, else as `with_retry`."""
    if _deadline_s.get() is None:
        return with_retry(call)
    try:
        return call()
    except RetryableError as error:
        if code_of(error) == ErrorCode.TIMEOUT_EXCEEDED:
            raise _timeout() from error
        raise


def _time_limits() -> dict[str, Any]:
    """The settings that let ClickHouse cancel a query in time. Raises QueryTimeoutError when no time is left."""
    deadline_s = _deadline_s.get()
    if deadline_s is None:
        return {}
    left_s = deadline_s - monotonic()
    if left_s <= 0:
        raise _timeout()
    return {"max_execution_time": ceil(left_s), "timeout_overflow_mode": "throw"}


def _timeout() -> QueryTimeoutError:
    return QueryTimeoutError("the query took too long and was cancelled", do="ask for fewer hours, or for fewer groups")


def _settings(client: Client, query: str) -> dict[str, Any]:
    """The tag, the size of blocks and the limits, as far as the login may change settings, and the statement's id."""
    query_id = next_query_id()
    tag = f"gatemeter/report/{query.replace('/', '_')}/{TAG_VERSION}"
    if query_id is not None and client.uri.startswith(IN_PROCESS):
        tag += f"/{query_id}"  # the engine in this process chooses the ids of statements by itself
    settings = {"log_comment": tag, "max_block_size": _ROWS_PER_BLOCK, **_time_limits()}
    known = client.server_settings
    allowed = {name: value for name, value in settings.items() if name not in known or not known[name].readonly}
    return allowed if query_id is None else {**allowed, "query_id": query_id}


@cache
def query_sql(query: str, form: str = "") -> str:
    """The text of `query` with its parts filled in, those in `form` that have one.

    Raises FileNotFoundError for a file that does not exist.
    """
    package, name = _split(query, "reports")

    return _PART.sub(lambda match: part_sql(match[1], package, form), _sql_file(package, f"{name}.sql"))


def part_sql(part: str, package: str = "reports", form: str = "") -> str:
    """The text of a part, in `form` if it has one; it is of `package` where its name names none.

    Raises FileNotFoundError.
    """
    part_package, part_name = _split(part, package)
    own = f"parts/{form}/{part_name}.sql"
    has_form = form and files(f"gatemeter.{part_package}").joinpath("sql", own).is_file()
    return _sql_file(part_package, own if has_form else f"parts/{part_name}.sql").strip()


def _split(name: str, package: str) -> tuple[str, str]:
    """The package and the name in it; `package` where the name has none."""
    named_package, _, own_name = name.rpartition("/")
    return named_package or package, own_name


def _sql_file(package: str, path: str) -> str:
    return files(f"gatemeter.{package}").joinpath("sql", path).read_text(encoding="utf-8")
