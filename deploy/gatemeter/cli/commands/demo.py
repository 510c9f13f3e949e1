"""`gatemeter demo`: the main job from end to end, on made-up traffic whose truth is known."""

from pathlib import Path

import click

from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.clock import SystemClock
from gatemeter.errors import ConflictError


@click.command("demo", short_help="A month of traffic through the whole embedded stack.")
@click.option(
    "--data",
    type=click.Path(readable=False, path_type=Path),
    envvar="GATEMETER_DATA",
    help="A new or empty directory  [default: demo-data/TIME].",
)
@click.option("--events", type=click.IntRange(min=1), default=1_000_000, show_default=True, help="Lines of traffic.")
@click.option("--month", default="2026-02", show_default=True, metavar="YYYY-MM", help="Which month (UTC).")
@click.option(
    "--keep", cls=TableOnlyOption, is_flag=True, help="Leave the servers up, with the dashboard, until Ctrl-C."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same traffic.")
def command(data: Path | None, events: int, month: str, seed: int, *, keep: bool) -> None:
    """Make a month of gateway traffic, meter it through Kafka, two workers and ClickHouse, and say what came of it.

    The traffic holds duplicates, bad lines and language-model calls. The truth about it is known, and the reports
    are compared with it before this ends. With --keep the dashboard's address is the last line.
    """
    from gatemeter.demo.run import Demo
    from gatemeter.embedded.data_dir import DataDir
    from gatemeter.embedded.end_signals import interrupt_once
    from gatemeter.generator.plan import TrafficPlan

    clock = SystemClock()
    directory = data or Path("demo-data") / clock.now().strftime("%Y%m%d-%H%M%S")
    if directory.is_dir() and any(directory.iterdir()):
        raise ConflictError(
            "is not empty, and a demo counts only its own traffic", where=str(directory), do="name another --data"
        )
    with interrupt_once():
        Demo(DataDir(directory), TrafficPlan(events=events, month=month, seed=seed), clock, keep).run()
