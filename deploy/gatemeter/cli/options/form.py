"""The options `--json`, `--csv` and `--wide`: the form of what a command prints."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from gatemeter.errors import SettingsError
from gatemeter.output.records import OutputFormat

Command = Callable[..., Any]

_WIDE_HELP = (
    "A table with all columns, however long the lines are. Without it, columns are left out to fit COLUMNS or the "
    "terminal, else 80; output to a file or pipe is wide unless COLUMNS is set."
)


@dataclass(frozen=True, slots=True)
class ResultForm:
    """The form of the records that a command prints; `is_wide` concerns tables."""

    format: OutputFormat = OutputFormat.TABLE
    is_wide: bool = False

    @property
    def is_table(self) -> bool:
        """Whether people read it."""
        return self.format is OutputFormat.TABLE


def form_options(command: Command) -> Command:
    """Add --json, --csv and --wide; `command` gets `form: ResultForm`."""
    return click.option("--csv", is_flag=True, help="CSV with a header line.")(json_form_options(command))


def json_form_options(command: Command) -> Command:
    """Add --json and --wide; `command` gets `form: ResultForm`."""

    @click.option("--json", is_flag=True, help="A JSON list of objects.")
    @click.option("--wide", is_flag=True, help=_WIDE_HELP)
    @functools.wraps(command)
    def with_form(*arguments: Any, json: bool, wide: bool, csv: bool = False, **options: Any) -> Any:
        return command(*arguments, form=ResultForm(_format(json=json, csv=csv), wide), **options)

    return with_form


def _format(*, json: bool, csv: bool) -> OutputFormat:
    if json and csv:
        raise SettingsError("--json and --csv are both given", do="give one of them")
    return OutputFormat.JSON if json else OutputFormat.CSV if csv else OutputFormat.TABLE
