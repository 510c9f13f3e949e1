"""How wide a table may be."""

import os
from typing import TextIO

_DEFAULT_COLUMNS = 80


def table_width(stream: TextIO) -> int | None:
    """The columns of `stream`: what COLUMNS says, else the terminal's, else 80.

    None, for as wide as it takes, where `stream` is a file or a pipe and COLUMNS says nothing.
    """
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    if not stream.isatty():
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_COLUMNS
    except (OSError, ValueError):
        return _DEFAULT_COLUMNS
