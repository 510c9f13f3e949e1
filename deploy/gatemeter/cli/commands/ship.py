"""`gatemeter ship`: log files to Kafka."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path

import click

from gatemeter.cli.options.connections import kafka_option, topic_option
from gatemeter.cli.options.file_format import format_of_files, format_of_lines
from gatemeter.cli.options.metering import format_option
from gatemeter.cli.options.slimming import slimming_options
from gatemeter.cli.output import say
from gatemeter.cli.ship_follow import follow as follow_files
from gatemeter.clock import SystemClock
from gatemeter.embedded.end_signals import interrupt_once
from gatemeter.errors import InputError, SettingsError
from gatemeter.events.access_event import TimeRange
from gatemeter.formats.event_counter import EventCounter
from gatemeter.formats.event_file import require_lines
from gatemeter.formats.registry import needs_positions
from gatemeter.formats.resemblance import FIRST_LINES, nothing_counted
from gatemeter.kafka.producer import KafkaProducer
from gatemeter.logfiles.blocks import check_readable
from gatemeter.logfiles.line_source import line_source
from gatemeter.logfiles.lines import LineBatch, read_line_batches
from gatemeter.output.records import json_text
from gatemeter.progress import ProgressReport, report_progress
from gatemeter.shipping.log_paths import matching
from gatemeter.shipping.shipper import Shipper, ShipSummary
from gatemeter.shipping.slim_line import SlimLine
from gatemeter.wire.frames import FrameLimits

_PAUSE_S = 0.2


@click.command("ship", short_help="Send log files to Kafka.")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="PATH...",
    type=click.Path(readable=False, path_type=Path, allow_dash=True),
)
@kafka_option()
@topic_option("Where to.")
@click.option("--gateway", envvar="GATEMETER_GATEWAY", help="A name for the gateway that wrote the log.")
@click.option(
    "--source",
    metavar="NAME",
    help="A name for this host that stays the same, for formats without ids. Default: its host name.",
)
@click.option("--follow", is_flag=True, help="Go on with what is written to the files, until Ctrl-C or SIGTERM.")
@click.option(
    "--checkpoint",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --follow: where to remember how far the files are shipped.",
)
@format_option
@slimming_options
@click.option("--json", is_flag=True, help="The summary as JSON.")
def command(
    paths: tuple[Path, ...],
    kafka: str,
    topic: str,
    gateway: str | None,
    source: str | None,
    checkpoint: Path | None,
    format: str,  # noqa: A002 - the name in the settings file is that of the flag
    *,
    follow: bool,
    json: bool,
    slim: SlimLine,
) -> None:
    """Send every line of log files to Kafka: plain, .gz or .zst; `-` is standard input.

    Of an event what is metered is sent, without headers, query strings, bodies and addresses; a line that cannot be
    read is sent as it is.

    Ends when the brokers have acknowledged everything. A line that cannot be counted is sent too: the worker makes a
    dead letter of it. The summary counts those with the event times that are believed by default.

    Ends with exit code 3 if no line of a file can be counted, and says what the file looks like.

    With --follow a PATH may also be a directory, or a pattern as in '/var/log/nginx/*.log', and files are followed
    through rotation, truncation and compression. After a restart it goes on from the checkpoint.
    """
    count_events = EventCounter(TimeRange()).count
    if follow:
        follow_files(
            paths,
            checkpoint,
            count_events,
            kafka=kafka,
            topic=topic,
            gateway=gateway,
            origin=source,
            log_format=format_of_files(matching(map(str, paths)), format),
            slim=slim,
        )
        return
    if checkpoint is not None:
        raise SettingsError("--checkpoint is given without --follow", do="add --follow, or leave it out")
    total_bytes = _readable_bytes(paths)
    with closing(KafkaProducer(kafka, topic, gateway=gateway, slimmed=slim.name)) as producer:
        shipper = Shipper(producer, count_events=count_events, limits=FrameLimits(), clock=SystemClock(), slim=slim)
        with report_progress("shipping", total_bytes) as progress:
            run = _Run(shipper, progress, source, format)
            summary = run.ship_all(paths)
    click.echo(json_text(_record(summary)) if json else summary.sentence(), nl=not json)
    run.say_uncounted()


def _readable_bytes(paths: Sequence[Path]) -> int | None:
    """The size of all files; None where one of them is a stream. Raises InputError for one that cannot be read."""
    sizes = [check_readable(path) for path in paths]
    for path in paths:
        require_lines(path)
    return None if None in sizes else sum(size or 0 for size in sizes)


class _Run:
    """Ships files one after another; `uncounted` has an error for each whose every line is a dead letter."""

    def __init__(self, shipper: Shipper, progress: ProgressReport, origin: str | None, log_format: str) -> None:
        self.uncounted: list[InputError] = []
        self._shipper = shipper
        self._progress = progress
        self._origin = origin
        self._log_format = log_format
        self._read_bytes = 0

    def ship_all(self, paths: Iterable[Path]) -> ShipSummary:
        """What was read before a damaged file, or before the user stopped us, is sent before the error goes on."""
        try:
            with interrupt_once():
                for path in paths:
                    self._ship(path)
        except (InputError, KeyboardInterrupt):
            click.echo(f"gatemeter: stopping; {self._shipper.finish().sentence()}", err=True)
            raise
        return self._shipper.finish()

    def say_uncounted(self) -> None:
        """Name the files of which nothing can be counted. Raises the last of these errors."""
        for error in self.uncounted[:-1]:
            say(str(error))
        if self.uncounted:
            raise self.uncounted[-1]

    def _ship(self, path: Path) -> None:
        before, read_before = self._shipper.sent, self._read_bytes
        first_lines: list[bytes] = []

        def note(read_bytes: int) -> None:
            self._read_bytes = read_before + read_bytes

        waits = check_readable(path) is None
        batches = read_line_batches(path, on_bytes=note, idle_s=_PAUSE_S if waits else None)
        first = next((batch for batch in batches if any(batch.lines)), None)
        log_format = format_of_lines(path, [line for line in first.lines if line] if first else [], self._log_format)
        self._shipper.use_format(log_format, sends_positions=needs_positions(log_format))
        batches = chain([first] if first else [], batches)
        for _ in self._shipper.ship(_remembered(batches, first_lines), line_source(path, self._origin)):
            self._progress.update(self._read_bytes, self._shipper.lines)
        self._shipper.send_open_frames()
        events = self._shipper.sent.events - before.events
        if events and events == self._shipper.sent.dead_letters - before.dead_letters:
            self.uncounted.append(nothing_counted(path, log_format, "ship it again", first_lines))


def _remembered(batches: Iterable[LineBatch], first_lines: list[bytes]) -> Iterator[LineBatch]:
    """The batches; their first lines that are not blank are kept in `first_lines`, for a pipe is read only once."""
    for batch in batches:
        if len(first_lines) < FIRST_LINES:
            first_lines += [line for line in batch.lines if line][: FIRST_LINES - len(first_lines)]
        yield batch


def _record(summary: ShipSummary) -> dict[str, object]:
    return {**dataclasses.asdict(summary), "events_per_second": round(summary.events_per_s, 1)}
