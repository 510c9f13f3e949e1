"""`gatemeter top`: a live view of usage in the terminal."""

import shutil
import sys
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from gatemeter.api.limits import ApiLimits
from gatemeter.api.store import QueriedStore
from gatemeter.cli.options.connections import kafka_option, store_options, topic_option
from gatemeter.clickhouse.connection import ClickHouseAddress
from gatemeter.clock import SystemClock
from gatemeter.embedded.end_signals import interrupt_once
from gatemeter.output.records import json_text
from gatemeter.output.sparkline import terminal_glyphs
from gatemeter.output.text import table_width
from gatemeter.top.frames import Frames, record_of
from gatemeter.top.terminal import Draw, keys, run_frames
from gatemeter.top.view import drawn
from gatemeter.wiring.store import read_store_opener
from gatemeter.wiring.topic_lag import open_lag


@click.command("top", short_help="Watch requests, errors, cost and lag in the terminal.")
@store_options
@kafka_option(is_required=False)
@topic_option("The topic whose lag is shown.")
@click.option(
    "--last", default="2h", show_default=True, metavar="LENGTH", help="Of which hours: 2h, 1d or 1w up to now."
)
@click.option(
    "--every", type=click.FloatRange(min=0.5), default=5.0, show_default=True, help="Seconds from frame to frame."
)
@click.option("--once", is_flag=True, help="Print one frame and end; so it is where the output is no terminal.")
@click.option("--json", is_flag=True, help="One frame as a JSON object.")
def command(
    data: Path | None,
    clickhouse: str | None,
    *,
    kafka: str | None,
    topic: str,
    last: str,
    every: float,
    once: bool,
    json: bool,
) -> None:
    """Watch usage until q or Ctrl-C: requests a second, errors, latency, cost an hour, lag, top consumers and routes.

    Rates are of the events' own time over the hours of --last, up to now; how fast events are counted is told from the
    second frame on. The lag, in messages that are not stored yet, needs Kafka: that of a gatemeter up on --data, or
    --kafka.
    """
    clock = SystemClock()
    store = QueriedStore(read_store_opener(data, clickhouse), ApiLimits().query_s)
    store.open()
    try:
        frames = Frames(store, _name(data, clickhouse), last, clock, open_lag(data, kafka, topic))
        if json:
            click.echo(json_text(record_of(frames.next())), nl=False)
        elif once or not sys.stdout.isatty():
            _print(frames)
        else:
            _watch(frames, every)
    finally:
        store.close()


def _print(frames: Frames) -> None:
    stream = click.get_text_stream("stdout", encoding="utf-8", errors="backslashreplace")
    width = table_width(stream) or shutil.get_terminal_size().columns
    console = Console(file=stream, width=width, highlight=False, soft_wrap=False)
    console.print(drawn(frames.next(), width, None, terminal_glyphs()))


def _watch(frames: Frames, every_s: float) -> None:
    def next_frame() -> Draw:
        return partial(drawn, frames.next(), glyphs=terminal_glyphs())

    try:
        with interrupt_once(), keys(sys.stdin) as wait_for_key:
            run_frames(Console(highlight=False), next_frame, wait_for_key, every_s, SystemClock())
    except KeyboardInterrupt:
        pass  # it is meant to end that way


def _name(data: Path | None, clickhouse: str | None) -> str:
    return str(data) if data is not None else str(ClickHouseAddress.parse(clickhouse or ""))
