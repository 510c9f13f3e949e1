"""The options that name a budget file, and the accounts that it is for."""

from collections.abc import Callable
from typing import Any

import click

from gatemeter.cli.options.plans import PLAN_FILE


def budget_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --budgets, also GATEMETER_BUDGETS, and --plans; `command` gets `budgets: Path` and `plans: Path | None`."""
    return optional_budget_options(command, is_required=True)


def optional_budget_options(command: Callable[..., Any], *, is_required: bool = False) -> Callable[..., Any]:
    """As `budget_options`; `budgets` is None where it is not given."""
    with_plans = click.option(
        "--plans",
        type=PLAN_FILE,
        metavar="FILE",
        envvar="GATEMETER_PLANS",
        show_envvar=True,
        help="The plan file whose accounts have budgets.",
    )
    with_budgets = click.option(
        "--budgets",
        type=PLAN_FILE,
        required=is_required,
        metavar="FILE",
        envvar="GATEMETER_BUDGETS",
        show_envvar=True,
        help="The budget file (docs/budgets.md), TOML, YAML or JSON.",
    )
    return with_budgets(with_plans(command))
