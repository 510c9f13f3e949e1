"""How far a long run is: a bar with rate and ETA on a terminal, else a line now and then. Always on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from gatemeter.clock import Clock, SystemClock

LINE_INTERVAL_S = 10.0


class ProgressReport(Protocol):
    """Shows progress; cheap enough to be called for every batch."""

    def update(self, done: int, events: int) -> None:
        """`done` of the total given at the start, in its unit, and `events` handled so far."""


@contextmanager
def report_progress(
    verb: str,
    total: int | None,
    *,
    unit: str = "events",
    console: Console | None = None,
    clock: Clock | None = None,
) -> Iterator[ProgressReport]:
    """Show progress towards `total` (None: unknown) inside the block; the bar is gone after it.

    `unit` is what is counted beside it.
    """
    console = console or Console(stderr=True)
    clock = clock or SystemClock()
    if not console.is_terminal:
        yield _Lines(verb, total, unit, console, clock)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(f"{{task.fields[events]:,}} {unit}, {{task.fields[rate]:,.0f}}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(verb, total=total, events=0, rate=0.0)
        yield _Bar(progress, task, clock, clock.monotonic_s())


@dataclass(slots=True)
class _Bar:
    progress: Progress
    task: TaskID
    clock: Clock
    started_s: float

    def update(self, done: int, events: int) -> None:
        rate = events / max(self.clock.monotonic_s() - self.started_s, 1e-3)
        self.progress.update(self.task, completed=done, events=events, rate=rate)


class _Lines:
    def __init__(self, verb: str, total: int | None, unit: str, console: Console, clock: Clock) -> None:
        self._verb = verb
        self._total = total
        self._unit = unit
        self._console = console
        self._clock = clock
        self._started_s = self._last_s = clock.monotonic_s()

    def update(self, done: int, events: int) -> None:
        now_s = self._clock.monotonic_s()
        if now_s - self._last_s < LINE_INTERVAL_S:
            return
        self._last_s = now_s
        elapsed_s = now_s - self._started_s
        text = f"{self._verb}: {events:,} {self._unit}, {events / elapsed_s:,.0f}/s"
        if self._total and done:
            left_s = elapsed_s / done * max(0, self._total - done)
            text += f", {100 * done / self._total:.0f} %, about {left_s:.0f} s left"
        self._console.print(text, markup=False, highlight=False)
