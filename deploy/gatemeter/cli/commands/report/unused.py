"""`gatemeter report unused`: what is configured and not called, and what is called and not configured."""

from pathlib import Path

import click

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.usage import moment_options
from gatemeter.cli.output import ResultForm, form_options, output, say
from gatemeter.output.layout import TableLayout
from gatemeter.reports.period import WrittenSpan
from gatemeter.reports.unused_rows import UnusedRow
from gatemeter.reports.zoned_span import UTC_ZONE, span_in_zone
from gatemeter.wiring.store import open_store

_LAYOUT = TableLayout(
    keys=("finding", "kind", "name", "workspace", "service", "consumer"),
    most_important=("last_called", "requests", "configured_since", "configured_until"),
    first_left_out=("first_called", "id", "control_plane"),
    fallbacks={"name": "id"},
)


@click.command(
    "unused", short_help="Services, routes, consumers and keys that nobody uses, or that are not configured."
)
@store_options
@moment_options
@click.option("--tz", metavar="ZONE", default=UTC_ZONE, show_default=True, help="Time zone of --from and --to.")
@form_options
def unused_command(
    data: Path | None, clickhouse: str | None, *, to: str | None, tz: str, form: ResultForm, **options: str | None
) -> None:
    """Services, routes and consumers that are configured and not called (not_called), or called and not configured
    (not_configured), by the snapshots of gatemeter inventory.

    Keys and other credentials are among those that are not called where snapshots list them, and requests tell which
    they came with.

    What was deleted within the time is there, too, with the last snapshot that had it. In doubt a thing counts as
    called and as configured. What is not known is said on stderr, and in no row.
    """
    from gatemeter.reports.unused import unused_report  # slow to import, for it knows a meter

    written = WrittenSpan.parse(options["from"], to)
    with open_store(data, clickhouse, only_reads=True) as client:
        report = unused_report(client, span_in_zone(client, written, tz))
    for note in report.notes:
        say(note)
    output((row.model_dump(mode="json") for row in report.rows), list(UnusedRow.model_fields), form, _LAYOUT)
