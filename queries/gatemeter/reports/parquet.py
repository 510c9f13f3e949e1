"""Reports as Parquet files, which ClickHouse writes: the rows and names of JSON and CSV, with types.

Whole numbers are INT64, amounts of money DECIMAL(38, 24), percentiles and means doubles, and what is not known is null.
Hours and shorter periods are timestamps in UTC, days and weeks dates; months and years are text, as everywhere.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

from clickhouse_connect.driver.binding import quote_identifier
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch_parquet
from gatemeter.errors import GatemeterError, SettingsError
from gatemeter.output.layout import PERIOD
from gatemeter.reports.pages import is_of_moments
from gatemeter.reports.period import Period
from gatemeter.reports.stored_usage import require_whole_hours, usage_statement
from gatemeter.reports.usage_parameters import UsageParameters

if TYPE_CHECKING:
    from pydantic import BaseModel

_DIGITS = 38
MONEY_TYPE = f"Decimal({_DIGITS}, 24)"
"""Exact to the smallest unit that is stored, and no wider than what readers of Parquet take."""

_OVERFLOW = f"overflow: an amount has more than {_DIGITS} digits"
_TYPES = {int: "Int64", float: "Float64", str: "String"}
_DATES = (Period.DAY, Period.WEEK)


def report_parquet(
    client: Client,
    report: str,
    parameters: UsageParameters,
    columns: Mapping[str, str],
    *,
    table: str,
    by: Sequence[str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Iterator[bytes]:
    """The pieces of the file with the rows of a report of usage, whose `columns` are SQL of the report's own columns.

    Takes and raises what `fetch_usage` does.
    """
    require_whole_hours(client, parameters, table)
    sql, values = usage_statement(client, report, parameters, table, by=by, more=more)
    return parquet_pieces(client, report, parquet_sql(sql, columns), values)


def parquet_pieces(client: Client, query: str, sql: str, values: Mapping[str, Any]) -> Iterator[bytes]:
    """As `fetch_parquet`; raises SettingsError, also once some pieces are given, for an amount that does not fit."""
    try:
        yield from fetch_parquet(client, query, sql, values)
    except GatemeterError as error:
        if _OVERFLOW in str(error):
            raise SettingsError(
                f"an amount has more than {_DIGITS} digits, which Parquet cannot hold", do="ask for JSON or CSV"
            ) from error
        raise


def parquet_sql(statement: str, columns: Mapping[str, str]) -> str:
    """The SQL of {name: expression} over the rows of `statement`, in their order; a name may be anything."""
    selected = ",\n    ".join(f"{expression} AS {quote_identifier(name)}" for name, expression in columns.items())
    return f"SELECT\n    {selected}\nFROM\n(\n{statement}\n) AS found"


def model_columns(
    model: "type[BaseModel]", names: Iterable[str], *, by: Sequence[str] = (), money: Iterable[str] = ()
) -> dict[str, str]:
    """The SQL of `names`, which are fields of `model`, whose rows the statement gives, or some of the groups `by`.

    Groups are in the array `groups`, in their order. The fields `money` are amounts as text.
    """
    columns = {}
    for name in names:
        if name in by:
            columns[name] = f"CAST(found.groups[{list(by).index(name) + 1}], 'String')"
        else:
            columns[name] = typed(f"found.{name}", _type(model, name, is_money=name in money))
    return columns


def period_column(period: Period | None) -> dict[str, str]:
    """The SQL of the column of periods, whose texts the statement gives."""
    return {PERIOD: _period_sql(period)}


def typed(expression: str, type_name: str) -> str:
    """The value as one of the type; a number that does not fit is an error, never another number or none."""
    if "Int" in type_name or "Float" in type_name:
        return f"accurateCast({expression}, '{type_name}')"
    if "Decimal" not in type_name:
        return f"CAST({expression}, '{type_name}')"
    # Of a text that does not fit, a nullable decimal is null: as if the amount were not known.
    wide = f"CAST({expression}, '{type_name.replace(f'Decimal({_DIGITS}', 'Decimal(76')}')"
    # The bytes of a decimal hold some numbers of a digit more than it has, which readers of Parquet refuse.
    whole = _DIGITS - int(type_name.rpartition(", ")[2].rstrip(")"))
    is_too_long = f"ifNull(abs({wide}) >= toDecimal256('1{'0' * whole}', 0), false)"
    return f"CAST(if(throwIf({is_too_long}, '{_OVERFLOW}') = 0, {wide}, {wide}), '{type_name}')"


def _type(model: "type[BaseModel]", name: str, *, is_money: bool) -> str:
    annotation: Any = model.model_fields[name].annotation
    given = get_args(annotation) or (annotation,)
    known = next(each for each in given if each is not type(None))
    type_name = MONEY_TYPE if is_money else _TYPES[known]
    return f"Nullable({type_name})" if type(None) in given else type_name


def _period_sql(period: Period | None) -> str:
    if is_of_moments(period):
        return f"toDateTime64(parseDateTimeBestEffort(found.{PERIOD}, 'UTC'), 3, 'UTC')"
    return f"toDate32(found.{PERIOD})" if period in _DATES else f"CAST(found.{PERIOD}, 'String')"
