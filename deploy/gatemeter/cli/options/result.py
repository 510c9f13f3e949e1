"""The options of commands that put out records; each decorator hands the command what it needs, checked and typed.

Where the records of a report go.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import click

from gatemeter.errors import SettingsError
from gatemeter.reports.output import OutputFormat, Record, write_records
from gatemeter.reports.period import TimeSpan

Command = Callable[..., Any]


def form_options(command: Command) -> Command:
    """Add --json and --csv; `command` gets `form: OutputFormat`."""

    @click.option("--json", is_flag=True, help="A JSON list of objects.")
    @click.option("--csv", is_flag=True, help="CSV with a header line.")
    @functools.wraps(command)
    def with_form(*arguments: Any, json: bool, csv: bool, **options: Any) -> Any:
        return command(*arguments, form=_form(json=json, csv=csv), **options)

    return with_form


def span_options(command: Command) -> Command:
    """Add --from and --to; `command` gets `span: TimeSpan`."""

    # The parameters are named as the flags, so that settings files and the environment name them so too.
    @click.option("--from", "from", metavar="WHEN", help="Begin at this time: 2026-02, 2026-02-01 or 2026-02-01T10:00.")
    @click.option("--to", "to", metavar="WHEN", help="Leave out this time and all after it; as --from.")
    @functools.wraps(command)
    def with_span(*arguments: Any, to: str | None, **options: Any) -> Any:
        span = TimeSpan.parse(options.pop("from"), to)
        return command(*arguments, span=span, **options)

    return with_span


def _form(*, json: bool, csv: bool) -> OutputFormat:
    if json and csv:
        raise SettingsError("--json and --csv are both given", do="give one of them")
    return OutputFormat.JSON if json else OutputFormat.CSV if csv else OutputFormat.TABLE


def put_out(records: Sequence[Record], columns: Sequence[str], form: OutputFormat) -> None:
    """Write `records` to stdout, each with exactly `columns`, in that order."""
    # UTF-8 whatever the terminal says: names of consumers hold any letter, and a file keeps what is written.
    write_records(records, columns, form, click.get_text_stream("stdout", encoding="utf-8", errors="backslashreplace"))
