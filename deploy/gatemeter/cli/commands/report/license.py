"""`gatemeter report license`."""

from pathlib import Path

import click

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.output import ResultForm, form_options, output, say
from gatemeter.clock import SystemClock
from gatemeter.errors import SettingsError
from gatemeter.output.records import OutputFormat, json_text
from gatemeter.reports.license import (
    LicenseParameters,
    MonthlyBucket,
    default_archive_name,
    legacy_license_report,
    license_report,
    monthly_buckets,
    write_archive,
)
from gatemeter.wiring.store import open_store

_DEFAULT_ARCHIVE = ""


@click.command("license")
@store_options
@click.option("--legacy", is_flag=True, help="The gateway vendor's 1.3 shape: one counter.")
@click.option("--exclude-gateway-answers", is_flag=True, help="Leave out what the gateway answered itself.")
@click.option(
    "--tar", is_flag=False, flag_value=_DEFAULT_ARCHIVE, metavar="[PATH]", help="Also write a tar with the JSON in it."
)
@form_options
def license_command(
    data: Path | None,
    clickhouse: str | None,
    *,
    legacy: bool,
    exclude_gateway_answers: bool,
    tar: str | None,
    form: ResultForm,
) -> None:
    """Requests per month in the gateway vendor's license-report shape (JSON); --csv lists the months alone.

    Months are UTC, as the vendor defines them.
    """
    if form.format is OutputFormat.CSV and (legacy or tar is not None):
        raise SettingsError("--csv lists the months alone", do="leave out --csv, or --legacy and --tar")
    with open_store(data, clickhouse, only_reads=True) as client:
        buckets = monthly_buckets(client, LicenseParameters(exclude_gateway_answers))
    if form.format is OutputFormat.CSV:
        output([bucket.model_dump() for bucket in buckets], list(MonthlyBucket.model_fields), form)
        return
    text = json_text(legacy_license_report(buckets) if legacy else license_report(buckets, SystemClock()))
    if tar is not None:
        _archive(tar, text)
    click.echo(text, nl=False)


def _archive(tar: str, text: str) -> None:
    now = SystemClock().now()
    path = Path(tar) if tar != _DEFAULT_ARCHIVE else Path(default_archive_name(now))
    write_archive(path, text, now)
    say(f"archive: {path}")
