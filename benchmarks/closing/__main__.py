"""`python -m benchmarks.closing`: a year of accounts, rated and closed month by month, with usage that comes late."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import click
import psutil
from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.table import Table

from benchmarks.closing.year import Year, sql
from benchmarks.scale.filling import wait_for_merges
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closed_periods import rated_span
from gatemeter.billing.closing import next_statement
from gatemeter.billing.closing_obstacles import Acceptance, Terms
from gatemeter.billing.statement import Statement
from gatemeter.billing.statement_store import store_statement
from gatemeter.errors import ExitCode, StopError
from gatemeter.plans.plan import PlanBook
from gatemeter.pricing.book_files import price_table
from gatemeter.reports.period import TimeSpan
from gatemeter.settling.settler import settle
from gatemeter.verification.doubts import doubts
from gatemeter.verification.hours_to_close import differences_before_closing
from gatemeter.wiring.store import open_store

_GOAL_S = 60.0


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by the clock, and CPU seconds of all threads of this process and the engine's."""

    clock_s: float
    cpu_s: float

    def __add__(self, other: "Took") -> "Took":
        return Took(self.clock_s + other.clock_s, self.cpu_s + other.cpu_s)

    def __str__(self) -> str:
        return f"{self.clock_s:.2f} s ({self.cpu_s:.2f} CPU s)"


def _took(call: Callable[[], object]) -> Took:
    began_s, began_cpu_s = time.perf_counter(), _cpu_s()
    call()
    return Took(time.perf_counter() - began_s, _cpu_s() - began_cpu_s)


def _cpu_s() -> float:
    own = psutil.Process()
    times = [each.cpu_times() for each in (own, *own.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


@dataclass(frozen=True, slots=True)
class Month:
    """How long a month took, and what its statement holds."""

    period: BillingPeriod
    rated: Took
    verified: Took
    lines: int
    corrections: int
    hours_rated: int


@click.command()
@click.option("--data", required=True, type=click.Path(path_type=Path), help="A directory that is not there yet.")
@click.option("--accounts", default=1_000, show_default=True)
@click.option("--every-hours", default=4, show_default=True, help="Each account has usage in every so many hours.")
@click.option("--partitions", default=12, show_default=True, type=click.IntRange(min=12))
@click.option("--settled/--hours", default=True, show_default=True, help="Whether days and months are settled before.")
def main(data: Path, accounts: int, every_hours: int, partitions: int, settled: bool) -> None:
    """Fill a store and close its year; ends with exit code 1 where the goal is missed."""
    year, console = Year(accounts, every_hours, partitions), Console(width=120)
    with open_store(data, None, create=True) as client:
        console.print(f"{year.fill(client):,} hourly rows of {accounts:,} accounts")
        if settled:
            for _ in settle(client, quiet=timedelta()):
                pass
        wait_for_merges(client)
        bare = _took(lambda: _sum_up(client, year))
        months = [_closed(client, year, number, period) for number, period in enumerate(year.months())]
    load = f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    console.print(_table(months))
    rated = sum((each.rated for each in months), start=Took(0, 0))
    total = sum((each.verified for each in months), start=rated)
    console.print(f"rated and closed in {total} (goal: {_GOAL_S:.0f} s); {load}")
    ratio = rated.cpu_s / bare.cpu_s
    console.print(f"rated in {rated}, {ratio:.1f} times the CPU time of bare sums from hours: {bare}")
    sys.exit(ExitCode.OK if total.clock_s < _GOAL_S else ExitCode.INTERNAL)


def _sum_up(client: Client, year: Year) -> None:
    for each in year.months():
        begin, end = (datetime(one.year, one.month, 1, tzinfo=UTC) for one in (each, each.following))
        client.query(sql("reference"), parameters={"from": begin, "to": end})


def _closed(client: Client, year: Year, number: int, period: BillingPeriod) -> Month:
    if number:
        year.deliver_late(client, number)
    book: PlanBook = year.book
    closed: list[Statement] = []

    def close() -> None:
        terms = Terms(datetime.now(UTC), accepted=(Acceptance.IDLE,), doubts_of=partial(doubts, client))
        closed.append(next_statement(client, book, period, terms))
        store_statement(client, closed[0])

    rated = _took(close)
    [statement] = closed
    verified = _took(lambda: _verify(client, rated_span(statement)))
    corrections = sum(line.correction_of is not None for line in statement.lines)
    return Month(period, rated, verified, len(statement.lines), corrections, len(statement.rated or ()))


def _verify(client: Client, hours: TimeSpan) -> None:
    if differences_before_closing(client, hours, price_table(()), pause=time.sleep):
        raise StopError("verify finds a difference", do="the made store is wrong")


def _table(months: Sequence[Month]) -> Table:
    table = Table("month", "rated and stored", "verified", "lines", "corrections", "months rated")
    for each in months:
        table.add_row(
            str(each.period),
            str(each.rated),
            str(each.verified),
            f"{each.lines:,}",
            str(each.corrections),
            str(each.hours_rated),
        )
    return table


if __name__ == "__main__":
    main()
