"""Fills a store with what a worker would have stored of a month: hourly rows, and the books about them."""

import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

import numpy as np
from clickhouse_connect.driver.client import Client

from benchmarks.scale.epochs import FRAMES_PER_EPOCH, Calendar, Slice
from benchmarks.scale.made_rows import made_rows
from benchmarks.scale.native import native_block
from benchmarks.scale.population import (
    CONSUMERS_PER_TEAM,
    METHODS,
    ROUTES_PER_SERVICE,
    SOURCES,
    TEAMS_PER_ORGANISATION,
    Population,
)
from benchmarks.scale.sql_files import sql
from gatemeter.metering.ruleset import RULESET_VERSION
from gatemeter.schema.rollups import API_USAGE_ROLLUP

TOPIC = "gatemeter.access-log"
LOG = "c2NhbGVfYmVuY2htYXJrMQ"
"""The id of the topic that is made as if it had been counted."""

_MERGES_TIMEOUT_S = 900
_BOOKS = ("epoch_ledger", "monthly_requests", "counted_ends")

OnProgress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A day's rows, written to `path` in Native format."""

    path: Path
    events: int
    rows: int


def fill(client: Client, calendar: Calendar, on_progress: OnProgress) -> None:
    """Fill the migrated, empty store of `client`. Returns when ClickHouse has no part left to merge by itself."""
    _make_names(client, calendar.population)
    events = rows = 0
    with TemporaryDirectory(prefix="gatemeter_scale_") as directory:
        for made in _made_days(calendar, Path(directory)):
            events, rows = events + made.events, rows + made.rows
            _insert(client, calendar, made.path)
            made.path.unlink()
            on_progress(f"{events:,} events in {rows:,} hourly rows")
    for name in _BOOKS:
        client.command(sql(name), parameters={"topic": TOPIC, "rules": RULESET_VERSION, "epoch_size": FRAMES_PER_EPOCH})
    wait_for_merges(client)


def wait_for_merges(client: Client) -> None:
    """Return once ClickHouse merges nothing any more, or after a quarter of an hour."""
    give_up_s = time.monotonic() + _MERGES_TIMEOUT_S
    quiet = 0
    while quiet < 3 and time.monotonic() < give_up_s:
        running = client.query("SELECT count() FROM system.merges").result_rows[0][0]
        quiet = 0 if running else quiet + 1
        time.sleep(1)


def _made_days(calendar: Calendar, directory: Path) -> Iterator[Made]:
    """The days in order, made by a process a core; each is at most one day ahead."""
    population = calendar.population
    days = itertools.groupby(sorted(calendar.slices(), key=_hour), lambda each: each.hour // 24)
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers) as pool:
        jobs: list[Future[Made]] = []
        for day, slices in days:
            jobs.append(pool.submit(_make_day, population, list(slices), directory / f"{day}.native"))
            if len(jobs) > workers:
                yield jobs.pop(0).result()
        for job in jobs:
            yield job.result()


def _hour(each: Slice) -> int:
    return each.hour


def _make_day(population: Population, slices: Sequence[Slice], path: Path) -> Made:
    events = rows = 0
    with path.open("wb") as file:
        for hour, of_hour in itertools.groupby(slices, key=_hour):
            made = made_rows(population, list(of_hour), np.random.default_rng([population.seed, hour]))
            events, rows = events + int(made.requests.sum()), rows + len(made.requests)
            file.writelines(native_block(made.columns))
    return Made(path, events, rows)


def _make_names(client: Client, population: Population) -> None:
    """Temporary tables with the names of consumers and routes by their numbers."""
    for table, names in (("made_consumers", _consumers(population)), ("made_routes", _routes(population))):
        client.command(sql(table))
        client.insert(table, list(names))


def _consumers(population: Population) -> Iterator[tuple[int, str, str, str, str, str]]:
    for number in range(population.consumers):
        team = number // CONSUMERS_PER_TEAM
        yield (
            number,
            population.name("consumer", number),
            f"customer-{number:04}",
            f"crm-{number:05}",
            f"team-{team:02}",
            f"organisation-{team // TEAMS_PER_ORGANISATION}",
        )


def _routes(population: Population) -> Iterator[tuple[int, str, str, str, str]]:
    for number in range(population.routes):
        service = number // ROUTES_PER_SERVICE
        yield (
            number,
            population.name("route", number),
            f"route-{number:02}",
            population.name("service", service),
            f"service-{service:02}",
        )


def _insert(client: Client, calendar: Calendar, path: Path) -> None:
    measures = ", ".join(API_USAGE_ROLLUP.measure_names())
    statement = Template(sql("hourly_rows")).substitute(rows=path, measures=measures)
    parameters = {"month": calendar.start, "methods": list(METHODS), "sources": list(SOURCES), "log": LOG}
    client.command(statement, parameters=parameters)
