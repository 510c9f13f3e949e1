"""`gatemeter report license`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.commands.report.license_check import check_option
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.duration import Duration
from gatemeter.cli.output import ResultForm, export_options, output, output_parquet, say
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.clock import Clock, SystemClock
from gatemeter.errors import ConflictError, InputError, SettingsError
from gatemeter.license_report.archive import archive_stem, write_archive
from gatemeter.license_report.buckets import LicenseParameters, MonthlyBucket, license_parquet, monthly_buckets
from gatemeter.license_report.inventoried import Inventoried, inventoried
from gatemeter.license_report.notes import report_notes
from gatemeter.license_report.proof import Proof, proof_path, proven_buckets, read_proof, write_proof
from gatemeter.license_report.shapes import Shape, license_report
from gatemeter.output.records import OutputFormat, json_text
from gatemeter.output.result_file import write_whole
from gatemeter.wiring.store import open_store

_DEFAULT_ARCHIVE = ""


@dataclass(frozen=True, slots=True)
class _Files:
    """Where the report goes: a tar, a file beside or instead of stdout, and whether a proof lies beside it."""

    tar: Path | None
    json: Path | None
    has_proof: bool
    previous: Proof | None

    @property
    def proven(self) -> Path | None:
        """The report beside which the proof lies. Raises SettingsError where there is no file."""
        if not self.has_proof:
            return None
        if (path := self.tar or self.json) is None:
            raise SettingsError("a proof lies beside a file, and none is written", do="add --tar or --output")
        return path

    def require_new(self) -> None:
        """Raise ConflictError where a report would be replaced that has a proof: its chain would be broken."""
        for path in (self.tar, self.json):
            if path is not None and proof_path(path).exists():
                raise ConflictError(
                    f"it has a proof ({proof_path(path).name}), and later reports may follow it",
                    where=str(path),
                    do="name another file",
                )


@dataclass(frozen=True, slots=True)
class _Report:
    """What the report is of; inventories older than `max_age` are named with their age.

    `control_plane` is the id of the one that was asked for.
    """

    shape: Shape
    parameters: LicenseParameters
    known: Inventoried
    control_plane: str | None
    max_age: timedelta


@click.command("license")
@check_option
@store_options
@click.option(
    "--shape",
    type=click.Choice([shape.value for shape in Shape]),
    default=Shape.V3_10.value,
    show_default=True,
    help="The gateway vendor's shape of which version.",
)
@click.option("--control-plane", metavar="ID", help="Whose entities, by id or name.  [default: the sum of all]")
@click.option(
    "--inventory-max-age",
    type=Duration(),
    default="24h",
    show_default=True,
    help="Say of an inventory that is older how old it is.",
)
@click.option("--exclude-gateway-answers", is_flag=True, help="Leave out what the gateway answered itself.")
@click.option(
    "--topic", "topics", cls=TableOnlyOption, multiple=True, help="Count requests of this topic or file alone."
)
@click.option(
    "--tar",
    is_flag=False,
    flag_value=_DEFAULT_ARCHIVE,
    metavar="[PATH]",
    help="Also write a tar with the JSON in it.  [default: report-YYYY_MM_DD_HH_MM_AM.tar, in UTC]",
)
@click.option("--proof", is_flag=True, help="Write REPORT.proof.json beside the file; it begins a chain of reports.")
@click.option(
    "--previous",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="REPORT",
    help="The report before, which has a proof: the new proof is chained to it.",
)
@export_options
def license_command(
    data: Path | None,
    clickhouse: str | None,
    *,
    exclude_gateway_answers: bool,
    topics: Sequence[str],
    form: ResultForm,
    **options: Any,
) -> None:
    """Requests per month in the gateway vendor's license-report shape (JSON); --csv and --parquet are the months alone.

    Months are UTC; UNKNOWN are requests without a time that can be believed (dead letters). Versions, entities and
    plugins are from the inventory (gatemeter inventory); what nobody has told is null.
    """
    parameters, clock = LicenseParameters(exclude_gateway_answers, topics), SystemClock()
    is_of_months = form.format is OutputFormat.CSV or form.parquet is not None
    _require_one_form(options, is_of_months=is_of_months)
    files = _files(options, form, clock.now())
    with open_store(data, clickhouse, only_reads=True) as client:
        if is_of_months:
            _output_months(client, parameters, form)
        else:
            known = inventoried(client, options["control_plane"], has_topics=bool(topics))
            control_plane = known.control_planes[0].id if options["control_plane"] else None
            report = _Report(Shape(options["shape"]), parameters, known, control_plane, options["inventory_max_age"])
            _write_report(client, report, files, clock)


def _require_one_form(options: dict[str, Any], *, is_of_months: bool) -> None:
    of_reports = [options["tar"], options["previous"], options["control_plane"], options["proof"] or None]
    if is_of_months and (any(each is not None for each in of_reports) or options["shape"] != Shape.V3_10):
        raise SettingsError(
            "--csv and --parquet list the months alone", do="leave them out, or what is of whole reports"
        )


def _files(options: dict[str, Any], form: ResultForm, now: datetime) -> _Files:
    tar: str | None = options["tar"]
    path = None if tar is None else Path(tar) if tar != _DEFAULT_ARCHIVE else Path(f"{archive_stem(now)}.tar")
    previous: Path | None = options["previous"]
    files = _Files(path, form.to, bool(options["proof"] or previous), _previous_proof(previous))
    files.proven  # noqa: B018 - it is refused before anything is read
    files.require_new()
    return files


def _previous_proof(report: Path | None) -> Proof | None:
    if report is None:
        return None
    proof = read_proof(report)
    if proof is None:
        raise InputError(
            f"has no proof beside it ({proof_path(report).name})",
            where=str(report),
            do="begin the chain with --proof instead of --previous",
        )
    return proof


def _output_months(client: Client, parameters: LicenseParameters, form: ResultForm) -> None:
    if form.parquet is not None:
        output_parquet(license_parquet(client, parameters), form.parquet)
        return
    buckets = monthly_buckets(client, parameters)
    output([bucket.model_dump() for bucket in buckets], list(MonthlyBucket.model_fields), form)


def _write_report(client: Client, asked: _Report, files: _Files, clock: Clock) -> None:
    buckets, taken_back = proven_buckets(client, asked.parameters)
    report = license_report(asked.shape, buckets, asked.known.deployment, clock)
    text = json_text(report)
    for note in report_notes(buckets, asked.known, clock.now(), asked.max_age):
        say(note)
    if files.tar is not None:
        write_archive(files.tar, text, clock.now())
        say(f"archive: {files.tar}")
    if files.json is not None:
        write_whole(files.json, [text.encode()])
    else:
        click.echo(text, nl=False)
    if (path := files.proven) is not None:
        proof = Proof.of(
            report, buckets, asked.parameters, taken_back, files.previous, asked.control_plane, clock.now()
        )
        say(f"proof: {write_proof(path, proof)}")
