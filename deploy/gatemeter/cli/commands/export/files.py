"""`gatemeter export csv`, `jsonl` and `parquet`: the lines of a bill and the usage behind them, as files."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.cli.commands.export.destination import out_options, read_token
from gatemeter.cli.commands.export.outcome import say_outcome
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.plans import period_option, plans_option
from gatemeter.clock import SystemClock
from gatemeter.exports.destinations.addresses import destination_at
from gatemeter.exports.export import export
from gatemeter.exports.exported_period import exported_period
from gatemeter.exports.manifest import Identity
from gatemeter.exports.period_tables import PeriodTables
from gatemeter.exports.table_files import FileFormat
from gatemeter.exports.usage_rows import Grain
from gatemeter.plans.plan_files import load_plans
from gatemeter.progress import report_progress
from gatemeter.wiring.store import open_store

_HELP = {
    FileFormat.CSV: "CSV files, for spreadsheets and imports.",
    FileFormat.JSONL: "JSON lines: one object a line.",
    FileFormat.PARQUET: "Parquet files, for data tools; amounts are exact decimals.",
}


def file_commands() -> Iterator[click.Command]:
    """A command for each format."""
    for each in FileFormat:
        yield _file_command(each)


def _file_command(form: FileFormat) -> click.Command:
    @store_options
    @plans_option
    @period_option()
    @click.option("--account", metavar="ID", help="Only this account.")
    @click.option(
        "--grain",
        type=click.Choice([each.value for each in Grain]),
        default=Grain.DAY.value,
        show_default=True,
        help="Usage by hour, or by day of the account's time zone.",
    )
    @out_options
    def command(**options: Any) -> None:
        _export(form, **options)

    command.__doc__ = (
        f"{_HELP[form]}\n\n"
        f"The files lines.{form.value} (the bill) and usage.{form.value} (by account, consumer, charge and day), and "
        "then manifest.json with their hashes and totals. Of a period that is not closed it is a preview, which the "
        "manifest says. What was broken off is completed by the same command."
    )
    return click.command(form.value, short_help=_HELP[form])(command)


def _export(
    form: FileFormat,
    data: Path | None,
    clickhouse: str | None,
    *,
    plans: Path,
    period: str,
    account: str | None,
    grain: str,
    out: str,
    token_file: Path | None,
) -> None:
    asked, book = BillingPeriod.parse(period), load_plans(plans)
    table_format = form.table_format
    to = destination_at(out, read_token(token_file), SystemClock())
    identity = Identity(kind=form.value, period=str(asked), account=account, grain=grain)
    with (
        open_store(data, clickhouse, only_reads=True) as client,
        report_progress("exporting", None, unit="rows") as bar,
    ):
        exported = exported_period(client, book, asked, account)
        tables = PeriodTables(client, exported, Grain(grain))
        done = export(identity, exported, tables, table_format, to, _counted(bar.update))
    say_outcome(done, to)


def _counted(update: Callable[[int, int], None]) -> Callable[[str, int], None]:
    return lambda _name, rows: update(rows, rows)
