"""The option that names a plan file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gatemeter.cli.settings_file import TableOnlyOption

PLAN_FILE = click.Path(readable=False, path_type=Path, dir_okay=False)


def plans_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --plans, also GATEMETER_PLANS; `command` gets `plans: Path`."""
    return _named("--plans")(command)


def plan_or_plans_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --plans, also as --plan, for commands that choose no plan of the file."""
    return _named("--plans", "--plan")(command)


def _named(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        *names,
        "plans",
        type=PLAN_FILE,
        required=True,
        metavar="FILE",
        envvar="GATEMETER_PLANS",
        show_envvar=True,
        help="The plan file (docs/billing.md), TOML, YAML or JSON.",
    )


def period_option(
    help_text: str = "The period that begins in this month: 2026-02.",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add --period, of which a command has one; it gets `period: str`."""
    # In a settings file under the command alone: for reports it is the kind of a period.
    return click.option("--period", cls=TableOnlyOption, required=True, metavar="MONTH", help=help_text)
