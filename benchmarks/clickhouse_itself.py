"""ClickHouse doing the same work without a worker: JSON lines into a materialized view with the same keys.

It has no duplicate filter, no dead letters (a line that it cannot read fails the whole insert) and no exactly-once.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from clickhouse_connect.driver.client import Client

from benchmarks.measuring import Run
from benchmarks.traffic import FramedTraffic
from gatemeter.clickhouse.connection import connect_embedded
from gatemeter.errors import StopError

_SQL = Path(__file__).parent / "sql"
_EVENTS_PER_INSERT = (10_000, 50_000, 200_000)
_SETTINGS = {
    "input_format_skip_unknown_fields": 1,
    "input_format_parallel_parsing": 0,
    "max_threads": 1,
    "max_insert_threads": 1,
    "max_partitions_per_insert_block": 0,
}


class ClickHouseItself:
    """The ClickHouse engine in this process with one thread and the fastest size of inserts."""

    def __init__(self, name: str, traffic: FramedTraffic, engine_path: Path) -> None:
        self.name = name
        self._traffic = traffic
        self._engine_path = engine_path
        self.events_per_insert: int | None = None

    def run(self) -> Run:
        """See `Candidate`. The first call tries all sizes of inserts, later calls use the fastest."""
        if self.events_per_insert is None:
            self.events_per_insert = min(_EVENTS_PER_INSERT, key=lambda size: self._insert_all(size).cpu_s)
        return self._insert_all(self.events_per_insert)

    def _insert_all(self, events_per_insert: int) -> Run:
        blocks = list(_blocks(self._traffic.frames, events_per_insert))
        with self._tables() as client:
            began_s = time.process_time()
            for block in blocks:
                client.raw_insert("raw_events", insert_block=block, fmt="JSONEachRow", settings=_SETTINGS)
            run = Run(self._traffic.event_count, time.process_time() - began_s)
            counted = client.query("SELECT countMerge(requests) FROM usage").result_rows[0][0]
        if counted != self._traffic.event_count:
            raise StopError(f"{counted} events were counted instead of {self._traffic.event_count}", where=self.name)
        return run

    @contextmanager
    def _tables(self) -> Iterator[Client]:
        with closing(connect_embedded(self._engine_path, "clickhouse_itself")) as client:
            client.command("DROP DATABASE clickhouse_itself SYNC")
            client.command("CREATE DATABASE clickhouse_itself")
            client.command("SYSTEM STOP MERGES")
            for name in ("raw_events", "usage_table", "usage_view"):
                client.command((_SQL / f"{name}.sql").read_text(encoding="utf-8"))
            yield client


def _blocks(frames: list[bytes], events_per_insert: int) -> Iterator[bytes]:
    block: list[bytes] = []
    event_count = 0
    for frame in frames:
        block.append(frame)
        event_count += frame.count(b"\n") + 1
        if event_count >= events_per_insert:
            yield b"\n".join(block)
            block, event_count = [], 0
    if block:
        yield b"\n".join(block)
