"""`gatemeter report billable`."""

from pathlib import Path

import click

from gatemeter.cli.options.form import ResultForm, form_options
from gatemeter.cli.options.store import store_options
from gatemeter.cli.options.usage import UsageOptions, usage_options, zone_caption
from gatemeter.cli.output import output
from gatemeter.reports.billable import BILLABLE_TABLE, BillableParameters, BillableRow, billable_report
from gatemeter.wiring.store import open_store


@click.command("billable")
@store_options
@usage_options()
@form_options
def billable_command(data: Path | None, clickhouse: str | None, *, form: ResultForm, usage: UsageOptions) -> None:
    """Requests, status classes and bytes per period and consumer.

    A table lists the consumers with the most requests first. JSON and CSV are ordered by period and consumer id.
    """
    with open_store(data, clickhouse) as client:
        parameters = BillableParameters(**usage.parameters(client))
        rows = billable_report(client, parameters)
    layout = zone_caption(BILLABLE_TABLE, parameters)
    output([row.model_dump() for row in rows], list(BillableRow.model_fields), form, layout)
