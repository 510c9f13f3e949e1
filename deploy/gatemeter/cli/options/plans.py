"""The option that names a plan file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

PLAN_FILE = click.Path(readable=False, path_type=Path, dir_okay=False)


def plans_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --plans, also GATEMETER_PLANS; `command` gets `plans: Path`."""
    return click.option(
        "--plans",
        type=PLAN_FILE,
        required=True,
        metavar="FILE",
        envvar="GATEMETER_PLANS",
        show_envvar=True,
        help="The plan file (docs/billing.md), TOML, YAML or JSON.",
    )(command)
