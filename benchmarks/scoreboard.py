"""The result: a table of what an event costs each contestant, and whether the targets are met."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from benchmarks.contestants import Score
from benchmarks.lineup import CLICKHOUSE


@dataclass(frozen=True, slots=True)
class Heat:
    """Contestants that counted the same `events`, which are described for people."""

    events: str
    scores: Sequence[Score]

    def score(self, name: str) -> Score:
        """The one of that name."""
        return next(score for score in self.scores if score.name == name)


@dataclass(frozen=True, slots=True)
class Target:
    """`score` is to need at most 1/`factor` of the CPU time of `rival`."""

    score: Score
    rival: Score
    factor: float

    @property
    def ratio(self) -> float:
        """How many times as fast `score` is."""
        return self.rival.us_per_event / self.score.us_per_event

    @property
    def is_met(self) -> bool:
        """Whether that is enough."""
        return self.ratio >= self.factor

    def __str__(self) -> str:
        verdict = "PASS" if self.is_met else "FAIL"
        return f"{verdict}  {self.score.name}: {self.ratio:.2f}x {self.rival.name} (target: {self.factor:g}x)"


def print_result(heats: Sequence[Heat], plain_faust: Score, targets: Sequence[Target], console: Console) -> None:
    """Print the tables, what is not in them, and a line for each target."""
    for heat in heats:
        console.print(_table(heat, plain_faust))
        for score in heat.scores:
            if score.start_up_cpu_s is not None:
                console.print(f"not included: {score.start_up_cpu_s:.2f} CPU s to start, of {score.name}")
    for target in targets:
        console.print(str(target), style="green" if target.is_met else "red")


def _table(heat: Heat, plain_faust: Score) -> Table:
    clickhouse = heat.score(CLICKHOUSE)
    table = Table(title=heat.events, title_justify="left")
    table.add_column("counted by")
    for heading in ("us CPU/event", "best .. worst", "events/CPU s", "x ClickHouse", "x plain Faust"):
        table.add_column(heading, justify="right")
    for score in heat.scores:
        table.add_row(*_cells(score, clickhouse, plain_faust))
    return table


def _cells(score: Score, clickhouse: Score, plain_faust: Score) -> tuple[str, ...]:
    cost_us = score.us_per_event
    best_us, worst_us = score.range_us
    return (
        score.name,
        f"{cost_us:.2f}",
        f"{best_us:.2f} .. {worst_us:.2f}",
        f"{1e6 / cost_us:,.0f}",
        f"{clickhouse.us_per_event / cost_us:.2f}",
        f"{plain_faust.us_per_event / cost_us:.1f}",
    )
