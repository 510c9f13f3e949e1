"""`gatemeter meter`: count log files without a broker."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import click

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.file_format import AUTO, format_of_file
from gatemeter.cli.options.metering import for_store, format_option, metering_options
from gatemeter.cli.options.originals import say_if_not_kept, sealing_options
from gatemeter.cli.output import ResultForm, output, say
from gatemeter.clickhouse.retention import kept_minutes
from gatemeter.clickhouse.sink import RetryingSink
from gatemeter.clickhouse.store_settings import event_ledger_state
from gatemeter.clock import Clock, SystemClock
from gatemeter.formats.event_file import require_lines
from gatemeter.formats.resemblance import nothing_counted
from gatemeter.logfiles.blocks import check_readable
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.ruleset import Metering
from gatemeter.output.records import OutputFormat
from gatemeter.output.text import count_of
from gatemeter.progress import ProgressReport, report_progress
from gatemeter.sources.file_meter import meter_file, stored_log
from gatemeter.wiring.log_formats import LogFormats
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
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(readable=False, path_type=Path))
@store_options
@format_option
@metering_options
@sealing_options
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

    A file is read in one format: another one than the first time is refused with exit code 7.

    Metering a file again changes no number; metering it after it has grown adds the new events. Costs of calls to
    models are those of the price books given: another --prices writes other costs, as reprice does.

    Ends with exit code 3 if no line of a file could be counted, and says what the file looks like.
    """
    sizes = [check_readable(path) for path in paths]
    for path in paths:
        require_lines(path)
    formats = [format_of_file(path, format) for path in paths]
    clock = SystemClock()
    started_s = clock.monotonic_s()
    with (
        open_store(data, clickhouse, create=True) as client,
        report_progress("metering", sum(size or 0 for size in sizes)) as progress,
    ):
        metering = for_store(metering, event_ledger_state(client, event_ledger, clock.now()), kept_minutes(client))
        run = _Run(RetryingSink(client), metering, progress, LogFormats(client, clock, is_named=format != AUTO))
        run.meter(zip(paths, formats, strict=True))
    record = {**metering_record(run.counts, clock, started_s), "new": run.new_events}
    if json:
        output([record], (*COLUMNS, "new"), ResultForm(OutputFormat.JSON))
    else:
        click.echo(summary_text(record))
        click.echo(_new_text(run))
    if run.counts.dead_letters:
        place = f"--data {data}" if data is not None else "--clickhouse URL"
        say(f"why lines could not be counted: gatemeter dead-letters list {place}")
        say_if_not_kept(metering)
    _say_uncounted(run)


def _say_uncounted(run: "_Run") -> None:
    """Name the files of which nothing can be counted. Raises the last of these errors."""
    errors = [nothing_counted(path, log_format, _AGAIN) for path, log_format in run.uncounted]
    for error in errors[:-1]:
        say(str(error))
    if errors:
        raise errors[-1]


_AGAIN = "meter it into another store"
"""A store reads a file in the format of its first time alone."""


def _new_text(run: "_Run") -> str:
    before = run.counts.consumed - run.new_events
    if not run.counts.consumed:
        return "the files hold no events"
    if not before:
        return f"all {run.new_events:,} are new" if run.new_events > 1 else "it is new"
    return f"{run.new_events:,} new, {before:,} counted before"


class _Run:
    """Meters files one after another: what became of all their events, and how many were not stored before.

    `uncounted` are the files whose every line is a dead letter, with the formats by which they were read.
    """

    def __init__(self, sink: RetryingSink, metering: Metering, progress: ProgressReport, formats: LogFormats) -> None:
        self.counts = EventCounts()
        self.new_events = 0
        self.uncounted: list[tuple[Path, str]] = []
        self._sink = sink
        self._metering = metering
        self._progress = progress
        self._formats = formats
        self._read_bytes = 0

    def meter(self, files: Iterable[tuple[Path, str]]) -> None:
        """Count each path by its format, or by that of its first time. Raises as `meter_file` and `LogFormats` do."""
        for path, found in files:
            log = stored_log(path, self._sink)
            log_format = found if log is None else self._formats.of(path, log, found)
            counts = meter_file(
                path,
                self._sink,
                self._metering,
                log_format=log_format,
                on_progress=partial(self._note, self._read_bytes),
            )
            self.counts.add(counts)
            self.new_events += max(0, counts.consumed - (0 if log is None else log.events))
            if counts.consumed and counts.consumed == counts.dead_letters:
                self.uncounted.append((path, log_format))

    def _note(self, read_before: int, read_bytes: int, events: int) -> None:
        self._read_bytes = read_before + read_bytes
        self._progress.update(self._read_bytes, self.counts.consumed + events)


def summary_text(record: dict[str, float], verb: str = "metered") -> str:
    """The summary as a sentence, the conservation line, and what of counted events could not be used."""
    left_out = record["fields_left_out"]
    return (
        f"{verb} {count_of(int(record['consumed']), 'event')} in {record['seconds']:.1f} s, "
        f"{record['events_per_second']:,.0f}/s\n"
        f"consumed {record['consumed']:,} = counted {record['counted']:,} + duplicates {record['duplicates']:,} "
        f"+ dead letters {record['dead_letters']:,} + other kind {record['other_kind']:,}"
        + (f"\nfields left out because they could not be used: {left_out:,}; decode names them" if left_out else "")
    )


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
