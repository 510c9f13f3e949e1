"""How wide a table may be."""

import os
import re
from typing import TextIO

_DEFAULT_COLUMNS = 80
_COLUMNS = re.compile(r"0*([1-9]\d{0,8})", re.ASCII)


def environment_columns() -> int | None:
    """What COLUMNS says; None where it is not set, or not a width."""
    found = _COLUMNS.fullmatch(os.environ.get("COLUMNS", ""))
    return None if found is None else int(found[1])


def table_width(stream: TextIO) -> int | None:
    """The columns of `stream`: what COLUMNS says, else the terminal's, else 80.

    None, for as wide as it takes, where `stream` is a file or a pipe and COLUMNS says nothing.
    """
    columns = environment_columns()
    if columns is not None:
        return columns
    if not stream.isatty():
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_COLUMNS
    except (OSError, ValueError):
        return _DEFAULT_COLUMNS
