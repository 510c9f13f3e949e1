"""`gatemeter report billable`."""

from pathlib import Path
from typing import Any

import click

from gatemeter.deploy.commands.report.options import usage_options
from gatemeter.deploy.put_out import put_out
from gatemeter.deploy.result_options import form_options
from gatemeter.deploy.store import open_store
from gatemeter.deploy.store_options import store_options
from gatemeter.queries.billable_report import BillableParameters, BillableRow, billable_report
from gatemeter.queries.output import OutputFormat


@click.command("billable")
@store_options
@usage_options
@form_options
def billable_command(data: Path | None, clickhouse: str | None, *, form: OutputFormat, **usage: Any) -> None:
    """Requests, status classes and bytes per period and consumer."""
    with open_store(data, clickhouse) as client:
        rows = billable_report(client, BillableParameters(**usage))
    put_out([row.model_dump() for row in rows], list(BillableRow.model_fields), form)
