"""The option that names price books. Reports take it too, so that nothing heavy is imported here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_OWN_BOOK = "A price book of your own, on top of the one that comes along; may be repeated."


def prices_option(command: Callable[..., Any], *, purpose: str = _OWN_BOOK) -> Callable[..., Any]:
    """Add `--prices`; `command` gets `prices: tuple[Path, ...]`. `purpose` is its help."""
    return click.option(
        "--prices",
        multiple=True,
        type=click.Path(readable=False, path_type=Path, dir_okay=False),
        envvar="GATEMETER_PRICES",
        help=purpose,
    )(command)
