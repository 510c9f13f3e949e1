"""`gatemeter report meters`: what custom meters add up to."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.usage import UsageOptions, by_option, usage_options, with_notes, zone_caption
from gatemeter.cli.output import ResultForm, chart_option, export_options, output, output_parquet
from gatemeter.reports.meters import (
    DEFAULT_METERS_GROUPS,
    MetersParameters,
    MetersRow,
    meter_totals,
    meters_parquet,
    meters_report,
    parse_meter_groups,
)
from gatemeter.schema import METER_USAGE
from gatemeter.wiring.store import open_store


@click.command("meters")
@store_options
@by_option(DEFAULT_METERS_GROUPS)
@click.option("--meter", metavar="NAME", multiple=True, help="Only this meter; may be repeated.")
@usage_options()
@export_options
@chart_option
def meters_command(
    data: Path | None,
    clickhouse: str | None,
    *,
    by: Sequence[str],
    meter: Sequence[str],
    form: ResultForm,
    usage: UsageOptions,
) -> None:
    """Exact values of the meters that were declared with --meters, per consumer.

    Columns to group by: consumer_id, service, route, workspace, team, organisation, and the groups of the declarations;
    meter alone for one row a meter. Values of two units, or of two declarations of one name, are never added. A value
    is null, never 0, where no event has a usable one. Above a table stands what each meter adds up to.
    """
    with open_store(data, clickhouse, only_reads=True) as client:
        parameters = MetersParameters(**usage.parameters(client), by=parse_meter_groups(client, by), meters=meter)
        if form.parquet is not None:
            output_parquet(meters_parquet(client, parameters), form.parquet)
            return
        rows = with_notes(client, parameters, METER_USAGE.name, meters_report(client, parameters))
        if not form.is_table:
            output((row.record(parameters.by) for row in rows), MetersRow.columns(parameters.by), form)
            return
        layout = replace(zone_caption(parameters.table, parameters), captions=meter_totals(client, parameters))
        columns = MetersRow.table_columns(parameters.by)
        output((row.table_record(parameters.by) for row in rows), columns, form, layout)
