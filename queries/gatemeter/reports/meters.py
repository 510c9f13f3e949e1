"""The meters report: what custom meters add up to, and how many events have no usable value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.errors import InputError, SettingsError
from gatemeter.meters.aggregation import Aggregation, scaled_text
from gatemeter.output.layout import PERIOD, TableLayout
from gatemeter.output.text import count_of
from gatemeter.reports.grouping import GroupedRow, table_fallbacks, table_keys
from gatemeter.reports.parquet import model_columns, period_column, report_parquet
from gatemeter.reports.stored_usage import fetch_usage
from gatemeter.reports.usage_parameters import UsageParameters
from gatemeter.schema import METER_USAGE

_MOST_TOTALS = 20


class MetersGroup(StrEnum):
    """What values of meters can be grouped by, besides the `group_by` of their declarations."""

    CONSUMER_ID = "consumer_id"
    """The billing subject; `anonymous` for events without a consumer."""
    SERVICE = "service"
    """The service's name, else its id; so with routes."""
    ROUTE = "route"
    WORKSPACE = "workspace"
    TEAM = "team"
    ORGANISATION = "organisation"


DEFAULT_METERS_GROUPS = (MetersGroup.CONSUMER_ID,)
_ALWAYS_GROUPED = {PERIOD, "meter", "unit", "declaration"}
_OTHER_NAMES = {"consumer": MetersGroup.CONSUMER_ID.value}


class MetersRow(GroupedRow):
    """One group of one declaration in one period."""

    meter: str
    declaration: str
    """Which declaration of the meter it was; rows of two are never added."""
    unit: str
    aggregation: str
    value: str | None
    """The exact sum as a decimal text, or how many different values there are; None where no event has a usable one.

    Numbers of different values cannot be added up over rows.
    """
    events: int
    without_value: int
    """Events that tell no value; they are not part of `value`, and so with those `refused`."""
    refused: int


@dataclass(frozen=True, slots=True)
class MetersParameters(UsageParameters):
    """`by` are names of `parse_meter_groups`; none means one row a meter.

    `meters` are names, or NAME@DECLARATION; none means all.
    """

    by: Sequence[str] = DEFAULT_METERS_GROUPS
    meters: Sequence[str] = ()

    @property
    def chosen_meters(self) -> dict[str, list[str]]:
        """The query parameter that chooses meters."""
        return {"meters": list(self.meters)}

    @property
    def table(self) -> TableLayout:
        """The rows of a meter stay together, those with the most events first."""
        keys = (*table_keys(self.by, MetersGroup.CONSUMER_ID), "meter", "declaration")
        return TableLayout(
            columns=(*keys, MetersGroup.CONSUMER_ID),
            keys=keys,
            first_left_out=(MetersGroup.CONSUMER_ID, "aggregation", "refused", "without_value", "events"),
            most_important=("value", "unit"),
            order_by=("events",),
            kept_together=(PERIOD, "meter", "declaration"),
            money={"value": ""},
            fallbacks=table_fallbacks(self.by, MetersGroup.CONSUMER_ID),
        )


def parse_meter_groups(client: Client, texts: Sequence[str]) -> tuple[str, ...]:
    """Read the values of `--by`: names of `MetersGroup` and of groups that stored meters were declared with.

    Raises SettingsError for other names, and as `fetch` does.
    """
    names = [name.strip().lower().replace("-", "_") for text in texts for name in text.split(",")]
    wanted = dict.fromkeys(_OTHER_NAMES.get(name, name) for name in names if name not in _ALWAYS_GROUPED)
    own = [row["name"] for row in fetch(client, "meter_groups", {})]
    known = (*(group.value for group in MetersGroup), *own)
    unknown = next((name for name in wanted if name not in known), None)
    if unknown is not None:
        raise SettingsError(f"{unknown!r} is nothing to group by", where="--by", do=f"name some of {', '.join(known)}")
    return tuple(wanted)


def meters_report(client: Client, parameters: MetersParameters) -> Iterator[MetersRow]:
    """The rows by period, meter and groups. Raises as `fetch_usage` does."""
    rows = fetch_usage(
        client,
        "meters",
        parameters,
        table=METER_USAGE.name,
        by=[str(name) for name in parameters.by],
        more=parameters.chosen_meters,
    )
    return map(_row, rows)


_VALUE_SQL = """if(
        found.events > found.without_value + found.refused OR found.events = 0,
        CAST(
            if(
                found.aggregation = 'sum',
                divideDecimal(toDecimal256(found.value_scaled, 0), toDecimal256(intExp10(found.decimals), 0), 9),
                toDecimal256(found.distinct_values, 9)
            ),
            'Nullable(Decimal(38, 9))'
        ),
        NULL
    )"""
"""As `_row` makes the value; a declaration has at most 9 decimals."""


def meters_parquet(client: Client, parameters: MetersParameters) -> Iterator[bytes]:
    """The same rows as the pieces of a Parquet file. Raises as `report_parquet` does."""
    by = [str(name) for name in parameters.by]
    columns = model_columns(MetersRow, MetersRow.columns(by), by=by) | period_column(parameters.period)
    columns["value"] = _VALUE_SQL
    more = parameters.chosen_meters
    return report_parquet(client, "meters", parameters, columns, table=METER_USAGE.name, by=by, more=more)


def meter_totals(client: Client, parameters: MetersParameters) -> list[str]:
    """What each declaration adds up to over the whole span, in a line for people. Raises as `fetch_usage` does."""
    rows = list(meters_report(client, replace(parameters, by=(), period=None)))
    lines = [_total_text(row) for row in rows[:_MOST_TOTALS]]
    return [*lines, f"... and {len(rows) - _MOST_TOTALS:,} more meters"] if len(rows) > _MOST_TOTALS else lines


def require_one_sum(client: Client, parameters: MetersParameters) -> None:
    """Raise InputError if `parameters` choose several declarations, or values that do not add up."""
    rows = list(meters_report(client, replace(parameters, by=(), period=None)))
    if len(rows) > 1:
        known = ", ".join(f"{row.meter}@{row.declaration}" for row in rows)
        raise InputError(f"rows of {len(rows)} declarations are never added", do=f"name one with --meter: {known}")
    if rows and rows[0].aggregation == Aggregation.UNIQUE:
        raise InputError(f"{rows[0].meter} counts different values, which do not add up", do="see report meters")


def _total_text(row: MetersRow) -> str:
    different = "" if row.aggregation == Aggregation.SUM else "different "
    value = "unknown" if row.value is None else f"{row.value} {different}{row.unit}"
    missing = {"without a value": row.without_value, "refused": row.refused}
    without = ", ".join(f"{count:,} {what}" for what, count in missing.items() if count)
    of_events = f"of {count_of(row.events, 'event')}{f' ({without})' if without else ''}"
    return f"{row.meter} ({row.declaration}): {value} in all, {of_events}"


def _row(row: dict[str, Any]) -> MetersRow:
    scaled, decimals, distinct = row.pop("value_scaled"), row.pop("decimals"), row.pop("distinct_values")
    is_known = row["events"] > row["without_value"] + row["refused"]
    is_sum = row["aggregation"] == Aggregation.SUM
    value = scaled_text(scaled, decimals) if is_sum else str(distinct)
    # Corrections take back what stays known: 0 events may be left, and 0 is what they add up to.
    return MetersRow.model_validate({**row, "value": value if is_known or not row["events"] else None})
