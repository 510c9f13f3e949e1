"""`gatemeter budgets`: what may be used, what is used of it, and announcing what is crossed."""

import dataclasses
from pathlib import Path
from typing import Any

import click

from gatemeter.budgets.budget_files import load_budgets
from gatemeter.budgets.budget_list import CheckedBudget, ListedBudget, checked_budget, listed_budgets
from gatemeter.budgets.evaluation import Evaluator
from gatemeter.cli.options.budgets import budget_options
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.output import ResultForm, form_options, output
from gatemeter.cli.suggestions import SuggestingGroup
from gatemeter.clock import SystemClock
from gatemeter.errors import ExitCode, SettingsError
from gatemeter.output.layout import TableLayout
from gatemeter.output.text import shortened
from gatemeter.plans.plan_files import load_plans
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
    """What is used of each budget now; exit code 9 if one is used up. Nothing is announced.

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
    output([dataclasses.asdict(checked_budget(each)) for each in uses], _names(CheckedBudget), form, _CHECKED)
    return ExitCode.DIFFERENCE if any(each.is_used_up for each in uses) else ExitCode.OK


def _names(shape: Any) -> list[str]:
    return [each.name for each in dataclasses.fields(shape)]
