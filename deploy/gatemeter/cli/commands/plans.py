"""`gatemeter plans`: what plan files say, and whether they can be used."""

import dataclasses
from pathlib import Path
from typing import Any

import click

from gatemeter.billing.names_without_usage import never_seen
from gatemeter.cli.options.plans import PLAN_FILE, plans_option
from gatemeter.cli.output import ResultForm, form_options, output, say
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.cli.suggestions import SuggestingGroup
from gatemeter.errors import ExitCode, SettingsError
from gatemeter.output.layout import TableLayout
from gatemeter.output.text import shortened
from gatemeter.plans.plan_changes import PlanChange, plan_changes
from gatemeter.plans.plan_files import load_plans
from gatemeter.plans.plan_lint import PlanWarning, lint_warnings
from gatemeter.plans.plan_list import ListedCharge, listed_charges
from gatemeter.wiring.store import open_store

_CHARGES = TableLayout(
    keys=("plan", "charge"),
    most_important=("price", "currency"),
    first_left_out=("unit", "filter", "model", "valid_from"),
)
_CHANGES = TableLayout(keys=("what", "name", "field"), most_important=("after", "before"))


@click.group("plans", cls=SuggestingGroup, short_help="Check, show and compare the plans that accounts pay by.")
def command() -> None:
    """Read plan files: what accounts pay for which meters. docs/billing.md describes the file."""


@command.command("lint")
@click.argument("file", type=PLAN_FILE)
@click.option("--strict", is_flag=True, help="End with exit code 9 if there is a warning.")
@click.option(
    "--data",
    cls=TableOnlyOption,
    type=click.Path(readable=False, path_type=Path),
    help="Also warn of names of accounts that no usage in this directory has.",
)
@click.option("--clickhouse", cls=TableOnlyOption, metavar="URL", help="The same of a server.")
@form_options
def lint_command(file: Path, *, strict: bool, data: Path | None, clickhouse: str | None, form: ResultForm) -> ExitCode:
    """Check a plan file. A file that cannot be used is an error; a warning is what it probably does not mean.

    With a store, consumers, teams and workspaces that never had any usage are warned of: they may be misspelt.
    """
    if data is not None and clickhouse is not None:
        raise SettingsError("both --data and --clickhouse are given", do="give one of them")
    book = load_plans(file)
    say(f"{file}: {_counted(book.plans, 'plan')}, {_counted(book.accounts, 'account')}")
    warnings = list(lint_warnings(book))
    if data is not None or clickhouse is not None:
        with open_store(data, clickhouse, only_reads=True) as client:
            warnings += never_seen(client, book)
    if form.is_table:
        for warning in warnings:
            say(str(warning), err=False)
    else:
        output([dataclasses.asdict(each) for each in warnings], _names(PlanWarning), form)
    return ExitCode.DIFFERENCE if warnings and strict else ExitCode.OK


@command.command("show")
@plans_option
@click.option("--plan", metavar="NAME", help="Only this plan.")
@form_options
def show_command(plans: Path, *, plan: str | None, form: ResultForm) -> None:
    """What plans ask for, one line a charge."""
    listed = list(listed_charges(load_plans(plans)))
    if plan is not None and all(each.plan != plan for each in listed):
        known = ", ".join(dict.fromkeys(each.plan for each in listed))
        raise SettingsError(f"there is no plan {shortened(plan)!r}", where="--plan", do=f"there are {known}")
    rows = [each for each in listed if plan in (None, each.plan)]
    output([dataclasses.asdict(each) for each in rows], _names(ListedCharge), form, _CHARGES)


@command.command("diff")
@click.argument("before", type=PLAN_FILE)
@click.argument("after", type=PLAN_FILE)
@form_options
def diff_command(before: Path, after: Path, *, form: ResultForm) -> ExitCode:
    """What AFTER says otherwise than BEFORE; exit code 9 if that is anything."""
    changes = list(plan_changes(load_plans(before), load_plans(after)))
    output([dataclasses.asdict(each) for each in changes], _names(PlanChange), form, _CHANGES)
    return ExitCode.DIFFERENCE if changes else ExitCode.OK


def _counted(things: Any, word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def _names(shape: Any) -> list[str]:
    return [each.name for each in dataclasses.fields(shape)]
