"""`gatemeter report`: the license, billable and latency reports."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from gatemeter.contracts.clock import SystemClock
from gatemeter.contracts.errors import SettingsError
from gatemeter.deploy.store import open_store
from gatemeter.deploy.store_options import store_options
from gatemeter.queries.billable_report import BillableParameters, BillableRow, billable_report
from gatemeter.queries.latency_report import LatencyGroup, LatencyParameters, latency_columns, latency_report
from gatemeter.queries.license_report import (
    LicenseParameters,
    MonthlyBucket,
    legacy_license_report,
    license_report,
    monthly_buckets,
)
from gatemeter.queries.output import OutputFormat, Record, json_text, write_records
from gatemeter.queries.period import Period, TimeSpan
from gatemeter.queries.report_archive import default_archive_name, write_archive

_DEFAULT_ARCHIVE = ""


@click.group("report", short_help="License, billable and latency reports.")
def command() -> None:
    """Read the stored numbers. Results go to stdout; all times are UTC."""


def _form_options(function: Callable[..., Any]) -> Callable[..., Any]:
    function = click.option("--csv", is_flag=True, help="CSV with a header line.")(function)
    return click.option("--json", is_flag=True, help="A JSON list of objects.")(function)


def _span_options(function: Callable[..., Any]) -> Callable[..., Any]:
    end = click.option("--to", "to", metavar="WHEN", help="Leave out this time and all after it; as --from.")
    start = click.option(
        "--from", "from", metavar="WHEN", help="Begin at this time: 2026-02, 2026-02-01 or 2026-02-01T10:00."
    )
    return start(end(function))


@command.command("license")
@store_options
@click.option("--legacy", is_flag=True, help="The gateway vendor's 1.3 shape: one counter.")
@click.option("--exclude-gateway-answers", is_flag=True, help="Leave out what the gateway answered itself.")
@click.option(
    "--tar", is_flag=False, flag_value=_DEFAULT_ARCHIVE, metavar="[PATH]", help="Also write a tar with the JSON in it."
)
@_form_options
def license_command(
    data: Path | None,
    clickhouse: str | None,
    *,
    legacy: bool,
    exclude_gateway_answers: bool,
    tar: str | None,
    json: bool,
    csv: bool,
) -> None:
    """Requests per month in the gateway vendor's license-report shape (JSON); --csv lists the months alone."""
    form = _form(json=json, csv=csv)
    if csv and (legacy or tar is not None):
        raise SettingsError("--csv lists the months alone", do="leave out --csv, or --legacy and --tar")
    with open_store(data, clickhouse) as client:
        buckets = monthly_buckets(client, LicenseParameters(exclude_gateway_answers))
    if form is OutputFormat.CSV:
        _put_out([bucket.model_dump() for bucket in buckets], list(MonthlyBucket.model_fields), form)
        return
    text = json_text(legacy_license_report(buckets) if legacy else license_report(buckets, SystemClock()))
    if tar is not None:
        _archive(tar, text)
    click.echo(text, nl=False)


@command.command("billable")
@store_options
@click.option(
    "--period", type=click.Choice([each.value for each in Period]), default=Period.MONTH.value, show_default=True
)
@click.option("--consumer", metavar="NAME", multiple=True, help="Id, user name or custom id; may be repeated.")
@_span_options
@_form_options
def billable_command(
    data: Path | None,
    clickhouse: str | None,
    *,
    period: str,
    consumer: Sequence[str],
    json: bool,
    csv: bool,
    **span: str | None,
) -> None:
    """Requests, status classes and bytes per period and consumer."""
    form = _form(json=json, csv=csv)
    parameters = BillableParameters(Period(period), TimeSpan.parse(span["from"], span["to"]), tuple(consumer))
    with open_store(data, clickhouse) as client:
        rows = billable_report(client, parameters)
    _put_out([row.model_dump() for row in rows], list(BillableRow.model_fields), form)


@command.command("latency")
@store_options
@click.option(
    "--by",
    type=click.Choice([each.value for each in LatencyGroup]),
    multiple=True,
    default=[LatencyGroup.SERVICE.value],
    show_default=True,
    help="What to group by; may be repeated.",
)
@_span_options
@_form_options
def latency_command(
    data: Path | None, clickhouse: str | None, *, by: Sequence[str], json: bool, csv: bool, **span: str | None
) -> None:
    """Exact counts, means and extremes, and percentiles within 1 %, per group; in milliseconds."""
    form = _form(json=json, csv=csv)
    groups = tuple(LatencyGroup(each) for each in dict.fromkeys(by))
    parameters = LatencyParameters(groups, TimeSpan.parse(span["from"], span["to"]))
    with open_store(data, clickhouse) as client:
        rows = latency_report(client, parameters)
    _put_out([row.record(groups) for row in rows], latency_columns(groups), form)


def _form(*, json: bool, csv: bool) -> OutputFormat:
    if json and csv:
        raise SettingsError("--json and --csv are both given", do="give one of them")
    return OutputFormat.JSON if json else OutputFormat.CSV if csv else OutputFormat.TABLE


def _put_out(records: Sequence[Record], columns: Sequence[str], form: OutputFormat) -> None:
    # UTF-8 whatever the terminal says: names of consumers hold any letter, and a file keeps what is written.
    write_records(records, columns, form, click.get_text_stream("stdout", encoding="utf-8", errors="backslashreplace"))


def _archive(tar: str, text: str) -> None:
    now = SystemClock().now()
    path = Path(tar) if tar != _DEFAULT_ARCHIVE else Path(default_archive_name(now))
    write_archive(path, text, now)
    click.echo(f"archive: {path}", err=True)
