"""`gatemeter report latency`."""

from collections.abc import Sequence
from pathlib import Path

import click

from gatemeter.cli.options.form import ResultForm, form_options
from gatemeter.cli.options.store import store_options
from gatemeter.cli.options.usage import UsageOptions, by_option, usage_options, zone_caption
from gatemeter.cli.output import output
from gatemeter.reports.grouping import parse_groups
from gatemeter.reports.latency import LatencyGroup, LatencyParameters, latency_report
from gatemeter.wiring.store import open_store


@click.command("latency")
@store_options
@by_option([LatencyGroup.SERVICE])
@usage_options(default_period=None)
@form_options
def latency_command(
    data: Path | None, clickhouse: str | None, *, by: Sequence[str], form: ResultForm, usage: UsageOptions
) -> None:
    """Exact counts, means and extremes, and percentiles within 1 %, per group; in milliseconds.

    Columns to group by: service, route, consumer. A table shows three significant digits and the groups with the most
    requests first; JSON and CSV have full precision.
    """
    groups = parse_groups(by, LatencyGroup)
    with open_store(data, clickhouse) as client:
        parameters = LatencyParameters(**usage.parameters(client), by=groups)
        rows = latency_report(client, parameters)
    layout = zone_caption(parameters.table, parameters)
    if form.is_table:
        output([parameters.table_record(row) for row in rows], parameters.table_columns, form, layout)
    else:
        output([parameters.record(row) for row in rows], parameters.columns, form, layout)
