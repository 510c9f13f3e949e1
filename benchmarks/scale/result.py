"""The tables of the benchmark: what each question takes and whether that meets its goal, what tables weigh."""

from collections.abc import Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.table import Table

from benchmarks.scale.peers import Peers
from benchmarks.scale.questions import Question
from benchmarks.scale.sql_files import sql
from benchmarks.scale.timing import COMMAND_GOAL_S, Timing
from gatemeter.schema import API_USAGE

BYTES_PER_EVENT_GOAL = 2.0
_SHOWN_COLUMNS = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its answers in a process that has asked it before, and those of the whole command."""

    question: Question
    warm: Timing
    command: Timing

    @property
    def is_met(self) -> bool:
        """Whether the goals of both are met, by the clock."""
        return self.warm.median_s <= self.question.goal_s and self.is_command_met

    @property
    def is_command_met(self) -> bool:
        """Whether the whole command ends in time: in what an answer may take, and no sooner than in a second."""
        return self.command.median_s <= max(COMMAND_GOAL_S, self.question.goal_s)

    def __str__(self) -> str:
        return f"{self.question.name}: {self.warm}; command {self.command}"


def questions_table(title: str, asked: Sequence[Asked]) -> Table:
    """Medians by the clock with the fastest and slowest run and the CPU time, and which goals are missed."""
    table = Table(title=title, title_justify="left")
    for heading in ("question", "goal", "in a warm process", "whole command", ""):
        table.add_column(heading)
    for each in asked:
        is_met = each.warm.median_s <= each.question.goal_s
        missed = [*([] if is_met else ["answer"]), *([] if each.is_command_met else ["command"])]
        verdict = f"MISS: {' and '.join(missed)}" if missed else "met"
        table.add_row(each.question.name, f"{each.question.goal_s:g} s", str(each.warm), str(each.command), verdict)
    return table


def peers_table(peers: Peers, events: int) -> Table:
    """What the peers needed, for how much of the events."""
    share = f"1/{events / peers.events:.0f} of the events" if peers.events < events else "all events"
    table = Table(title=f"ClickHouse without gatemeter, {peers.events:,} events: {share}", title_justify="left")
    for heading in ("question", "table", "bytes/event", "answer"):
        table.add_column(heading)
    for each in peers.answers:
        weight = peers.bytes_by_table[each.table] / peers.events
        table.add_row(each.question, each.table, f"{weight:.2f}", str(each.timing))
    return table


def print_sizes(client: Client, console: Console) -> None:
    """Print what each table weighs per event, and the heaviest columns of the hourly rows."""
    (events,) = client.query("SELECT sum(requests) FROM api_usage_hourly").result_rows[0]
    tables = client.query(sql("table_sizes")).result_rows
    total = sum(row[2] for row in tables) / events
    verdict = "met" if total <= BYTES_PER_EVENT_GOAL else "MISS"
    console.print(f"{events:,} events, {total:.2f} bytes each (goal: {BYTES_PER_EVENT_GOAL:g}; {verdict})")
    for name, row_count, weight, parts in tables:
        console.print(f"  {name}: {row_count:,} rows, {weight / events:.3f} bytes/event, {parts} parts")
    columns = client.query(sql("column_sizes"), parameters={"table": API_USAGE.name}).result_rows
    for name, codec, compressed, _ in columns[:_SHOWN_COLUMNS]:
        console.print(f"    {name} {codec}: {compressed / events:.3f} bytes/event")
