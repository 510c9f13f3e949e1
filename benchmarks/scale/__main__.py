"""`python -m benchmarks.scale`: how long questions about a month of a billion events take, and what they weigh."""

import sys
import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import click
from clickhouse_connect.driver.client import Client
from rich.console import Console

from benchmarks.scale.epochs import Calendar
from benchmarks.scale.filling import fill
from benchmarks.scale.peers import measured_peers
from benchmarks.scale.population import Population
from benchmarks.scale.questions import questions
from benchmarks.scale.result import Asked, peers_table, print_sizes, questions_table
from benchmarks.scale.timing import timed, timed_command
from gatemeter.errors import ExitCode, StopError
from gatemeter.settling.settler import settle
from gatemeter.wiring.store import open_store

_MONTH = datetime(2026, 1, 1, tzinfo=UTC)
_CONSUMER = 3


@click.command()
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The store; it is filled if it is empty.")
@click.option("--events", default=1_000_000_000, show_default=True, help="Of one month.")
@click.option("--consumers", default=1_000, show_default=True)
@click.option("--routes", default=60, show_default=True)
@click.option("--partitions", default=12, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--repeats", default=7, show_default=True, help="How often each question is asked.")
@click.option("--from-hours", is_flag=True, help="Also ask before days and months are settled.")
@click.option("--peer-events", default=50_000_000, show_default=True, help="What the peers hold; 0 leaves them out.")
def main(
    data: Path,
    events: int,
    consumers: int,
    routes: int,
    partitions: int,
    seed: int,
    repeats: int,
    from_hours: bool,
    peer_events: int,
) -> None:
    """Fill a store, settle it, ask questions, and compare; ends with exit code 1 where a goal is missed."""
    calendar = Calendar(_MONTH, events, Population(consumers, routes, partitions, seed))
    progress, console = Console(stderr=True), Console(width=120)
    _fill(data, calendar, progress)
    if from_hours:
        console.print(questions_table("from hours", _ask(data, calendar, repeats, progress)))
    began_s = time.perf_counter()
    with _store(data) as client:
        for settled in settle(client, quiet=timedelta()):
            if settled.units:
                progress.print(f"settled {settled.units:,} of {settled.target.name}: {settled.rows:,} rows")
        progress.print(f"settling took {time.perf_counter() - began_s:.0f} s")
        print_sizes(client, console)
        peers = measured_peers(client, calendar, peer_events, repeats, progress.print) if peer_events else None
    asked = _ask(data, calendar, repeats, progress)
    console.print(questions_table("from days and months", asked))
    if peers is not None:
        console.print(peers_table(peers, events))
    sys.exit(ExitCode.OK if all(each.is_met for each in asked) else ExitCode.INTERNAL)


def _fill(data: Path, calendar: Calendar, progress: Console) -> None:
    began_s = time.perf_counter()
    with open_store(data, None, create=True) as client:
        if client.query("SELECT count() FROM epoch_ledger").result_rows[0][0]:
            progress.print("the store is filled already")
            return
        if client.query("SELECT count() FROM api_usage_hourly").result_rows[0][0]:
            raise StopError("an earlier run did not fill it", where=str(data), do="delete it, and run this again")
        fill(client, calendar, progress.print)
    progress.print(f"filling took {time.perf_counter() - began_s:.0f} s")


def _ask(data: Path, calendar: Calendar, repeats: int, progress: Console) -> list[Asked]:
    asked = []
    found = questions(calendar.start, calendar.population.name("consumer", _CONSUMER))
    for question in found:
        with _store(data) as client:
            warm = timed(partial(question.ask, client), repeats)
        asked.append(Asked(question, warm, timed_command(question.arguments, data, repeats)))
        progress.print(str(asked[-1]))
    return asked


def _store(data: Path) -> AbstractContextManager[Client]:
    return open_store(data, None)


if __name__ == "__main__":
    main()
