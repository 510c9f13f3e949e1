"""`gatemeter generate`: a month of synthetic traffic and the truth about it."""

from pathlib import Path

import click

from gatemeter.cli.output import say
from gatemeter.errors import SettingsError
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import truth_path, write_traffic
from gatemeter.logfiles.blocks import STDIN
from gatemeter.progress import report_progress

_DEFAULTS = TrafficPlan()


@click.command("generate", short_help="Write a month of synthetic traffic and the truth about it.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    envvar="GATEMETER_OUT",
    help="The log file to write; .gz and .zst are compressed. The truth goes to the same name with .truth.json.",
)
@click.option("--events", type=int, default=_DEFAULTS.events, show_default=True, help="Lines to write, all kinds.")
@click.option("--month", default=_DEFAULTS.month, show_default=True, metavar="YYYY-MM", help="Which month (UTC).")
@click.option("--seed", type=int, default=_DEFAULTS.seed, show_default=True, help="The same seed, the same bytes.")
@click.option("--consumers", type=int, default=_DEFAULTS.consumers, show_default=True, help="How many call with a key.")
@click.option(
    "--duplicates", type=float, default=_DEFAULTS.duplicates, show_default=True, help="Share of lines: further copies."
)
@click.option("--bad", type=float, default=_DEFAULTS.bad, show_default=True, help="Share of lines: cannot be counted.")
@click.option(
    "--streams", type=float, default=_DEFAULTS.streams, show_default=True, help="Share of lines: TCP sessions."
)
@click.option("--ai", type=float, default=_DEFAULTS.ai, show_default=True, help="Share of requests: language models.")
@click.option(
    "--out-of-order",
    type=float,
    default=_DEFAULTS.out_of_order,
    show_default=True,
    help="Share of requests: begun before those above them.",
)
def command(
    out: Path,
    events: int,
    month: str,
    seed: int,
    consumers: int,
    duplicates: float,
    bad: float,
    streams: float,
    ai: float,
    out_of_order: float,
) -> None:
    """Write gateway traffic as a Kong gateway would log it, and beside it what a correct meter has to find."""
    if out == STDIN:
        raise SettingsError("has to be a file, for the truth is written beside it", where="--out")
    plan = TrafficPlan(events, month, seed, consumers, duplicates, bad, streams, ai, out_of_order)
    with report_progress("generating", events) as progress:
        for written in write_traffic(plan, out):
            progress.update(written, written)
    say(f"wrote {events:,} lines of {month} to {out}; the truth is in {truth_path(out)}", err=False)
