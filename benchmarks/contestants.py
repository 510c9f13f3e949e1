"""What takes part in a benchmark, and how its CPU time is taken."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Run:
    """CPU seconds (user and system) that one run needed for `event_count` events, all threads together.

    `start_up_cpu_s` is what a process of its own needed to start; it is not part of `cpu_s`.
    """

    event_count: int
    cpu_s: float
    start_up_cpu_s: float | None = None

    @property
    def us_per_event(self) -> float:
        """CPU microseconds an event."""
        return self.cpu_s / self.event_count * 1e6


class Contestant(Protocol):
    """Counts its events, whenever asked, from nothing."""

    @property
    def name(self) -> str:
        """What the result calls it."""

    def run(self) -> Run:
        """Count everything once. Raises GatemeterError if that is not possible or came out wrong."""


@dataclass(slots=True)
class Score:
    """All runs of one contestant."""

    name: str
    runs: list[Run] = field(default_factory=list)

    @property
    def us_per_event(self) -> float:
        """The median of the runs."""
        return statistics.median(run.us_per_event for run in self.runs)

    @property
    def range_us(self) -> tuple[float, float]:
        """The best and the worst run."""
        costs = [run.us_per_event for run in self.runs]
        return min(costs), max(costs)

    @property
    def start_up_cpu_s(self) -> float | None:
        """The median; None for what runs in our own process."""
        known = [run.start_up_cpu_s for run in self.runs if run.start_up_cpu_s is not None]
        return statistics.median(known) if known else None


def interleaved(contestants: Sequence[Contestant], rounds: int, note: Callable[[str], None]) -> list[Score]:
    """Let all run once a round, so that whatever else the machine does meets all of them alike."""
    scores = [Score(contestant.name) for contestant in contestants]
    for number in range(1, rounds + 1):
        for contestant, score in zip(contestants, scores, strict=True):
            run = contestant.run()
            score.runs.append(run)
            note(f"round {number} of {rounds}: {contestant.name}: {run.us_per_event:.2f} us/event")
    return scores
