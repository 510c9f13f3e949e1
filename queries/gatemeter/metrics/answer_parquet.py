"""The answer to a query as a Parquet file; see `reports.parquet` for its types."""

import re
from collections.abc import Iterator

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import ErrorCode, code_of
from gatemeter.errors import GatemeterError, SettingsError
from gatemeter.metrics.answer import QUERY_NAME, prepared_statement
from gatemeter.metrics.catalogue import label
from gatemeter.metrics.declared import MetricType, SeveralLabelsError
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.output.placeholders import EMPTY, REST
from gatemeter.reports.parquet import MONEY_TYPE, parquet_pieces, parquet_sql, period_column, typed

_TYPES: dict[MetricType, str] = {
    "count": "Int64",
    "bytes": "Int64",
    "money": MONEY_TYPE,
    "decimal": "Decimal(38, 9)",
}
_MEASURED = "Float64"


def answer_parquet(client: Client, query: MetricsQuery) -> Iterator[bytes]:
    """The pieces of a file with the columns of `query`. Raises as `answer` does, also once some pieces are given."""
    if query.before is not None:
        raise SettingsError("a comparison is not written as Parquet", where="--compare", do="ask for JSON or CSV")
    composed = prepared_statement(client, query)
    pieces = parquet_pieces(client, QUERY_NAME, parquet_sql(composed.sql, _columns(query)), composed.parameters)
    try:
        yield from pieces
    except GatemeterError as error:
        if code_of(error) == ErrorCode.FUNCTION_THROW_IF_VALUE_IS_NON_ZERO:
            names = " and ".join(label(name).dimension or name for name in query.labels if label(name).is_one)
            raise SeveralLabelsError(
                f"a group has several values of {names}", where="--metrics", do=f"add {names} to --by"
            ) from error
        raise


def _columns(query: MetricsQuery) -> dict[str, str]:
    columns = period_column(query.period) if query.period else {}
    for number, name in enumerate(query.by, 1):
        columns[name] = _dimension_sql(f"found.groups[{number}]", is_limited=query.limit is not None)
    for name, metric in query.found.items():
        columns[name] = typed(f"found.`{name}`", f"Nullable({_TYPES.get(metric.type, _MEASURED)})")
    return columns | {name: _label_sql(name) for name in query.labels}


def _dimension_sql(group: str, *, is_limited: bool) -> str:
    """What `answer` shows as the value of a dimension; see `told_apart`."""
    placeholders = "|".join(map(re.escape, (EMPTY,) if is_limited else (EMPTY, REST)))
    pattern = rf"^({placeholders})( \(name\))*$".replace("\\", "\\\\")
    return f"multiIf({group} = '', '{EMPTY}', match({group}, '{pattern}'), concat({group}, ' (name)'), {group})"


def _label_sql(name: str) -> str:
    """What `answer` shows as the label: None where there is none."""
    text = f"nullIf(arrayStringConcat(found.`{name}`, '+'), '')"
    if not label(name).is_one:
        return text
    return f"if(throwIf(length(found.`{name}`) > 1, '{name}') = 0, {text}, NULL)"
