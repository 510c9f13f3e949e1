"""The SQL of sources that are the inventory: what is configured, by the last snapshot before the end of a period."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from string import Template

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.inventory.stored import aware
from gatemeter.metrics.catalogue import dimension
from gatemeter.metrics.declared import INVENTORY_KINDS
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.output.text import shortened
from gatemeter.reports.stored_usage import chosen_sql
from gatemeter.reports.zoned_span import UTC_ZONE

AS_OF_NOTE = "what is configured is told by the last snapshot before the end of a period; inventory_as_of is its time"

_CONTROL_PLANE = "control_plane"
_NO_GROUPS = "[]::Array(String)"
_NAMED_PLANES = "INNER JOIN planes AS plane ON entity.control_plane_id = plane.control_plane_id"
_STEP_S = 3_600
_ZONED_STEP_S = 900
"""Clocks differ from UTC by whole quarters of an hour."""
_MOST_NAMED = 3


def inventory_sql(
    template: Template, query: MetricsQuery, source: str, groups: str, aggregates: str, values: Iterable[str]
) -> str:
    """`template`, which is `sql/inventory.sql`, filled in for a source of `query`; `groups` is SQL of its groups."""
    is_by_entity = any(name != _CONTROL_PLANE for name in query.by)
    is_detailed = is_by_entity or any(each.dimension != _CONTROL_PLANE for each in query.filters)
    workspace = dimension("workspace").sql(source)
    return template.substitute(
        source=source,
        kind=INVENTORY_KINDS[source],
        plane_conditions=_conditions(query, source, of_planes=True),
        # What is in no workspace is nothing for who may see some workspaces.
        has_workspaces="1" if workspace or source == "control_planes" else "0",
        step_s=_STEP_S if query.time_zone == UTC_ZONE else _ZONED_STEP_S,
        reports_chosen=chosen_sql(query),
        sizes_groups=groups if is_by_entity else _NO_GROUPS,
        named_planes=_NAMED_PLANES if is_by_entity and _CONTROL_PLANE in query.by else "",
        conditions=_conditions(query, source, of_planes=False),
        workspace=workspace or "''",
        groups="size.groups" if is_by_entity else groups,
        join="INNER" if is_by_entity else "LEFT",
        is_counted_enough="0" if is_detailed else "empty({allowed_workspaces:Array(String)})",
        is_unknown=_is_unknown_sql(query, source),
        aggregates=aggregates,
        values=", ".join(values),
    )


def inventory_notes(client: Client, query: MetricsQuery) -> Iterator[str]:
    """What is to be known of the inventory's numbers. Raises as `fetch` does."""
    if not any(source in INVENTORY_KINDS for source in query.sources):
        return
    yield AS_OF_NOTE
    late = [(name, first) for name, first in _first_times(client, query) if query.span.start < first < query.span.end]
    if query.period is not None and late:
        named = "; ".join(f"{shortened(name)}, {first:%Y-%m-%dT%H:%MZ}" for name, first in late[:_MOST_NAMED])
        more = f"; and {len(late) - _MOST_NAMED:,} more" if len(late) > _MOST_NAMED else ""
        yield f"numbers of periods before the first snapshot of a control plane do not hold it: {named}{more}"


def why_nothing_is_configured(client: Client, query: MetricsQuery) -> str:
    """The reason in words, for a query of the inventory that had no row. Raises as `fetch` does."""
    times = _first_times(client, query)
    if not times:
        return "no snapshot of a control plane is stored: gatemeter inventory takes them"
    first = min(each for _, each in times)
    if first >= query.span.end:
        begin = f"the first snapshot of a control plane is of {first:%Y-%m-%dT%H:%MZ}"
        return f"{begin}; what was configured before is not known"
    return "no snapshot of these hours tells anything of what is asked for"


def _first_times(client: Client, query: MetricsQuery) -> list[tuple[str, datetime]]:
    """The control planes, and when the first snapshot of each was taken; by time."""
    rows = fetch(client, "metrics/control_planes", query.allowed.query_parameters)
    return [(row["control_plane"], aware(row["first_taken_at"])) for row in rows]


def _conditions(query: MetricsQuery, source: str, *, of_planes: bool) -> str:
    found = [
        f"({each.condition(dimension(each.dimension).sql(source), f'filter_{number}')})"
        for number, each in enumerate(query.filters)
        if (each.dimension == _CONTROL_PLANE) is of_planes
    ]
    return " AND ".join(found) or "1"


def _is_unknown_sql(query: MetricsQuery, source: str) -> str:
    """What is not told of one control plane makes a number unknown that the control plane may be part of."""
    if not INVENTORY_KINDS[source]:
        return "0"
    return "NOT is_told" if _CONTROL_PLANE in query.by else "max(NOT is_told) OVER (PARTITION BY period)"
