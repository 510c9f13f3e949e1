"""`gatemeter budgets`: what may be used, what is used of it, and announcing what is crossed."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from gatemeter.budgets.budget_files import load_budgets
from gatemeter.budgets.budget_list import (
    CheckedBudget,
    ListedBudget,
    checked_budget,
    lines_of_unknown,
    listed_budgets,
    shown_budget,
)
from gatemeter.budgets.evaluation import Evaluator
from gatemeter.cli.options.budgets import budget_options
from gatemeter.cli.options.connections import kafka_option, store_options
from gatemeter.cli.options.duration import Duration
from gatemeter.cli.output import ResultForm, form_options, output, say
from gatemeter.cli.suggestions import SuggestingGroup
from gatemeter.clock import SystemClock
from gatemeter.embedded.end_signals import end_requested
from gatemeter.errors import ExitCode, SettingsError
from gatemeter.output.layout import TableLayout
from gatemeter.output.text import shortened
from gatemeter.plans.plan_files import load_plans
from gatemeter.wire.topics import BUDGETS_TOPIC
from gatemeter.wiring.store import open_store

_BUDGETS = TableLayout(keys=("budget",), most_important=("limit", "currency", "window", "thresholds"))
_CHECKED = TableLayout(
    columns=("budget", "scope", "used", "limit", "currency", "percent", "reached", "begin", "end", "meter"),
    keys=("budget", "scope"),
    most_important=("used", "limit", "currency", "percent"),
    first_left_out=("is_known", "meter", "note", "end"),
    unit_columns={"used": "currency", "limit": "currency"},
)


@click.group("budgets", cls=SuggestingGroup, short_help="Budgets: what is used of them, and announcing crossings.")
def command() -> None:
    """Budgets say how much may be used in a time. docs/budgets.md describes the file."""


@command.command("list")
@budget_options
@form_options
def list_command(budgets: Path, plans: Path | None, *, form: ResultForm) -> None:
    """What a budget file declares; no store is needed. A file that cannot be used is refused by line."""
    book = load_budgets(budgets, None if plans is None else load_plans(plans))
    output([dataclasses.asdict(each) for each in listed_budgets(book)], _names(ListedBudget), form, _BUDGETS)


@command.command("check")
@budget_options
@store_options
@click.option("--budget", metavar="NAME", help="Only this budget.")
@form_options
def check_command(
    budgets: Path,
    plans: Path | None,
    *,
    data: Path | None,
    clickhouse: str | None,
    budget: str | None,
    form: ResultForm,
) -> ExitCode:
    """What is used of each budget now; exit code 9 if one is used up in the window of now. Nothing is announced.

    Who has used nothing is listed where the file names it. Of a calendar window that has just ended, the last one is
    shown, too: events of it may be stored late.
    """
    accounts = None if plans is None else load_plans(plans)
    book = load_budgets(budgets, accounts)
    if budget is not None and all(each.name != budget for each in book.budgets):
        known = ", ".join(each.name for each in book.budgets)
        raise SettingsError(f"there is no budget {shortened(budget)!r}", where="--budget", do=f"there are {known}")
    with open_store(data, clickhouse, only_reads=True) as client:
        found = Evaluator(book, accounts).evaluate(client, SystemClock().now())
    uses = [each for each in found.uses if budget in (None, each.budget.name)]
    if form.is_table:
        columns = [name for name in _names(CheckedBudget) if name != "used_at_least"]
        output([shown_budget(each) for each in uses], columns, form, _CHECKED)
    else:
        output([dataclasses.asdict(checked_budget(each)) for each in uses], _names(CheckedBudget), form, _CHECKED)
    for line in lines_of_unknown(uses):
        say(line)
    is_used_up = any(each.is_used_up and each.window.end > found.at for each in uses)
    return ExitCode.DIFFERENCE if is_used_up else ExitCode.OK


@command.command("watch")
@budget_options
@store_options
@kafka_option(is_required=False)
@click.option(
    "--crossings-topic",
    default=BUDGETS_TOPIC,
    show_default=True,
    metavar="TOPIC",
    help="Where crossings are announced, a message each.",
)
@click.option("--every", type=Duration(), default="15s", show_default=True, metavar="TIME", help="How often to look.")
@click.option(
    "--once",
    is_flag=True,
    help="Look once, announce what is crossed, and end; with exit code 11 if one is not delivered.",
)
def watch_command(
    budgets: Path,
    plans: Path | None,
    *,
    data: Path | None,
    clickhouse: str | None,
    kafka: str | None,
    crossings_topic: str,
    every: timedelta,
    once: bool,
) -> None:
    """Announce each threshold that is crossed, once, to a Kafka topic and to the webhooks of the budget file.

    Kafka is that of a gatemeter up on --data, or --kafka. Of several watchers with Kafka one announces, and another one
    goes on where it ends or dies; without Kafka run one. Prints each try as a JSON line, until SIGTERM or Ctrl-C.
    """
    from gatemeter.wiring.budgets import budget_watcher

    if not every:
        raise SettingsError("no time lies between two looks", where="--every", do="give 15s, say")
    accounts = None if plans is None else load_plans(plans)
    book = load_budgets(budgets, accounts)
    evaluator = Evaluator(book, accounts)
    with (
        budget_watcher(evaluator, data, clickhouse, kafka, crossings_topic, say) as watcher,
        end_requested() as is_stopping,
    ):
        if once:
            watcher.run_once(is_stopping)
            say(f"{len(book.budgets)} budget{'' if len(book.budgets) == 1 else 's'} looked at")
        else:
            watcher.run(every.total_seconds(), is_stopping)


def _names(shape: Any) -> list[str]:
    return [each.name for each in dataclasses.fields(shape)]
