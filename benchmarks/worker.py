"""`python -m benchmarks.worker`: what an event costs the worker, beside what it has to be measured against."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from benchmarks.contestants import interleaved
from benchmarks.decoding import collect_garbage_like_a_worker
from benchmarks.lineup import CLICKHOUSE, PLAIN_FAUST, WORKER, counting_contestants, plain_faust
from benchmarks.scoreboard import Heat, Target, print_result
from benchmarks.traffic import FramedTraffic, framed_traffic
from benchmarks.workshop import running_workshop
from gatemeter.errors import ExitCode, GatemeterError, StopError
from gatemeter.generator.plan import TrafficPlan

TIMES_CLICKHOUSE = 2.0
TIMES_PLAIN_FAUST = 20.0
_RETRY_SHARE = 0.01
_TABLE_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Course:
    """`events` are counted within `span_hours` and spread over a month; `plain_events` of them by plain Faust."""

    events: int
    plain_events: int
    span_hours: float
    rounds: int
    seed: int

    def traffic(self, span_hours: float | None) -> FramedTraffic:
        """The events in frames; none is unreadable, for ClickHouse could not count a block that held one."""
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
            all_met = _measure(Course(events, plain_events, span_hours, rounds, seed), Path(scratch))
    except GatemeterError as error:
        click.echo(f"benchmark: {error}", err=True)
        sys.exit(error.exit_code if isinstance(error, StopError) else ExitCode.INTERNAL)
    sys.exit(ExitCode.OK if all_met else ExitCode.INTERNAL)


def _measure(course: Course, scratch: Path) -> bool:
    notes = Console(stderr=True, highlight=False)
    notes.print(f"generating {course.events:,} events ...")
    recent, month = course.traffic(course.span_hours), course.traffic(None)
    notes.print("starting Kafka and ClickHouse, filling the topics ...")
    with running_workshop(scratch) as workshop:
        on_recent = [
            *counting_contestants(recent, workshop),
            plain_faust(recent, course.plain_events, workshop),
        ]
        on_month = counting_contestants(month, workshop)
        collect_garbage_like_a_worker()
        scores = interleaved([*on_recent, *on_month], course.rounds, notes.print)
    heats = (
        Heat(f"{course.events:,} events within {course.span_hours:g} hours", scores[: len(on_recent)]),
        Heat("the same events spread over a month, so that most have a key of their own", scores[len(on_recent) :]),
    )
    return _report(*heats)


def _report(recent: Heat, month: Heat) -> bool:
    worker, slow = recent.score(WORKER), recent.score(PLAIN_FAUST)
    targets = [
        Target(worker, recent.score(CLICKHOUSE), TIMES_CLICKHOUSE),
        Target(worker, slow, TIMES_PLAIN_FAUST),
    ]
    console = Console(width=_TABLE_WIDTH, highlight=False)
    print_result([recent, month], recent.score(PLAIN_FAUST), targets, console)
    return all(target.is_met for target in targets)


if __name__ == "__main__":
    main()
