"""`gatemeter billable`: the history of Kong's billable plugin, which gatemeter has not counted itself."""

from pathlib import Path

import click

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.history import DEFAULT_SOURCE, history_options, period_kind_option
from gatemeter.cli.output import ResultForm, form_options, output
from gatemeter.cli.suggestions import SuggestingGroup
from gatemeter.clock import SystemClock
from gatemeter.errors import InputError, SettingsError
from gatemeter.imported_usage.history_file import HistoryLayout, read_history
from gatemeter.imported_usage.stored_history import ImportedRow, forget_source, import_history, imported_rows
from gatemeter.output.layout import TableLayout
from gatemeter.output.text import count_of
from gatemeter.reports.period import Period
from gatemeter.wiring.store import open_store

_TABLE = TableLayout(
    columns=("source", "period", "consumer_username", "consumer_custom_id", "consumer_id", "requests"),
    keys=("source", "period", "consumer_username"),
    first_left_out=("imported_at", "line", "file", "consumer_id", "consumer_custom_id", "status_1xx", "status_unknown"),
    most_important=("requests",),
    fallbacks={"consumer_username": "consumer_id"},
)


@click.group("billable", cls=SuggestingGroup)
def command() -> None:
    """Keep what another system has counted, beside the numbers that gatemeter counts and never in them.

    It is for users of Kong's billable plugin: gatemeter report billable goes on where its history ends.
    """


@command.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@store_options
@click.option("--source", default=DEFAULT_SOURCE, show_default=True, help="Who says it; shown with every number.")
@history_options
def import_command(
    path: Path, data: Path | None, clickhouse: str | None, *, source: str, layout: HistoryLayout
) -> None:
    """Import FILE, a CSV with a header: period, requests, status_1xx to status_5xx, status_unknown, and of consumers
    consumer_id, consumer_username or consumer_custom_id.

    All of the file is checked first: a file that is cut, has a column that is not known, a negative number, a consumer
    twice or another kind of period is refused, and nothing of it is stored. Importing it again changes nothing.
    """
    if not source:
        raise SettingsError("it is empty", where="--source", do="say who has counted")
    file = read_history(path, layout)
    with open_store(data, clickhouse) as client:
        result = import_history(client, source, layout.period_kind, file, SystemClock().now())
    known = f", {result.known:,} were there already" if result.known else ""
    click.echo(f"{count_of(result.new, 'row')} imported as of {source}{known}")


@command.command("list")
@store_options
@click.option("--source", default="", help="Rows of this source alone.")
@period_kind_option
@form_options
def list_command(data: Path | None, clickhouse: str | None, *, source: str, period: str, form: ResultForm) -> None:
    """List what was imported, with the source and the file of every number."""
    with open_store(data, clickhouse, only_reads=True) as client:
        rows = imported_rows(client, source, Period(period))
        output((row.model_dump() for row in rows), list(ImportedRow.model_fields), form, _TABLE)


@command.command("forget")
@click.argument("source")
@store_options
def forget_command(source: str, data: Path | None, clickhouse: str | None) -> None:
    """Take back all that was imported as of SOURCE. What gatemeter has counted is not touched."""
    with open_store(data, clickhouse) as client:
        rows = forget_source(client, source, SystemClock().now())
    if not rows:
        raise InputError("nothing was imported as of this source", where=source, do="see gatemeter billable list")
    click.echo(f"{count_of(rows, 'row')} of {source} forgotten")
