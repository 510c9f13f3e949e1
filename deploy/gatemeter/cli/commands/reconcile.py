"""`gatemeter reconcile`: what others say was used, beside what was counted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from gatemeter.cli.gateway_comparison import Against, parse_zone
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.history import DEFAULT_SOURCE, history_options
from gatemeter.cli.output import ResultForm, form_options
from gatemeter.cli.reconciliation_output import output_comparison, output_requests
from gatemeter.errors import ExitCode, InputError, SettingsError
from gatemeter.imported_usage.history_file import HistoryLayout, read_history
from gatemeter.imported_usage.stored_history import imported_rows
from gatemeter.losses.gap import Tolerance
from gatemeter.reconciliation.counted import fetch_counted
from gatemeter.reconciliation.export_file import is_gateway_counters, is_history, read_exports
from gatemeter.reconciliation.imported_comparison import StatedRequests, compare_requests
from gatemeter.reconciliation.overlaps import require_different_files, require_no_overlap
from gatemeter.reconciliation.provider_comparison import compare
from gatemeter.reconciliation.stated import Export, spanned
from gatemeter.wiring.store import open_store

_FILE = click.Path(path_type=Path, readable=False)


@click.command("reconcile")
@click.argument("files", metavar="[FILE]...", nargs=-1, type=_FILE)
@store_options
@click.option("--imported", metavar="SOURCE", help="In place of a FILE, what gatemeter billable import has imported.")
@click.option(
    "--model", "models", multiple=True, metavar="THEIRS=OURS", help="Which model of the log one of an export is."
)
@click.option("--provider", metavar="NAME", help="What the log calls the provider of the export.")
@click.option(
    "--tolerance",
    metavar="GAP",
    default="0",
    show_default=True,
    help="Accept a difference of so much, or of a share: 0.1%.",
)
@click.option("--month-zone", metavar="ZONE", help="The time zone of the months in license reports.")
@history_options
@form_options
@click.pass_context
def command(
    ctx: click.Context,
    files: Sequence[Path],
    data: Path | None,
    clickhouse: str | None,
    *,
    imported: str | None,
    models: Sequence[str],
    provider: str | None,
    tolerance: str,
    month_zone: str | None,
    layout: HistoryLayout,
    form: ResultForm,
) -> None:
    """Compare what FILE says with what was counted, and say how differences come about.

    FILE is an export or an answer of the API of OpenAI or Anthropic, an AWS Cost and Usage Report or FOCUS: cost and
    tokens by model, day and class. Or it has a gateway's own counts: license reports, Prometheus metrics, a CSV of the
    billable plugin. Several files may be given of one kind.

    It ends with exit code 9 where a difference beyond the tolerance is not explained, or a row could not be read.
    """
    if bool(files) is (imported is not None):
        raise SettingsError("give files, or --imported SOURCE", do="name one of the two")
    require_different_files(files)
    accepted = Tolerance.parse(tolerance)
    if imported is not None or all(map(is_history, files)):
        stated = None if imported is not None else _stated(files, layout)
        ctx.exit(_requests(stated, imported or "", layout, (data, clickhouse), accepted, form))
    kinds = [is_gateway_counters(path) for path in files]
    if all(kinds):
        against = Against(files, accepted, parse_zone(month_zone), form)
        ctx.exit(against.compared(data, clickhouse, ()))
    if any(kinds) or any(map(is_history, files)):
        raise SettingsError("the files are of several kinds", where="FILE", do="give those of one kind at a time")
    exports = _of_provider(read_exports(files), provider)
    require_no_overlap(exports)
    ctx.exit(_exports(exports, (data, clickhouse), _named(models, exports), accepted, form))


def _exports(
    exports: Sequence[Export],
    store: tuple[Path | None, str | None],
    named: dict[str, str],
    tolerance: Tolerance,
    form: ResultForm,
) -> ExitCode:
    told = [each for each in exports if each.amounts or each.intervals]
    with open_store(*store, only_reads=True) as client:
        counted = {
            name: fetch_counted(client, name, spanned([each.span for each in told if each.provider == name]))
            for name in dict.fromkeys(each.provider for each in told)
        }
    comparison = compare(exports, counted, named, tolerance)
    output_comparison(comparison, form)
    is_good = comparison.is_complete and not any(row.is_finding for row in comparison.rows)
    return ExitCode.OK if is_good else ExitCode.DIFFERENCE


def _requests(
    stated: Sequence[StatedRequests] | None,
    source: str,
    layout: HistoryLayout,
    store: tuple[Path | None, str | None],
    tolerance: Tolerance,
    form: ResultForm,
) -> ExitCode:
    with open_store(*store, only_reads=True) as client:
        if stated is None:
            rows = imported_rows(client, source, layout.period_kind)
            stated = [
                StatedRequests(
                    row.source,
                    row.period,
                    (row.consumer_id, row.consumer_username, row.consumer_custom_id),
                    row.requests,
                )
                for row in rows
            ]
        if not stated:
            do = "see gatemeter billable list, and say --period for the kind of its periods"
            raise InputError("nothing was imported as of this source", where=source, do=do)
        compared = compare_requests(client, stated, layout.period_kind, tolerance)
    output_requests(compared, form)
    return ExitCode.DIFFERENCE if any(each.is_finding for each in compared) else ExitCode.OK


def _stated(files: Sequence[Path], layout: HistoryLayout) -> Sequence[StatedRequests]:
    stated: list[StatedRequests] = []
    first: dict[object, str] = {}
    for path in files:
        file = read_history(path, layout)
        for row in file.rows:
            before = first.setdefault((row.period, row.identity), file.where(row))
            if before != file.where(row):
                raise InputError(f"the consumer and period of {before} again", where=file.where(row))
            identity = (row.identity[0], row.identity[1], row.identity[2])
            stated.append(StatedRequests(DEFAULT_SOURCE, row.period, identity, row.requests))
    return stated


def _of_provider(exports: Sequence[Export], provider: str | None) -> Sequence[Export]:
    if provider is None:
        return exports
    names = sorted({each.provider for each in exports if each.provider})
    if len(names) > 1:
        do = "give those of one provider at a time"
        raise SettingsError(f"the exports are of {' and '.join(names)}", where="--provider", do=do)
    return [replace(each, provider=provider) if each.provider else each for each in exports]


def _named(models: Sequence[str], exports: Sequence[Export]) -> dict[str, str]:
    known = {amount.model for each in exports for amount in each.amounts}
    named: dict[str, str] = {}
    for text in models:
        theirs, equals, ours = text.rpartition("=")
        if not equals or not theirs or not ours or theirs in named:
            raise SettingsError(f"{text!r} does not name a model once", where="--model", do="write THEIRS=OURS")
        if theirs not in known:
            raise SettingsError(f"the export has no model {theirs!r}", where="--model", do="write its name as it does")
        named[theirs] = ours
    return named
