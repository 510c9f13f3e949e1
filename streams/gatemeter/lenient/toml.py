"""Reads TOML whose nesting is bounded.

The standard library's parser calls itself for every level, and takes memory in proportion to the square of a dotted
key: a hundred kilobytes of brackets or dots would end the process.
"""

import re
import tomllib
from collections.abc import Callable
from typing import Any

DEEPEST = 32
"""Levels of nesting, and parts of a dotted key; no file of ours has more than four."""

LARGEST_BYTES = 16 * 1024 * 1024

# A text in quotes, or a comment, each to its end; else one character that counts. Nothing is tried twice.
# Groups with alternatives that may fail are not possessive: before 3.11.5 Python goes on in their middle,
# https://github.com/python/cpython/issues/106052.
_TOKEN = re.compile(
    r'"""(?:[^"\\]++|\\.|(?!""")")*(?:"{3,5}|\\?\Z)'
    r"|'''(?:[^']++|(?!''')')*(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]|\\[^\n])*+(?:"|\\?(?=\n|\Z))'
    r"|'[^'\n]*+(?:'|(?=\n|\Z))"
    r"|#[^\n]*+"
    r"|[\[\]{}.=\n,]",
    re.DOTALL,
)
_OPENING, _CLOSING = "[{", "]}"


def parse_toml(text: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The document in `text`. Raises ValueError if it is not TOML, is too long, or is nested too deeply."""
    if len(text) > LARGEST_BYTES:
        msg = f"longer than {LARGEST_BYTES} characters"
        raise ValueError(msg)
    _require_shallow(text)
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except RecursionError as error:
        msg = "nested too deeply"
        raise ValueError(msg) from error


def _require_shallow(text: str) -> None:
    depth = dots = line = 0
    for found in _TOKEN.finditer(text):
        character = found[0]
        line += character.count("\n")
        if character == ".":
            dots += 1
        elif character in "=,\n" or character in _OPENING + _CLOSING:
            dots = 0
            depth = max(0, depth + (character in _OPENING) - (character in _CLOSING))
        if max(depth, dots) > DEEPEST:
            msg = f"nested deeper than {DEEPEST} levels (at line {line + 1})"
            raise ValueError(msg)
