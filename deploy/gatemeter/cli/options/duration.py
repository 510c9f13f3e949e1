"""Lengths of time as people write them: 30s, 10m, 2h."""

import re
from datetime import timedelta
from typing import Any

import click

_FORM = re.compile(r"(?P<number>\d{1,6})(?P<unit>[smh])", re.ASCII)
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}


class Duration(click.ParamType):
    """`10m` as a timedelta."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read `value`; a usage error for anything else."""
        if isinstance(value, timedelta):
            return value
        match = _FORM.fullmatch(str(value).strip().lower())
        if match is None:
            self.fail(f"{str(value)[:40]!r} is no length of time; write 30s, 10m or 2h", param, ctx)
        return int(match["number"]) * _UNITS[match["unit"]]
