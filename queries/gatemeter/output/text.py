"""Text for a terminal, whose columns are the unit of width: counted, cut and wrapped."""

import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TextIO

from rich.cells import cell_len, get_character_cell_size

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_LONGEST_REPEATED = 80
_DEFAULT_COLUMNS = 80
_COLUMNS = re.compile(r"0*([1-9]\d{0,8})", re.ASCII)

_MOST_CHARACTERS_A_COLUMN = 4
"""A column of the terminal can hold any number of combining marks; more than these are cut."""

_EMOJI_STYLE = "\N{VARIATION SELECTOR-16}"
_WORD = re.compile(r"\s*\S+")


def shortened(text: str) -> str:
    """`text`, or of a long one its first characters and `...`: for messages that repeat what somebody gave."""
    return text if len(text) <= _LONGEST_REPEATED else f"{text[:_LONGEST_REPEATED]}..."


def count_of(number: int, noun: str) -> str:
    """`1 epoch`, `1,024 epochs`; `noun` takes an s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class _CharacterWidths(dict[str, int]):
    """The width of each character, looked up once."""

    def __missing__(self, char: str) -> int:
        self[char] = get_character_cell_size(char)
        return self[char]


_WIDTHS = _CharacterWidths({_EMOJI_STYLE: 1})


def text_width(text: str) -> int:
    """How many columns of a terminal `text` takes; letters of East Asia take two."""
    if text.isascii():
        return len(text)
    return cell_len(text) if _EMOJI_STYLE in text else sum(map(_WIDTHS.__getitem__, text))


def cut_text(text: str, width: int) -> str:
    """`text` in at most `width` columns; an ellipsis in the middle stands for what is cut."""
    is_measurable = len(text) <= width * _MOST_CHARACTERS_A_COLUMN
    if is_measurable and text_width(text) <= width:
        return text
    end_width = max(0, width - 1) // 2
    start = text_start(text, max(0, width - 1 - end_width))
    return start + ELLIPSIS + _fitting(reversed(text), end_width)[::-1]


def text_start(text: str, width: int) -> str:
    """As much of the beginning of `text` as fits into `width` columns."""
    return text[:width] if text.isascii() else _fitting(text, width)


def wrapped(text: str, width: int) -> Iterator[str]:
    """`text` in lines of at most `width` columns, broken between words, and within words that are longer."""
    line = ""
    for word in _WORD.findall(text):
        if text_width(line + word) <= width:
            line += word
            continue
        if line:
            yield line
        line = word.lstrip()
        while text_width(line) > width:
            start = text_start(line, width) or line[0]
            yield start
            line = line[len(start) :]
    if line:
        yield line


def _fitting(characters: Iterable[str], width: int) -> str:
    """The first of `characters` that fit into `width` columns."""
    fitting: list[str] = []
    for char in islice(characters, width * _MOST_CHARACTERS_A_COLUMN):
        width -= _WIDTHS[char]
        if width < 0:
            break
        fitting.append(char)
    return "".join(fitting)


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
