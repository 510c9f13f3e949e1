"""Candidates of a benchmark, and how their CPU time is taken."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Run:
    """CPU seconds (user and system, all threads) that one run needed for `event_count` events.

    `start_up_cpu_s` is what a child process needed to start, and not part of `cpu_s`; None without a child process.
    """

    event_count: int
    cpu_s: float
    start_up_cpu_s: float | None = None

    @property
    def us_per_event(self) -> float:
        """CPU microseconds per event."""
        return self.cpu_s / self.event_count * 1e6


class Candidate(Protocol):
    """Something that counts events and is measured. Every run starts from nothing."""

    @property
    def name(self) -> str:
        """What the result calls it."""

    def run(self) -> Run:
        """Count all events once. Raises GatemeterError if that is not possible or the count is wrong."""


@dataclass(slots=True)
class Measurement:
    """All runs of one candidate."""

    name: str
    runs: list[Run] = field(default_factory=list)

    @property
    def us_per_event(self) -> float:
        """The median over the runs."""
        return statistics.median(run.us_per_event for run in self.runs)

    @property
    def range_us(self) -> tuple[float, float]:
        """The best and the worst run."""
        costs = [run.us_per_event for run in self.runs]
        return min(costs), max(costs)

    @property
    def start_up_cpu_s(self) -> float | None:
        """The median over the runs; None for a candidate without a child process."""
        known = [run.start_up_cpu_s for run in self.runs if run.start_up_cpu_s is not None]
        return statistics.median(known) if known else None


def measure_in_turn(
    candidates: Sequence[Candidate], rounds: int, on_progress: Callable[[str], None]
) -> list[Measurement]:
    """Run every candidate once a round, so that other load on the machine affects all of them alike."""
    measurements = [Measurement(candidate.name) for candidate in candidates]
    for number in range(1, rounds + 1):
        for candidate, measurement in zip(candidates, measurements, strict=True):
            run = candidate.run()
            measurement.runs.append(run)
            on_progress(f"round {number} of {rounds}: {candidate.name}: {run.us_per_event:.2f} us/event")
    return measurements
