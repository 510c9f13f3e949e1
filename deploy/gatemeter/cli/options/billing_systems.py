"""The options that say where a billing system is, what it calls accounts, and which key opens it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gatemeter.billing_systems.mapping_file import DEFAULT_URLS
from gatemeter.cli.options.secret_file import secret_in
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.errors import SettingsError

Command = Callable[..., Any]

_FILE = click.Path(path_type=Path, dir_okay=False)


def billing_system_options(name: str) -> Callable[[Command], Command]:
    """Add --mapping, --out and --key-file; a command gets `mapping`, and `out` and `key_file` or None."""
    options = (
        click.option(
            "--mapping",
            cls=TableOnlyOption,
            type=_FILE,
            required=True,
            metavar="FILE",
            envvar="GATEMETER_EXPORT_MAPPING",
            show_envvar=True,
            help="Customers and names of events, TOML.",
        ),
        click.option(
            "--out", cls=TableOnlyOption, metavar="URL", help=f"The API, if it is not at {DEFAULT_URLS[name]}."
        ),
        click.option(
            "--key-file",
            cls=TableOnlyOption,
            type=_FILE,
            metavar="FILE",
            help=f"A file with the API key; or {key_variable(name)} in the environment.",
        ),
    )

    def with_options(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return with_options


def key_variable(name: str) -> str:
    """The environment variable with the key of a system."""
    return f"GATEMETER_{name.upper()}_KEY"


def api_key(name: str, path: Path | None) -> str:
    """The key in the file `path`, or in the environment. Raises InputError for the file, SettingsError for no key."""
    variable = key_variable(name)
    if path is None:
        if key := os.environ.get(variable, "").strip():
            return key
        raise SettingsError("no API key is given", do=f"say --key-file FILE, or set {variable}")
    return secret_in(path, "key")
