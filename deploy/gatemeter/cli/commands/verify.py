"""`gatemeter verify`: whether the stored numbers are what was consumed."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from click.core import ParameterSource
from clickhouse_connect.driver.client import Client
from rich.console import Console

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.log import LogPlace, log_options, log_readers
from gatemeter.cli.options.metering import reading_options
from gatemeter.cli.options.usage import span_options
from gatemeter.cli.verification_text import verification_lines
from gatemeter.clickhouse.sink import RetryingSink
from gatemeter.errors import ExitCode, SettingsError
from gatemeter.metering.ruleset import Metering
from gatemeter.output.records import json_text
from gatemeter.pricing.price_table import PriceTable
from gatemeter.progress import report_progress
from gatemeter.reports.period import TimeSpan
from gatemeter.sources.log_reader import LogReader
from gatemeter.verification.correction_recount import recount_corrections
from gatemeter.verification.epoch_comparison import OnRecounted
from gatemeter.verification.finding import Verification
from gatemeter.verification.log_reconciliation import reconcile_logs, require_stored
from gatemeter.verification.replay_recount import recount_replays
from gatemeter.verification.seal_check import SealHead, check_seals
from gatemeter.verification.seal_file import read_heads
from gatemeter.verification.seal_store import has_seals
from gatemeter.verification.single_event_epochs import SingleEventComparison
from gatemeter.verification.stored_costs import check_stored_costs
from gatemeter.verification.verify import PAUSE_S, verify_store
from gatemeter.wiring.store import open_store

_NOT_DEEP = "whether the rows are those of the log: --deep reads it again"


@click.command("verify", short_help="Prove that the stored numbers are what was consumed.")
@log_options
@store_options
@span_options
@reading_options
@click.option("--deep", is_flag=True, help="Also read the log again (FILE..., or --kafka) and count it anew.")
@click.option(
    "--seal",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Compare with the seals that gatemeter seal export wrote to FILE.",
)
@click.option("--json", is_flag=True, help="One JSON object.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    data: Path | None,
    clickhouse: str | None,
    place: LogPlace,
    span: TimeSpan,
    metering: Metering,
    *,
    deep: bool,
    seal: Path | None,
    json: bool,
) -> None:
    """Check the account of every event, the offsets of every partition, and that all tables say the same.

    With --from and --to only epochs that hold usage of these hours are checked. Ends with exit code 9 when numbers
    differ, or are uncertain although they agree, as those of messages without a key. Workers may run meanwhile: a
    difference is reported if it is still there some seconds later.
    """
    _check_place(place, deep=deep, is_kafka_given=ctx.get_parameter_source("kafka") is ParameterSource.COMMANDLINE)
    with open_store(data, clickhouse) as client:
        sink = RetryingSink(client)
        # A log that cannot be read is reported at once, not after all that can be checked without it.
        readers = log_readers(place if deep else LogPlace(), sink)
        require_stored(client, readers)
        heads = () if seal is None else read_heads(seal)
        verification = _with_costs(_verified(client, span), client, span, metering.prices)
        if heads or has_seals(client):
            verification = _with_seals(verification, client, heads)
        if deep:
            verification = _reconciled(verification, client, readers, metering, span)
    if not deep:
        verification = replace(verification, unchecked=[*verification.unchecked, _NOT_DEEP])
    if json:
        click.echo(json_text(verification.record()), nl=False)
    else:
        click.echo("\n".join(verification_lines(verification)))
    if not (verification.holds and verification.is_proven):
        ctx.exit(ExitCode.DIFFERENCE)


def _verified(client: Client, span: TimeSpan) -> Verification:
    with Console(stderr=True).status("verifying") as status:
        return verify_store(
            client, span, pause=time.sleep, on_progress=lambda check: status.update(f"verifying: {check}")
        )


def _check_place(place: LogPlace, *, deep: bool, is_kafka_given: bool) -> None:
    if deep and not place.is_given:
        raise SettingsError("--deep reads a log, and none is named", do="name the files, or --kafka and --topic")
    if place.paths and not deep:
        raise SettingsError("files are read only with --deep", do="add --deep, or leave the files out")
    if is_kafka_given and not deep:
        raise SettingsError("--kafka is read only with --deep", do="add --deep, or leave --kafka out")


def _reconciled(
    verification: Verification,
    client: Client,
    readers: Sequence[LogReader],
    metering: Metering,
    span: TimeSpan,
) -> Verification:
    found = reconcile_logs(client, readers, metering, span, pause=time.sleep, progress=_recounting)
    corrections = _computed_again(lambda: recount_corrections(client, readers, metering))
    replays = _computed_again(lambda: recount_replays(client, readers, metering))
    return replace(
        verification,
        checks=[*verification.checks, found.completeness, found.result, corrections.result(), replays.result()],
        unchecked=[
            *verification.unchecked,
            *found.unchecked,
            *corrections.sentences("correction"),
            *replays.sentences("replayed event"),
        ],
        not_counted=found.not_counted,
    )


def _computed_again(compare: Callable[[], SingleEventComparison]) -> SingleEventComparison:
    """The comparison, repeated after a pause if it finds a difference: somebody may be booking or replaying."""
    found = compare()
    if found.differences:
        time.sleep(PAUSE_S)
        found = compare()
    return found


def _with_costs(verification: Verification, client: Client, span: TimeSpan, prices: PriceTable) -> Verification:
    costs = check_stored_costs(client, span, prices)
    return replace(
        verification,
        checks=[*verification.checks, costs.result],
        unchecked=[*verification.unchecked, *costs.unknown],
    )


def _with_seals(verification: Verification, client: Client, heads: Sequence[SealHead]) -> Verification:
    seals = check_seals(client, heads)
    return replace(
        verification,
        checks=[*verification.checks, seals.result()],
        unchecked=[*verification.unchecked, *seals.sentences()],
    )


@contextmanager
def _recounting(log_name: str, offsets: int) -> Iterator[OnRecounted]:
    with report_progress(f"counting {log_name} again", offsets) as progress:
        yield progress.update
