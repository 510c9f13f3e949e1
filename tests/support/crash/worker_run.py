"""A `gatemeter worker` as its users start it: a process of its own, with the usual settings and no faults.

`crash_worker` has workers with faults, forked by the worker pool.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil

from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from tests.support.gatemeter_command import COMMAND, environment
from tests.support.waiting import size_of, wait_for

_STARTS = re.compile(r"counting \S+ from (\[.*)")
_START = re.compile(r"\[(\d+)\]@(\d+)")


class WorkerRun:
    """A running worker; its log may hold those of workers before it."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, log_began: int) -> None:
        self.process = process
        self._log = log
        self._log_began = log_began

    @property
    def text(self) -> str:
        """What it has logged so far."""
        return self._log.read_bytes()[self._log_began :].decode()

    def starts(self) -> dict[int, int]:
        """The first offset it reads of each partition, once it says so."""
        self.wait_until(lambda: _STARTS.search(self.text), "the worker begins")
        found = _STARTS.search(self.text)
        assert found is not None
        return {int(partition): int(offset) for partition, offset in _START.findall(found[1])}

    def wait_until(
        self, condition: Callable[[], object], what: str, progress: Callable[[], object] = lambda: None
    ) -> None:
        """Return once `condition` holds; fail without `progress` for long. A log that grows is a sign of life."""
        wait_for(condition, f"{what}; see {self._log}", progress, lambda: size_of(self._log))

    def rss_bytes(self) -> int:
        """Its resident memory."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def stop_within(self, limit_s: float) -> float:
        """Send SIGTERM; the seconds until the worker was gone. Fails after `limit_s`, or if it ends with an error."""
        began_s = time.monotonic()
        self.process.terminate()
        try:
            code = self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still there after {limit_s:.0f} s:\n{self.text}") from None
        assert code == 0, self.text
        took_s = time.monotonic() - began_s
        sys.stderr.write(f"stopped in {took_s:.1f} s\n")
        return took_s


@contextmanager
def worker_run(*options: str, kafka: str, clickhouse: str, log: Path) -> Iterator[WorkerRun]:
    """A worker for the length of a block, at whose end it is killed if it still runs."""
    env = {**environment(), "GATEMETER_KAFKA": kafka, "GATEMETER_CLICKHOUSE": clickhouse}
    with log.open("ab") as output:
        log_began = os.fstat(output.fileno()).st_size
        process = subprocess.Popen(
            [*COMMAND, "worker", *options], stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env
        )
        try:
            yield WorkerRun(process, log, log_began)
        finally:
            process.kill()
            process.wait()


def ask(database: str, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with closing(connect(ClickHouseAddress.parse(database))) as client:
        return [tuple(row) for row in client.query(query).result_rows]
