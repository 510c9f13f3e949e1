"""Metrics and dimensions of custom meters: `meter:NAME`, and the groups that they were declared with, `group:NAME`.

Which there are only the store knows. A name is put into SQL, so it has the form that declarations have.
"""

import re
from collections.abc import Sequence

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.errors import SettingsError
from gatemeter.metrics.declared import Dimension, Label, Metric
from gatemeter.reports.usage_parameters import AllowedRows
from gatemeter.schema.meter_usage import GROUP_COLUMNS

SOURCE = "meters"

_METER = re.compile(
    r"(?P<base>meter:(?P<meter>[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*)(?:@(?P<declaration>[0-9a-f]{12}))?)"
    r"(?P<part>|:events|:without_value|:unit|:declaration)",
    re.ASCII,
)
_GROUP = re.compile(r"group:(?P<group>[a-z][a-z0-9_]*)", re.ASCII)
_DECIMALS = 9
"""Of every value: as many as a declaration may have at most."""


def meter_metric(name: str) -> Metric | None:
    """The metric `meter:NAME` or `meter:NAME@DECLARATION`, behind which `:events` or `:without_value` may stand.

    The value is an exact decimal number, or how many different values there are where the meter tells them apart. None
    for names of other forms.
    """
    match = _METER.fullmatch(name)
    if match is None or match["part"] in (":unit", ":declaration"):
        return None
    base = match["base"]
    events, unknown = f"`{base}:events`", f"`{base}:without_value`"
    needs = _needs(base, _condition(match))
    if match["part"] == ":events":
        return Metric(SOURCE, "count", {events: needs[events]}, events, "events that the meter took")
    if match["part"] == ":without_value":
        return Metric(SOURCE, "count", {unknown: needs[unknown]}, unknown, "events without a usable value")
    total = f"divideDecimal(toDecimal256(`{base}:sum`, 0), toDecimal256({10**_DECIMALS}, 0), {_DECIMALS})"
    return Metric(
        SOURCE,
        "decimal",
        needs,
        # Corrections take back what stays known: 0 events may be left of some rows, and 0 is what they add up to.
        f"if(`{base}:rows` = 0 OR ({events} != 0 AND {events} <= {unknown}), NULL, "
        f"if(`{base}:is_unique`, toDecimal256(`{base}:different`, {_DECIMALS}), {total}))",
        "what the meter adds up to",
        label=f"{base}:unit",
        other_label="" if match["declaration"] else f"{base}:declaration",
        missing=f"{base}:without_value",
    )


def meter_label(name: str) -> Label | None:
    """What a meter's value is: its unit, and its declaration, of which no two are added. None for other names."""
    match = _METER.fullmatch(name)
    if match is None or match["part"] not in (":unit", ":declaration"):
        return None
    column, is_one = match["part"].removeprefix(":"), match["part"] == ":declaration"
    value = f"groupUniqArrayIf(chosen.{column}, {_condition(match)})"
    return Label(SOURCE, value, is_one, dimension="meter_declaration" if is_one else "")


def group_dimension(name: str) -> Dimension | None:
    """The dimension `group:NAME`; None for names of other forms."""
    match = _GROUP.fullmatch(name)
    if match is None:
        return None
    values = ", ".join(f"chosen.{column}" for column in GROUP_COLUMNS)
    place = f"indexOf(splitByChar(',', chosen.group_names), '{match['group']}')"
    return Dimension("a group that custom meters were declared with", meters=f"[{values}][{place}]")


def stored_names(client: Client, allowed: AllowedRows) -> tuple[set[str], set[str]]:
    """The metrics `meter:NAME` and `meter:NAME@DECLARATION`, and the dimensions `group:NAME`, that allowed rows have.

    Raises as `fetch` does.
    """
    rows = fetch(client, "metrics/stored_meters", {**allowed.query_parameters})
    meters = {form for row in rows for form in (f"meter:{row['meter']}", f"meter:{row['meter']}@{row['declaration']}")}
    return meters, {f"group:{name}" for row in rows for name in row["group_names"].split(",") if name}


def require_stored(client: Client, metrics: Sequence[str], dimensions: Sequence[str], allowed: AllowedRows) -> None:
    """Raise SettingsError for a meter or a group that no row has that may be read. Raises as `fetch` does."""
    meters, groups = stored_names(client, allowed)
    asked_meters = [match["base"] for each in metrics if (match := _METER.fullmatch(each))]
    asked_groups = [each for each in dimensions if _GROUP.fullmatch(each)]
    for asked, known in ((asked_meters, meters), (asked_groups, groups)):
        unknown = next((each for each in asked if each not in known), None)
        if unknown is not None:
            named = ", ".join(sorted(known)) or "there is none"
            raise SettingsError(f"nothing is stored of {unknown}", do=f"stored are: {named}")


def require_sums(client: Client, name: str) -> None:
    """Raise SettingsError if the metric `name` of a custom meter tells values apart. Raises as `fetch` does."""
    match = _METER.fullmatch(name)
    for row in fetch(client, "metrics/stored_meters", {**AllowedRows().query_parameters}):
        is_asked = match is not None and row["meter"] == match["meter"]
        if is_asked and row["aggregation"] != "sum":
            raise SettingsError(f"{name} counts different values, which do not add up", do="bill a meter that is a sum")


def _condition(match: re.Match[str]) -> str:
    declared = f" AND chosen.declaration = '{match['declaration']}'" if match["declaration"] else ""
    return f"chosen.meter = '{match['meter']}'{declared}"


def _needs(base: str, condition: str) -> dict[str, str]:
    scale = f"toInt256(intExp10({_DECIMALS} - chosen.decimals))"
    return {
        f"`{base}:rows`": f"countIf({condition})",
        f"`{base}:events`": f"sumIf(chosen.events, {condition})",
        f"`{base}:without_value`": f"sumIf(chosen.without_value + chosen.refused, {condition})",
        f"`{base}:sum`": f"sumIf(toInt256(chosen.value_scaled) * {scale}, {condition})",
        f"`{base}:different`": f"uniqExactArrayIf(chosen.distinct_hashes, {condition})",
        f"`{base}:is_unique`": f"countIf({condition} AND chosen.aggregation = 'unique') > 0",
    }
