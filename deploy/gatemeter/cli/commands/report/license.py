"""`gatemeter report license`."""

from pathlib import Path

import click

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.output import ResultForm, export_options, output, output_parquet, say
from gatemeter.clock import SystemClock
from gatemeter.errors import SettingsError
from gatemeter.output.records import OutputFormat, json_text
from gatemeter.output.whole_file import write_whole
from gatemeter.reports.license import (
    LicenseParameters,
    MonthlyBucket,
    default_archive_name,
    legacy_license_report,
    license_parquet,
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
@export_options
def license_command(
    data: Path | None,
    clickhouse: str | None,
    *,
    legacy: bool,
    exclude_gateway_answers: bool,
    tar: str | None,
    form: ResultForm,
) -> None:
    """Requests per month in the gateway vendor's license-report shape (JSON); --csv and --parquet are the months alone.

    Months are UTC, as the vendor defines them.
    """
    if (form.format is OutputFormat.CSV or form.parquet is not None) and (legacy or tar is not None):
        raise SettingsError("--csv and --parquet list the months alone", do="leave them out, or --legacy and --tar")
    parameters = LicenseParameters(exclude_gateway_answers)
    with open_store(data, clickhouse, only_reads=True) as client:
        if form.parquet is not None:
            output_parquet(license_parquet(client, parameters), form.parquet)
            return
        buckets = monthly_buckets(client, parameters)
    if form.format is OutputFormat.CSV:
        output([bucket.model_dump() for bucket in buckets], list(MonthlyBucket.model_fields), form)
        return
    text = json_text(legacy_license_report(buckets) if legacy else license_report(buckets, SystemClock()))
    if tar is not None:
        _archive(tar, text)
    if form.to is not None:
        write_whole(form.to, [text.encode()])
    else:
        click.echo(text, nl=False)


def _archive(tar: str, text: str) -> None:
    now = SystemClock().now()
    path = Path(tar) if tar != _DEFAULT_ARCHIVE else Path(default_archive_name(now))
    write_archive(path, text, now)
    say(f"archive: {path}")
