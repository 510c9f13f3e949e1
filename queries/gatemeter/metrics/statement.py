"""The SQL of a query. All of its text comes from the catalogue and SQL files; what people write are parameters."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any, Protocol

from gatemeter.metrics.catalogue import dimension, label, table_of
from gatemeter.metrics.comparable import unit_of_order
from gatemeter.metrics.declared import INVENTORY_KINDS, Metric, MetricType
from gatemeter.metrics.filters import Filter, Operator
from gatemeter.metrics.inventory_source import inventory_sql
from gatemeter.metrics.metrics_query import MetricsQuery, Order
from gatemeter.output.layout import PERIOD
from gatemeter.output.placeholders import EMPTY, NOBODY, REST, meant_name
from gatemeter.reports.period import Period
from gatemeter.reports.stored_usage import chosen_sql
from gatemeter.reports.usage_parameters import Subject

_TYPES: dict[MetricType, str] = {
    "count": "Nullable(Int128)",
    "bytes": "Nullable(Int128)",
    "ratio": "Nullable(Float64)",
    "rate": "Nullable(Float64)",
    "ms": "Nullable(Float64)",
    "size": "Nullable(Float64)",
    "money": "Nullable(Decimal(76, 24))",
    "decimal": "Nullable(Decimal(76, 9))",
}
_PERIOD_BEGINS = {
    Period.MINUTE: "min(chosen.hour)",
    Period.HOUR: "toStartOfHour(min(chosen.hour), {time_zone:String})",
    Period.DAY: "toStartOfDay(min(chosen.hour), {time_zone:String})",
    Period.WEEK: "toDateTime(toMonday(min(chosen.hour), {time_zone:String}), {time_zone:String})",
    Period.MONTH: "toDateTime(toStartOfMonth(min(chosen.hour), {time_zone:String}), {time_zone:String})",
    Period.YEAR: "toDateTime(toStartOfYear(min(chosen.hour), {time_zone:String}), {time_zone:String})",
}
_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its typed parameters."""

    sql: str
    parameters: dict[str, Any]


class UsageRows(Protocol):
    """Where the rows of the span are read from: `reports.rung_spans`, or minutes."""

    def sql(self, table: str) -> str:
        """SQL of the rows of `table`, which takes `parameters` and those of the span."""

    @property
    def parameters(self) -> dict[str, object]:
        """The query parameters of `sql`, but for those of the span itself."""


def statement(
    query: MetricsQuery,
    spans: UsageRows,
    *,
    shown: Sequence[Sequence[str]] | None = None,
    limit: int | None = None,
    limit_of_each: int | None = None,
) -> Statement:
    """The statement that answers `query`, whose columns are period, groups, its metrics and its labels.

    The rows of its sources are read from where `spans` say.

    With `shown`, all groups but these are one, whose values are `REST`; where amounts of money are grouped by their
    currency they are one a currency, for those are not to be added. With `limit`, only so many rows are read; with
    `limit_of_each` so many of each unit that is not compared with others.
    """
    parameters = {**query.query_parameters, **spans.parameters, **_filter_values(query)}
    if query.now is not None:
        parameters["now"] = f"{query.now:%Y-%m-%d %H:%M:%S}"
    if shown is not None:
        parameters |= {"shown": [list(each) for each in shown], "rest": REST}
    sources = (_source_sql(query, source, spans, is_folded=shown is not None) for source in query.sources)
    sql = _template("answer").substitute(
        sources="\n    UNION ALL\n".join(sources),
        values=", ".join(_outer_values(query)),
        grouping="" if len(query.sources) == 1 else "GROUP BY period, groups",
        period_order="period_order" if len(query.sources) == 1 else "min(period_order)",
        order=_order_sql(query.effective_order, query, is_folded=shown is not None),
        limit=_limit_sql(query, limit, limit_of_each),
    )
    return Statement(sql, parameters)


def _source_sql(query: MetricsQuery, source: str, spans: UsageRows, *, is_folded: bool) -> str:
    own = [each for each in query.found.values() if each.source == source]
    needs = {name: sql for each in own for name, sql in each.needs.items()}
    needs |= {f"`{name}`": found.value for name in query.labels if (found := label(name)).is_of(source)}
    groups = _array(dimension(name).sql(source) for name in query.by)
    if is_folded:
        rest = _array("{rest:String}" if _is_folded(name, query) else dimension(name).sql(source) for name in query.by)
        groups = f"if({groups} IN ({{shown:Array(Array(String))}}), {groups}, {rest})"
    aggregates = ", ".join(f"{sql} AS {name}" for name, sql in needs.items())
    if source in INVENTORY_KINDS:
        values = _inner_values(query, source)
        return inventory_sql(_template("inventory"), query, source, groups, aggregates, values)
    return _template("source").substitute(
        usage=spans.sql(table_of(source)),
        reports_chosen=chosen_sql(query),
        groups=groups,
        conditions=" AND ".join(_conditions(query, source)) or "1",
        aggregates=aggregates,
        period_minutes=_period_minutes(query),
        source=source,
        values=", ".join(_inner_values(query, source)),
    )


def _array(texts: Iterable[str]) -> str:
    return f"[{', '.join(texts)}]::Array(String)"


def _is_folded(name: str, query: MetricsQuery) -> bool:
    """Whether groups that differ in the dimension can be one: not in a currency that some metric is told in."""
    labels = (each for found in query.found.values() for each in (found.label, found.other_label) if each)
    return not any((label(each).dimension or each) == name and label(each).is_one for each in labels)


def _inner_values(query: MetricsQuery, source: str) -> Iterator[str]:
    for name, found in query.found.items():
        value = found.value if found.source == source else "NULL"
        yield f"CAST({value}, '{_TYPES[found.type]}') AS `metric_{name}`"
    for name in query.labels:
        value = f"`{name}`" if label(name).is_of(source) else "[]"
        yield f"CAST({value}, 'Array(String)') AS `labels_{name}`"


def _outer_values(query: MetricsQuery) -> Iterator[str]:
    for name, found in query.found.items():
        value = _outer_value(name, found, query)
        yield f"{f'toString({value})' if found.type in ('money', 'decimal') else value} AS `{name}`"
    for name in query.labels:
        labels = f"`labels_{name}`"
        yield f"arraySort({labels if len(query.sources) == 1 else f'groupUniqArrayArray({labels})'}) AS `{name}`"


def _outer_value(name: str, found: Metric, query: MetricsQuery) -> str:
    if len(query.sources) == 1:
        # Of one source there is one row a group: adding them up again takes half as long again.
        return f"`metric_{name}`"
    # Each metric is in the rows of one source alone, which has at most one row a group; NULLs are skipped.
    value = f"max(`metric_{name}`)"
    return f"if(countIf(source = '{found.source}') = 0, 0, {value})" if found.is_zero_without_rows else value


def _limit_sql(query: MetricsQuery, limit: int | None, limit_of_each: int | None) -> str:
    if limit_of_each is None:
        return "" if limit is None else f"LIMIT {limit:d}"
    unit = unit_of_order(query, query.effective_order)
    return f"LIMIT {limit_of_each:d}" + (f" BY {unit.sql}" if unit else "")


def _order_sql(order: Order, query: MetricsQuery, *, is_folded: bool) -> str:
    """What orders the groups of a period; the one that stands for all others is the last."""
    direction = "DESC" if order.is_descending else "ASC"
    folded = (place for place, name in enumerate(query.by, start=1) if is_folded and _is_folded(name, query))
    rests = " AND ".join(f"groups[{place}] = '{REST}'" for place in folded)
    rest_last = f"{rests}, " if rests else ""
    if order.column in query.found:
        value = _outer_value(order.column, query.found[order.column], query)
        return f"{rest_last}{_units_sql(order, query, value)}{value} {direction} NULLS LAST, groups"
    if order.column == PERIOD:
        return f"{rest_last}groups"
    return f"{rest_last}groups[{list(query.by).index(order.column) + 1}] {direction}, groups"


def _units_sql(order: Order, query: MetricsQuery, value: str) -> str:
    """Numbers of one unit stand together; what has no unit is 0 or not known, and less than all that have one."""
    unit = unit_of_order(query, order)
    if unit is None:
        return ""
    if order.is_descending:
        return f"empty({unit.sql}), {unit.sql}, "
    return f"multiIf(notEmpty({unit.sql}), 1, isNull({value}), 2, 0), {unit.sql}, "


def _conditions(query: MetricsQuery, source: str) -> Iterator[str]:
    for number, each in enumerate(query.filters):
        yield f"({each.condition(dimension(each.dimension).sql(source), f'filter_{number}')})"
        if _names_ids(query, each):
            # By the stored column ClickHouse finds the rows without reading those of all others.
            yield f"chosen.consumer_id IN {{ids_{number}:Array(String)}}"


def _filter_values(query: MetricsQuery) -> dict[str, list[str]]:
    values = {number: _names(each) for number, each in enumerate(query.filters) if each.values}
    ids = {
        f"ids_{number}": ["" if name == NOBODY else meant_name(name, NOBODY) for name in values[number]]
        for number, each in enumerate(query.filters)
        if _names_ids(query, each)
    }
    return {f"filter_{number}": names for number, names in values.items()} | ids


def _names(each: Filter) -> list[str]:
    """The values as they are stored; answers show some of them in another way."""
    is_whole = each.operator is not Operator.PREFIX
    return [meant_name(value, EMPTY, REST) if is_whole else value for value in each.values]


def _names_ids(query: MetricsQuery, each: Filter) -> bool:
    """Whether a filter takes consumers by what is stored as their id, '' for nobody."""
    return each.dimension == "consumer" and each.operator is Operator.IN and query.subject is Subject.ID


def _period_minutes(query: MetricsQuery) -> str:
    to = "{to:DateTime('UTC')}" if query.now is None else "least({to:DateTime('UTC')}, {now:DateTime('UTC')})"
    if query.period is None:
        return f"dateDiff('minute', {{from:DateTime('UTC')}}, {to})"
    begin = _PERIOD_BEGINS[query.period]
    end = f"{begin} + INTERVAL 1 {query.period.value.upper()}"
    return f"dateDiff('minute', greatest({begin}, {{from:DateTime('UTC')}}), least({end}, {to}))"


@cache
def _template(name: str) -> Template:
    text = files("gatemeter.metrics").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    return Template(_COMMENT.sub("", text).strip())
