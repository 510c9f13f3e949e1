"""`gatemeter meter`: count log files without a broker."""

from pathlib import Path

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.metering import format_option, metering_options, with_event_ledger
from gatemeter.cli.output import ResultForm, output, say
from gatemeter.clickhouse.sink import RetryingSink
from gatemeter.clickhouse.store_settings import event_ledger_state
from gatemeter.clock import Clock, SystemClock
from gatemeter.formats.event_file import require_lines
from gatemeter.logfiles.blocks import check_readable
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.ruleset import Metering
from gatemeter.output.records import OutputFormat
from gatemeter.progress import ProgressReport, report_progress
from gatemeter.sources.file_meter import meter_file
from gatemeter.wiring.store import open_store

COLUMNS = (
    "consumed",
    "counted",
    "duplicates",
    "dead_letters",
    "other_kind",
    "seconds",
    "events_per_second",
    "fields_left_out",
)


@click.command("meter", short_help="Meter log files without a broker.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@store_options
@format_option
@metering_options
@click.option("--json", is_flag=True, help="The summary as JSON: a list of one object.")
def command(
    paths: tuple[Path, ...],
    data: Path | None,
    clickhouse: str | None,
    format: str,  # noqa: A002 - the name in the settings file is that of the flag
    metering: Metering,
    *,
    event_ledger: bool | None,
    json: bool,
) -> None:
    """Count every event of log files (plain, .gz or .zst) and store the result.

    Metering a file again changes no number; metering it after it has grown adds the new events. Costs of calls to
    models are those of the price books given: another --prices writes other costs, as reprice does.
    """
    sizes = [check_readable(path) for path in paths]
    for path in paths:
        require_lines(path)
    clock = SystemClock()
    started_s = clock.monotonic_s()
    with (
        open_store(data, clickhouse, create=True) as client,
        report_progress("metering", sum(size or 0 for size in sizes)) as progress,
    ):
        metering = with_event_ledger(metering, event_ledger_state(client, event_ledger, clock.now()))
        counts = _meter_all(paths, client, format, metering, progress)
    record = metering_record(counts, clock, started_s)
    if json:
        output([record], COLUMNS, ResultForm(OutputFormat.JSON))
    else:
        click.echo(summary_text(record))
    if counts.dead_letters:
        place = f"--data {data}" if data is not None else "--clickhouse URL"
        say(f"why lines could not be counted: gatemeter dead-letters list {place}")


def summary_text(record: dict[str, float], verb: str = "metered") -> str:
    """The summary as a sentence, the conservation line, and what of counted events could not be used."""
    left_out = record["fields_left_out"]
    return (
        f"{verb} {record['consumed']:,} events in {record['seconds']:.1f} s, {record['events_per_second']:,.0f}/s\n"
        f"consumed {record['consumed']:,} = counted {record['counted']:,} + duplicates {record['duplicates']:,} "
        f"+ dead letters {record['dead_letters']:,} + other kind {record['other_kind']:,}"
        + (f"\nfields left out because they could not be used: {left_out:,}; decode names them" if left_out else "")
    )


def _meter_all(
    paths: tuple[Path, ...], client: Client, log_format: str, metering: Metering, progress: ProgressReport
) -> EventCounts:
    sink = RetryingSink(client)
    total = EventCounts()
    done_before = 0
    for path in paths:
        position = 0

        def note(read_bytes: int, events: int, before: int = done_before) -> None:
            nonlocal position
            position = read_bytes
            progress.update(before + read_bytes, total.consumed + events)

        total.add(meter_file(path, sink, metering, log_format=log_format, on_progress=note))
        done_before += position
    return total


def metering_record(counts: EventCounts, clock: Clock, started_s: float) -> dict[str, float]:
    """The summary of a run that began at `started_s` of the clock's monotonic time: `COLUMNS`."""
    seconds = max(clock.monotonic_s() - started_s, 1e-6)
    return {
        "consumed": counts.consumed,
        "counted": counts.counted,
        "duplicates": counts.duplicates,
        "dead_letters": counts.dead_letters,
        "other_kind": counts.other_kind,
        "seconds": round(seconds, 3),
        "events_per_second": round(counts.consumed / seconds, 1),
        "fields_left_out": counts.ignored_fields,
    }
