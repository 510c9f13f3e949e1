"""The result: tables of what an event costs each candidate, and whether the targets are met."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from benchmarks.measuring import Measurement


@dataclass(frozen=True, slots=True)
class Comparison:
    """Measurements of candidates that counted the same `events`, which are described for people."""

    events: str
    measurements: Sequence[Measurement]

    def of(self, name: str) -> Measurement:
        """The measurement of the candidate with this name."""
        return next(measurement for measurement in self.measurements if measurement.name == name)


@dataclass(frozen=True, slots=True)
class Target:
    """`measured` must need at most 1/`factor` of the CPU time of `reference`."""

    measured: Measurement
    reference: Measurement
    factor: float

    @property
    def ratio(self) -> float:
        """How many times as fast as `reference` the measured candidate is."""
        return self.reference.us_per_event / self.measured.us_per_event

    @property
    def is_met(self) -> bool:
        """Whether it is fast enough."""
        return self.ratio >= self.factor

    def __str__(self) -> str:
        outcome = "PASS" if self.is_met else "FAIL"
        return f"{outcome}  {self.measured.name}: {self.ratio:.2f}x {self.reference.name} (target: {self.factor:g}x)"


def comparison_table(comparison: Comparison, clickhouse: Measurement, plain_faust: Measurement) -> Table:
    """A row for each candidate, with its speed as a multiple of ClickHouse's and plain Faust's."""
    table = Table(title=comparison.events, title_justify="left")
    table.add_column("counted by")
    for heading in ("us CPU/event", "best .. worst", "events/CPU s", "x ClickHouse", "x plain Faust"):
        table.add_column(heading, justify="right")
    for measurement in comparison.measurements:
        cost_us = measurement.us_per_event
        best_us, worst_us = measurement.range_us
        table.add_row(
            measurement.name,
            f"{cost_us:.2f}",
            f"{best_us:.2f} .. {worst_us:.2f}",
            f"{1e6 / cost_us:,.0f}",
            f"{clickhouse.us_per_event / cost_us:.2f}",
            f"{plain_faust.us_per_event / cost_us:.1f}",
        )
    return table


def print_start_up_costs(comparison: Comparison, console: Console) -> None:
    """Print the CPU time that child processes needed to start, which is in no row."""
    for measurement in comparison.measurements:
        if measurement.start_up_cpu_s is not None:
            console.print(f"not included: {measurement.start_up_cpu_s:.2f} CPU s to start, of {measurement.name}")


def print_targets(targets: Sequence[Target], console: Console) -> None:
    """Print a line for each target."""
    for target in targets:
        console.print(str(target), style="green" if target.is_met else "red")
