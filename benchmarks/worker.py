"""`python -m benchmarks.worker`: what an event costs the worker, ClickHouse alone and plain Faust."""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from benchmarks.clickhouse_itself import ClickHouseItself
from benchmarks.counting import Counting, CountingIntoEngine, DecodeAlone
from benchmarks.decoding import collect_garbage_like_a_worker
from benchmarks.measuring import Candidate, measure_in_turn
from benchmarks.processes import PlainFaust, WorkerProcess
from benchmarks.result import Comparison, Target, comparison_table, print_start_up_costs, print_targets
from benchmarks.servers import Servers, running_servers
from benchmarks.traffic import FramedTraffic, framed_traffic
from gatemeter.errors import ExitCode, GatemeterError, StopError
from gatemeter.generator.plan import TrafficPlan

DECODE = "msgspec decode alone"
COUNTING = "worker without Kafka, rows dropped"
COUNTING_INTO_ENGINE = "worker without Kafka, rows into chDB"
CLICKHOUSE = "ClickHouse itself (chDB)"
WORKER = "worker process, Kafka to ClickHouse"
PLAIN_FAUST = "plain Faust, one event a message"

TIMES_CLICKHOUSE = 2.0
TIMES_PLAIN_FAUST = 20.0
_RETRY_SHARE = 0.01
_TABLE_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Volume:
    """How much is counted: `events` within `span_hours` and over a month, `plain_events` of them by plain Faust."""

    events: int
    plain_events: int
    span_hours: float
    rounds: int
    seed: int

    def traffic(self, span_hours: float | None) -> FramedTraffic:
        """The events in frames. All of them are readable: ClickHouse cannot count a block with an unreadable line."""
        plan = TrafficPlan(self.events, seed=self.seed, duplicates=_RETRY_SHARE, bad=0.0)
        return framed_traffic(plan, span_hours)


@click.command()
@click.option("--events", type=click.IntRange(min=1000), default=200_000, show_default=True, help="To be counted.")
@click.option(
    "--plain-events", type=click.IntRange(min=1000), default=20_000, show_default=True, help="By plain Faust."
)
@click.option("--span-hours", type=click.FloatRange(0.01), default=2.0, show_default=True, help="Of recent traffic.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="The median counts.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True, help="Of the generator.")
def main(events: int, plain_events: int, span_hours: float, rounds: int, seed: int) -> None:
    """Measure what an event costs the worker, and what it costs others.

    All count the same events in the same run, in turn, round after round. Costs are CPU time, which a busy machine
    distorts less than elapsed time. Ends with exit code 1 if a target is missed.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="gatemeter-bench-") as scratch:
            all_met = _measure(Volume(events, plain_events, span_hours, rounds, seed), Path(scratch))
    except GatemeterError as error:
        click.echo(f"benchmark: {error}", err=True)
        sys.exit(error.exit_code if isinstance(error, StopError) else ExitCode.INTERNAL)
    sys.exit(ExitCode.OK if all_met else ExitCode.INTERNAL)


def _measure(volume: Volume, scratch: Path) -> bool:
    progress = Console(stderr=True, highlight=False)
    progress.print(f"generating {volume.events:,} events ...")
    recent, month = volume.traffic(volume.span_hours), volume.traffic(None)
    progress.print("starting Kafka and ClickHouse, filling the topics ...")
    with running_servers(scratch) as servers:
        on_recent = [
            *_candidates(recent, servers),
            PlainFaust(PLAIN_FAUST, recent, volume.plain_events, servers),
        ]
        on_month = _candidates(month, servers)
        collect_garbage_like_a_worker()
        measurements = measure_in_turn([*on_recent, *on_month], volume.rounds, progress.print)
    return _print_result(
        Comparison(f"{volume.events:,} events within {volume.span_hours:g} hours", measurements[: len(on_recent)]),
        Comparison(
            "the same events spread over a month, so that most have a key of their own", measurements[len(on_recent) :]
        ),
    )


def _candidates(traffic: FramedTraffic, servers: Servers) -> Sequence[Candidate]:
    """The candidates that count all of `traffic`; plain Faust is too slow for that."""
    engine_path = servers.path / "engine"
    return (
        DecodeAlone(DECODE, traffic),
        Counting(COUNTING, traffic),
        CountingIntoEngine(COUNTING_INTO_ENGINE, traffic, engine_path),
        ClickHouseItself(CLICKHOUSE, traffic, engine_path),
        WorkerProcess(WORKER, traffic, servers),
    )


def _print_result(recent: Comparison, month: Comparison) -> bool:
    """Print tables and targets; whether all targets are met."""
    console = Console(width=_TABLE_WIDTH, highlight=False)
    plain_faust = recent.of(PLAIN_FAUST)
    for comparison in (recent, month):
        console.print(comparison_table(comparison, comparison.of(CLICKHOUSE), plain_faust))
        print_start_up_costs(comparison, console)
    targets = [
        Target(recent.of(WORKER), recent.of(CLICKHOUSE), TIMES_CLICKHOUSE),
        Target(recent.of(WORKER), plain_faust, TIMES_PLAIN_FAUST),
    ]
    print_targets(targets, console)
    return all(target.is_met for target in targets)


if __name__ == "__main__":
    main()
