"""Numbers as characters: a line of levels, and bars. What is not known is a gap."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

GAP = " "
_UTF8 = ("utf-8", "utf8")
_LOCALE_VARIABLES = ("LC_ALL", "LC_CTYPE", "LANG")

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Characters to draw with: `levels` from the lowest to the highest, `bars` from the thinnest to a whole one."""

    levels: str
    bars: str


BLOCKS = Glyphs("▁▂▃▄▅▆▇█", "▏▎▍▌▋▊▉█")
ASCII = Glyphs("_.-:=+*#", "#")


def terminal_glyphs(environment: Mapping[str, str] = os.environ) -> Glyphs:
    """Blocks, or ASCII where the locale that the environment names is not of UTF-8, or the terminal is a dumb one."""
    locale = next((environment[name] for name in _LOCALE_VARIABLES if environment.get(name)), "UTF-8")
    is_utf8 = locale.lower().endswith(_UTF8) or any(f"{each}@" in locale.lower() for each in _UTF8)
    return BLOCKS if is_utf8 and environment.get("TERM") != "dumb" else ASCII


def sparkline(values: Values, width: int, glyphs: Glyphs) -> str:
    """One character a value, from 0 or the smallest one below it up to the greatest.

    Of more than `width` values as many as needed share a character, which shows the greatest of them.
    """
    cells = _condensed(values, width)
    known = [each for each in cells if each is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    return "".join(GAP if each is None else _level(each, low, high, glyphs.levels) for each in cells)


def values_per_character(count: int, width: int) -> int:
    """How many of `count` values share a character of a sparkline."""
    return max(1, ceil(count / max(1, width)))


def bar(value: float | None, greatest: float, width: int, glyphs: Glyphs) -> str:
    """A bar whose whole `width` is `greatest`; nothing for what is not known, and for 0 and less."""
    if value is None or value <= 0 or greatest <= 0:
        return ""
    steps = len(glyphs.bars)
    whole, rest = divmod(max(1, round(value / greatest * width * steps)), steps)
    return glyphs.bars[-1] * whole + (glyphs.bars[rest - 1] if rest else "")


def _condensed(values: Values, width: int) -> list[float | None]:
    share = values_per_character(len(values), width)
    parts = (values[start : start + share] for start in range(0, len(values), share))
    return [max((each for each in part if each is not None), default=None) for part in parts]


def _level(value: float, low: float, high: float, levels: str) -> str:
    if high == low:
        return levels[0]
    return levels[min(len(levels) - 1, int((value - low) / (high - low) * len(levels)))]
