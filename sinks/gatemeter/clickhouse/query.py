"""Runs the SQL files of the query packages with typed server-side parameters.

A query is named `PACKAGE/NAME` and is the file `gatemeter/PACKAGE/sql/NAME.sql`; a name alone is a query of the
reports. Text that several queries share is a part: `${PACKAGE/NAME}` stands for `gatemeter/PACKAGE/sql/parts/NAME.sql`,
`${NAME}` for a part of the query's own package. Parts hold no parts.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import classified, with_retry

TAG_VERSION = 1
"""Part of the log comment; raised when the SQL changes what it reads."""

_PART = re.compile(r"\$\{(\w+(?:/\w+)?)\}")


def fetch(client: Client, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of `query` as {column: value}.

    The query is tagged `gatemeter/report/QUERY/1` in the server's query log, a `/` in its name written as `_`, unless
    the login may not change settings. Passing faults are tried again a few times; raises RetryableError or StopError
    after that.
    """
    name = query.replace("/", "_")

    def run() -> list[dict[str, Any]]:
        with classified(f"report {name}"):
            result = client.query(query_sql(query), parameters=dict(parameters), settings=_tag(client, name))
            names: Sequence[str] = result.column_names
            return [dict(zip(names, row, strict=True)) for row in result.result_rows]

    return with_retry(run)


def _tag(client: Client, name: str) -> dict[str, str]:
    known = client.server_settings.get("log_comment")
    return {} if known is not None and known.readonly else {"log_comment": f"gatemeter/report/{name}/{TAG_VERSION}"}


@cache
def query_sql(query: str) -> str:
    """The text of `query` with its parts filled in. Raises FileNotFoundError for a file that does not exist."""
    package, name = _split(query, "reports")

    def part(match: re.Match[str]) -> str:
        part_package, part_name = _split(match[1], package)
        return _sql_file(part_package, f"parts/{part_name}.sql").strip()

    return _PART.sub(part, _sql_file(package, f"{name}.sql"))


def _split(name: str, package: str) -> tuple[str, str]:
    """The package and the name in it; `package` where the name has none."""
    named_package, _, own_name = name.rpartition("/")
    return named_package or package, own_name


def _sql_file(package: str, path: str) -> str:
    return files(f"gatemeter.{package}").joinpath("sql", path).read_text(encoding="utf-8")
