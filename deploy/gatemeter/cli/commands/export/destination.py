"""The options that say where an export goes, and the token for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.errors import InputError

Command = Callable[..., Any]


def out_options(command: Command) -> Command:
    """Add --out and --token-file; `command` gets `out: str` and `token_file: Path | None`."""
    with_token = click.option(
        "--token-file",
        cls=TableOnlyOption,
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="GATEMETER_EXPORT_TOKEN_FILE",
        show_envvar=True,
        help="A file with the Bearer token for an HTTP server.",
    )(command)
    return click.option(
        "--out",
        required=True,
        metavar="DIR|URL",
        help="A directory, s3://BUCKET/PREFIX, or https://HOST/FOLDER (PUT); empty, or with the same export.",
    )(with_token)


def read_token(path: Path | None) -> str:
    """The token in the file, '' without one. Raises InputError."""
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("the token file cannot be read", where=str(path), do="check --token-file") from error
