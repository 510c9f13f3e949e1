"""`gatemeter report latency`."""

from collections.abc import Sequence
from pathlib import Path

import click

from gatemeter.deploy.commands.report.options import by_option
from gatemeter.deploy.put_out import put_out
from gatemeter.deploy.result_options import form_options, span_options
from gatemeter.deploy.store import open_store
from gatemeter.deploy.store_options import store_options
from gatemeter.queries.grouping import parse_groups
from gatemeter.queries.latency_report import LatencyGroup, LatencyParameters, latency_columns, latency_report
from gatemeter.queries.output import OutputFormat
from gatemeter.queries.period import TimeSpan


@click.command("latency")
@store_options
@by_option([LatencyGroup.SERVICE])
@span_options
@form_options
def latency_command(
    data: Path | None, clickhouse: str | None, *, by: Sequence[str], span: TimeSpan, form: OutputFormat
) -> None:
    """Exact counts, means and extremes, and percentiles within 1 %, per group; in milliseconds.

    Columns to group by: service, route, consumer.
    """
    groups = parse_groups(by, LatencyGroup)
    with open_store(data, clickhouse) as client:
        rows = latency_report(client, LatencyParameters(groups, span))
    put_out([row.record(groups) for row in rows], latency_columns(groups), form)
