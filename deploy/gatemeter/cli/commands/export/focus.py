"""`gatemeter export focus`: the lines of a bill in the columns of FOCUS."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.cli.commands.export.destination import out_options, read_token
from gatemeter.cli.commands.export.outcome import say_outcome
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.plans import period_option, plans_option
from gatemeter.clock import SystemClock
from gatemeter.errors import SettingsError
from gatemeter.exports.destinations.addresses import destination_at
from gatemeter.exports.export import export
from gatemeter.exports.exported_period import exported_period
from gatemeter.exports.focus.focus_columns import FocusProfile
from gatemeter.exports.focus.focus_rows import FocusRows
from gatemeter.exports.focus.focus_tables import FocusTables
from gatemeter.exports.manifest import Identity
from gatemeter.exports.table_files import FileFormat
from gatemeter.plans.plan_files import load_plans
from gatemeter.progress import report_progress
from gatemeter.wiring.store import open_store


@click.command("focus", short_help="The bill in the columns of FOCUS, for FinOps tools.")
@store_options
@plans_option
@period_option()
@click.option("--account", metavar="ID", help="Only this account.")
@click.option("--provider", required=True, metavar="NAME", help="Who provides the service and issues the bills.")
@click.option(
    "--profile",
    type=click.Choice([each.value for each in FocusProfile]),
    default=FocusProfile.V1_4.value,
    show_default=True,
    help="The version of the specification.",
)
@click.option(
    "--file-format",
    type=click.Choice([FileFormat.CSV.value, FileFormat.PARQUET.value]),
    default=FileFormat.CSV.value,
    show_default=True,
    help="The format of the file.",
)
@out_options
def focus_command(
    data: Path | None,
    clickhouse: str | None,
    *,
    plans: Path,
    period: str,
    account: str | None,
    provider: str,
    profile: str,
    file_format: str,
    out: str,
    token_file: Path | None,
) -> None:
    """FOCUS is the FinOps Open Cost and Usage Specification: a row of its data set Cost and Usage a line of the bill.

    The file cost_and_usage.csv (or .parquet), and then manifest.json. A line whose amount is not known has no row,
    which the manifest says.
    """
    if not provider.strip() or not provider.isprintable():
        raise SettingsError(
            "a name of printable characters is needed", where="--provider", do="name who issues the bills"
        )
    asked, book, version = BillingPeriod.parse(period), load_plans(plans), FocusProfile(profile)
    form = FileFormat(file_format).table_format
    to = destination_at(out, read_token(token_file), SystemClock())
    kind = f"focus-{version.value}-{file_format}"
    identity = Identity(kind=kind, period=str(asked), account=account, grain="line", provider=provider)
    with (
        open_store(data, clickhouse, only_reads=True) as client,
        report_progress("exporting", None, unit="rows") as bar,
    ):
        exported = exported_period(client, book, asked, account)
        rows = FocusRows.of(client, exported, provider)
        told = replace(exported, notes=[*exported.notes, *rows.notes()])
        done = export(identity, told, FocusTables(rows, version), form, to, _counted(bar.update))
    say_outcome(done, to)


def _counted(update: Callable[[int, int], None]) -> Callable[[str, int], None]:
    return lambda _name, rows: update(rows, rows)
