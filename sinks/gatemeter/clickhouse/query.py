"""Runs the SQL files of the query packages with typed server-side parameters.

A query is named `PACKAGE/NAME` and is the file `gatemeter/PACKAGE/sql/NAME.sql`; a name alone is a query of the
reports. Text that several queries share is a part: `${PACKAGE/NAME}` stands for `gatemeter/PACKAGE/sql/parts/NAME.sql`,
`${NAME}` for a part of the query's own package. Parts hold no parts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from importlib.resources import files
from typing import Any, cast

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.common import StreamContext

from gatemeter.clickhouse.errors import classified, with_retry

TAG_VERSION = 1
"""Part of the log comment; raised when the SQL changes what it reads."""

_ROWS_PER_BLOCK = 16_384
"""Some ten megabytes of Python objects in a report with many rows."""

_PART = re.compile(r"\$\{(\w+(?:/\w+)?)\}")


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

    return with_retry(run)


def fetch_rows(client: Client, query: str, parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of `query` as `fetch` gives them, with one block of the server's in memory at a time.

    The query starts with the first row that is asked for, and holds the client until the last. Passing faults are tried
    again until the first block is there; after that they are raised.
    """
    with ExitStack() as stack:
        blocks, block = with_retry(lambda: _opened_stream(client, query, parameters, stack))
        names: Sequence[str] = cast(Any, blocks.source).column_names
        while block is not None:
            yield from (dict(zip(names, row, strict=True)) for row in block)
            with classified(_name(query)):
                block = next(blocks, None)


def _opened_stream(
    client: Client, query: str, parameters: Mapping[str, Any], stack: ExitStack
) -> tuple[StreamContext, Sequence[Sequence[Any]] | None]:
    """The blocks of rows, which `stack` closes, and the first of them."""
    with classified(_name(query)), ExitStack() as failed:
        blocks = client.query_row_block_stream(
            query_sql(query), parameters=dict(parameters), settings=_settings(client, query)
        )
        failed.enter_context(blocks)
        first = next(blocks, None)
        stack.push(failed.pop_all())
    return blocks, first


def _name(query: str) -> str:
    return f"report {query.replace('/', '_')}"


def _settings(client: Client, query: str) -> dict[str, Any]:
    """The tag and the size of blocks, as far as the login may change settings."""
    settings = {
        "log_comment": f"gatemeter/report/{query.replace('/', '_')}/{TAG_VERSION}",
        "max_block_size": _ROWS_PER_BLOCK,
    }
    known = client.server_settings
    return {name: value for name, value in settings.items() if name not in known or not known[name].readonly}


@cache
def query_sql(query: str) -> str:
    """The text of `query` with its parts filled in. Raises FileNotFoundError for a file that does not exist."""
    package, name = _split(query, "reports")

    return _PART.sub(lambda match: part_sql(match[1], package), _sql_file(package, f"{name}.sql"))


def part_sql(part: str, package: str = "reports") -> str:
    """The text of a part, which is of `package` where its name names none. Raises FileNotFoundError."""
    part_package, part_name = _split(part, package)
    return _sql_file(part_package, f"parts/{part_name}.sql").strip()


def _split(name: str, package: str) -> tuple[str, str]:
    """The package and the name in it; `package` where the name has none."""
    named_package, _, own_name = name.rpartition("/")
    return named_package or package, own_name


def _sql_file(package: str, path: str) -> str:
    return files(f"gatemeter.{package}").joinpath("sql", path).read_text(encoding="utf-8")
