"""The same questions to ClickHouse without gatemeter: to raw events, and to states of aggregates per hour."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from clickhouse_connect.driver.client import Client

from benchmarks.scale.epochs import Calendar
from benchmarks.scale.filling import OnProgress, wait_for_merges
from benchmarks.scale.sql_files import sql
from benchmarks.scale.timing import Timing, timed

_DATABASE = "scale_peers"
_EVENTS_PER_INSERT = 5_000_000
_TABLES = ("raw_events", "hourly_states")


@dataclass(frozen=True, slots=True)
class Answered:
    """How long a table of a peer took for a question."""

    table: str
    question: str
    timing: Timing


@dataclass(frozen=True, slots=True)
class Peers:
    """What the peers needed for `events`: answers, and bytes on disk by table."""

    events: int
    answers: list[Answered]
    bytes_by_table: dict[str, int]


def measured_peers(client: Client, calendar: Calendar, events: int, repeats: int, on_progress: OnProgress) -> Peers:
    """Ask the peers, which hold the first `events` of the month, as many an hour as the store has."""
    with _peer_tables(client):
        for first in range(0, events, _EVENTS_PER_INSERT):
            _insert(client, calendar, first, min(_EVENTS_PER_INSERT, events - first))
            on_progress(f"{min(first + _EVENTS_PER_INSERT, events):,} events inserted for the peers")
        wait_for_merges(client)
        answers = []
        for question, table, statement in _questions():
            answers.append(Answered(table, question, timed(partial(client.query, statement), repeats)))
            on_progress(f"{table}, {question}: {answers[-1].timing}")
        sizes = {row[0]: row[2] for row in client.query(sql("table_sizes")).result_rows}
    return Peers(events, answers, {table: sizes[table] for table in _TABLES})


@contextmanager
def _peer_tables(client: Client) -> Iterator[None]:
    database = client.database
    client.command(f"DROP DATABASE IF EXISTS {_DATABASE} SYNC")
    client.command(f"CREATE DATABASE {_DATABASE}")
    client.database = _DATABASE
    try:
        for name in ("peer_raw_table", "peer_hourly_table", "peer_hourly_view"):
            client.command(sql(name))
        yield
    finally:
        client.database = database
        client.command(f"DROP DATABASE {_DATABASE} SYNC")


def _insert(client: Client, calendar: Calendar, first: int, count: int) -> None:
    population = calendar.population
    parameters = {
        "month": calendar.start,
        "first": first,
        "count": count,
        "events_per_hour": calendar.events // calendar.hours,
        "consumers": population.consumers,
        "routes": population.routes,
        "seed": population.seed,
    }
    client.command(sql("peer_events"), parameters=parameters)


def _questions() -> Iterator[tuple[str, str, str]]:
    """Name, table and SQL of each question."""
    for line in sql("peer_questions").splitlines():
        if not line.startswith("--"):
            name, table, statement = (part.strip() for part in line.split(" | "))
            yield name, table, statement
