"""`gatemeter ship`: log files to Kafka."""

import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import click

from gatemeter.cli.options.connections import kafka_option, topic_option
from gatemeter.cli.options.metering import format_option
from gatemeter.clock import SystemClock
from gatemeter.embedded.end_signals import interrupt_once
from gatemeter.errors import InputError
from gatemeter.events.access_event import TimeRange
from gatemeter.formats.event_counter import EventCounter
from gatemeter.formats.event_file import require_lines
from gatemeter.kafka.producer import KafkaProducer
from gatemeter.logfiles.blocks import check_readable
from gatemeter.logfiles.lines import LineBatch, read_line_batches
from gatemeter.output.records import json_text
from gatemeter.progress import ProgressReport, report_progress
from gatemeter.shipping.shipper import Shipper, ShipSummary
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
@format_option
@click.option("--json", is_flag=True, help="The summary as JSON.")
def command(
    paths: tuple[Path, ...],
    kafka: str,
    topic: str,
    gateway: str | None,
    format: str,  # noqa: A002 - the name in the settings file is that of the flag
    *,
    json: bool,
) -> None:
    """Send every line of log files to Kafka: plain, .gz or .zst; `-` is standard input.

    Ends when the brokers have acknowledged everything. A line that cannot be counted is sent too: the worker makes a
    dead letter of it. The summary counts those with the event times that are believed by default.
    """
    sizes = [check_readable(path) for path in paths]
    for path in paths:
        require_lines(path)
    total_bytes = None if None in sizes else sum(size or 0 for size in sizes)
    with closing(KafkaProducer(kafka, topic, gateway=gateway)) as producer:
        shipper = Shipper(
            producer,
            count_events=EventCounter(TimeRange()).count,
            limits=FrameLimits(),
            clock=SystemClock(),
            log_format=format,
        )
        with report_progress("shipping", total_bytes) as progress:
            summary = _ship_all(shipper, paths, progress)
    click.echo(json_text(_record(summary)) if json else summary.sentence(), nl=not json)


def _ship_all(shipper: Shipper, paths: Iterable[Path], progress: ProgressReport) -> ShipSummary:
    """What was read before a damaged file, or before the user stopped us, is sent before the error goes on."""
    try:
        with interrupt_once():
            for done_bytes in _ship_each(shipper, paths):
                progress.update(done_bytes, shipper.lines)
    except (InputError, KeyboardInterrupt):
        click.echo(f"gatemeter: stopping; {shipper.finish().sentence()}", err=True)
        raise
    return shipper.finish()


def _ship_each(shipper: Shipper, paths: Iterable[Path]) -> Iterator[int]:
    """Yields, after each batch of lines, how many bytes of all inputs have been read."""
    read_before = 0
    for path in paths:
        position = [0]
        for _ in shipper.ship(_batches(path, position)):
            yield read_before + position[0]
        read_before += position[0]


def _batches(path: Path, position: list[int]) -> Iterable[LineBatch]:
    def note(read_bytes: int) -> None:
        position[0] = read_bytes

    waits = check_readable(path) is None
    return read_line_batches(path, on_bytes=note, idle_s=_PAUSE_S if waits else None)


def _record(summary: ShipSummary) -> dict[str, object]:
    return {**dataclasses.asdict(summary), "events_per_second": round(summary.events_per_s, 1)}
