"""Lengths of time as options take them: 30s, 10m, 2h."""

from datetime import timedelta
from typing import Any

import click

from gatemeter.duration import parse_duration


class Duration(click.ParamType):
    """`10m` as a timedelta."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read `value`; a usage error for anything else."""
        if isinstance(value, timedelta):
            return value
        found = parse_duration(str(value), "smh")
        if found is None:
            self.fail(f"{str(value)[:40]!r} is no length of time; write 30s, 10m or 2h", param, ctx)
        return found
