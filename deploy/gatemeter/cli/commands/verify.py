"""`gatemeter verify`: whether the stored numbers are what was consumed."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from click.core import ParameterSource
from clickhouse_connect.driver.client import Client
from rich.console import Console

from gatemeter.cli.gateway_comparison import Against, against_options
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.log import LogPlace, log_options, log_readers
from gatemeter.cli.options.metering import reading_options
from gatemeter.cli.options.usage import span_options
from gatemeter.cli.verification_text import verification_lines
from gatemeter.clickhouse.connection import is_read_only
from gatemeter.clickhouse.errors import is_forbidden
from gatemeter.clickhouse.retention import kept_minutes
from gatemeter.clickhouse.sink import RetryingSink
from gatemeter.clickhouse.store_settings import StoredVerification, record_verification
from gatemeter.clock import SystemClock
from gatemeter.errors import ExitCode, SettingsError, StopError
from gatemeter.metering.ruleset import Metering
from gatemeter.output.records import json_text
from gatemeter.progress import report_progress
from gatemeter.reports.period import TimeSpan
from gatemeter.sources.log_reader import LogReader
from gatemeter.verification.correction_recount import recount_corrections
from gatemeter.verification.epoch_comparison import OnRecounted
from gatemeter.verification.finding import Check, Verification
from gatemeter.verification.kept_seals import check_seals
from gatemeter.verification.log_reconciliation import check_completeness, reconcile_logs, require_stored
from gatemeter.verification.replay_recount import recount_replays
from gatemeter.verification.seal_file import SealHead, read_heads
from gatemeter.verification.seal_store import has_seals
from gatemeter.verification.second_look import Look
from gatemeter.verification.stored_costs import check_stored_costs
from gatemeter.verification.verify import verify_store
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
@against_options
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
    against: Against | None,
    json: bool,
) -> None:
    """Check the account of every event, the offsets of every partition, and that all tables say the same.

    With --from and --to only epochs that hold usage of these hours are checked. Ends with exit code 9 when numbers
    differ, or are uncertain although they agree, as those of messages without a key. Workers may run meanwhile: a
    difference is reported if it is still there some seconds later. --against only compares with a gateway's own counts.
    """
    if against is not None:
        _require_alone(place, span, is_deep=deep or seal is not None)
        ctx.exit(against.compared(data, clickhouse, _named_topics(ctx, place)))
    _check_place(place, deep=deep, is_kafka_given=ctx.get_parameter_source("kafka") is ParameterSource.COMMANDLINE)
    with open_store(data, clickhouse) as client:
        verification = _verification(client, place if deep else None, span, metering, seal)
        if json:
            click.echo(json_text(verification.record()), nl=False)
        else:
            click.echo("\n".join(verification_lines(verification)))
        # Last: where it fails the outcome was told.
        if span == TimeSpan():
            _record(client, verification)
    if not (verification.holds and verification.is_proven):
        ctx.exit(ExitCode.DIFFERENCE)


def _verification(
    client: Client, place: LogPlace | None, span: TimeSpan, metering: Metering, seal: Path | None
) -> Verification:
    """What is found in the tables, and in the logs at `place` if there is one; raises as reports and logs do."""
    # A log that cannot be read is reported at once, not after all that can be checked without it.
    readers = log_readers(place or LogPlace(), RetryingSink(client))
    require_stored(client, readers)
    metering = replace(metering, minutes=kept_minutes(client))
    heads = () if seal is None else read_heads(seal)
    found = _verified(client, span, _further(client, span, metering, readers if place else None, heads))
    if place is None:
        return replace(found, unchecked=[*found.unchecked, _NOT_DEEP])
    deep = reconcile_logs(client, readers, metering, span, pause=time.sleep, progress=_recounting)
    return replace(found, checks=[*found.checks, *deep.results], unchecked=[*found.unchecked, *deep.unchecked])


def _further(
    client: Client,
    span: TimeSpan,
    metering: Metering,
    readers: Sequence[LogReader] | None,
    heads: Sequence[SealHead],
) -> Mapping[Check, Callable[[], Look]]:
    """What is checked beside the tables themselves; with the logs of `readers` if they are given."""
    further = {Check.COSTS: lambda: check_stored_costs(client, span, metering.prices)}
    if heads or has_seals(client):
        further[Check.SEALS] = lambda: check_seals(client, heads)
    if readers is not None:
        further[Check.LOG_COMPLETENESS] = lambda: check_completeness(client, readers)
        further[Check.CORRECTION_ROWS] = lambda: recount_corrections(client, readers, metering)
        further[Check.REPLAY_ROWS] = lambda: recount_replays(client, readers, metering)
    return further


def _verified(client: Client, span: TimeSpan, further: Mapping[Check, Callable[[], Look]]) -> Verification:
    with Console(stderr=True).status("verifying") as status:
        return verify_store(
            client,
            span,
            pause=time.sleep,
            on_progress=lambda check: status.update(f"verifying: {check}"),
            further=further,
        )


def _record(client: Client, verification: Verification) -> None:
    """Remember the outcome for whoever looks at the store, unless the login may not write. Raises as reports do."""
    if is_read_only(client):
        return
    found = StoredVerification(SystemClock().now(), verification.differences, verification.events)
    try:
        record_verification(client, found)
    except StopError as error:
        if not is_forbidden(error):
            raise


def _named_topics(ctx: click.Context, place: LogPlace) -> list[str]:
    return [place.topic] if ctx.get_parameter_source("topic") is ParameterSource.COMMANDLINE else []


def _require_alone(place: LogPlace, span: TimeSpan, *, is_deep: bool) -> None:
    if is_deep or place.paths or span != TimeSpan():
        raise SettingsError(
            "--against compares with a gateway's counters, and reads no log, seals or --from",
            do="run gatemeter verify a second time for these",
        )


def _check_place(place: LogPlace, *, deep: bool, is_kafka_given: bool) -> None:
    if deep and not place.is_given:
        raise SettingsError("--deep reads a log, and none is named", do="name the files, or --kafka and --topic")
    if place.paths and not deep:
        raise SettingsError("files are read only with --deep", do="add --deep, or leave the files out")
    if is_kafka_given and not deep:
        raise SettingsError("--kafka is read only with --deep", do="add --deep, or leave --kafka out")


@contextmanager
def _recounting(log_name: str, offsets: int) -> Iterator[OnRecounted]:
    with report_progress(f"counting {log_name} again", offsets) as progress:
        yield progress.update
