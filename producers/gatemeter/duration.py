"""Lengths of time as people write them: a number and a unit, as 10m or 4w."""

import re
from datetime import timedelta

_FORM = re.compile(r"(?P<number>\d{1,6})(?P<unit>[smhdw])", re.ASCII)
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def parse_duration(text: str, units: str) -> timedelta | None:
    """The length that `text` says in one of `units`, letters of `smhdw`; None for anything else."""
    match = _FORM.fullmatch(text.strip().lower())
    if match is None or match["unit"] not in units:
        return None
    return int(match["number"]) * _UNITS[match["unit"]]
