"""The options `--from` and `--to`, which say of which hours."""

import functools
from collections.abc import Callable
from typing import Any

import click

from gatemeter.reports.period import TimeSpan

Command = Callable[..., Any]


def span_options(command: Command) -> Command:
    """Add --from and --to, read in UTC; `command` gets `span: TimeSpan`."""

    @moment_options
    @functools.wraps(command)
    def with_span(*arguments: Any, to: str | None, **options: Any) -> Any:
        span = TimeSpan.parse(options.pop("from"), to)
        return command(*arguments, span=span, **options)

    return with_span


def moment_options(command: Command) -> Command:
    """Add --from and --to; `command` gets the texts `from` and `to`."""
    # The parameters are named as the flags, so that settings files and the environment name them so too.
    begin = click.option(
        "--from", "from", metavar="WHEN", help="Begin at this time: 2026-02, 2026-02-01 or 2026-02-01T10:00."
    )
    end = click.option("--to", "to", metavar="WHEN", help="Leave out this time and all after it; as --from.")
    return begin(end(command))
