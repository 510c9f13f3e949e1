"""No number depends on the machine's clock: it may jump as it likes."""

import ast
import re
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from tests.support.kong_events import request_line
from tests.support.logs import chunk_of, counter_of, flush_to, without_version
from tests.support.repository import ROOT, STAGES

THE_CLOCK = Path("producers/gatemeter/clock.py")
OF_THE_WALL = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
_MAY_READ_IT = re.compile(rf"\b({'|'.join(re.escape(name) for name in sorted(OF_THE_WALL))})\b")


def modules() -> Iterator[Path]:
    for room in STAGES:
        yield from (path.relative_to(ROOT) for path in (ROOT / room).rglob("*.py"))


def calls(path: Path) -> set[str]:
    """The names of what a module calls; of one that names no clock, nothing: to read them takes long."""
    text = (ROOT / path).read_text(encoding="utf-8")
    tree = ast.parse(text if _MAY_READ_IT.search(text) else "")
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_only_the_clock_reads_the_time_of_day() -> None:
    assert [path for path in modules() if calls(path) & OF_THE_WALL] == [THE_CLOCK]


def test_a_clock_that_jumps_between_years_changes_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    steady, jumping = MemorySink(), MemorySink()
    count(steady)
    moments_s = cycle((0.0, 4e9, 1.7e9, -1.0))
    monkeypatch.setattr(time, "time", lambda: next(moments_s))
    monkeypatch.setattr(time, "monotonic", lambda: next(moments_s))
    count(jumping)
    assert without_version(jumping) == without_version(steady)


def count(sink: MemorySink) -> None:
    counter = counter_of(epoch_size=10)
    for first in range(0, 40, 5):
        counter.add(chunk_of(first, [request_line(f"e{first + index}") for index in range(5)]))
        flush_to(counter, sink)
