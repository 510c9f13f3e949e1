"""The options that reports share; each decorator hands the command what it needs, checked and typed."""

import functools
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import click

from gatemeter.contracts.errors import SettingsError
from gatemeter.queries.output import OutputFormat
from gatemeter.queries.period import Period, TimeSpan
from gatemeter.queries.usage_parameters import Subject

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


def usage_options(command: Command) -> Command:
    """Add the options of a report of consumers' usage; `command` gets the fields of `UsageParameters`."""

    @click.option("--period", type=_choice(Period), default=Period.MONTH.value, show_default=True)
    @click.option("--consumer", metavar="NAME", multiple=True, help="Id, user name or custom id; may be repeated.")
    @click.option(
        "--subject",
        type=_choice(Subject),
        default=Subject.ID.value,
        show_default=True,
        help="The consumer's name to bill by; the id where there is none.",
    )
    @span_options
    @functools.wraps(command)
    def with_usage(*arguments: Any, period: str, consumer: Sequence[str], subject: str, **options: Any) -> Any:
        return command(*arguments, period=Period(period), consumers=consumer, subject=Subject(subject), **options)

    return with_usage


def by_option(default: Sequence[StrEnum]) -> Callable[[Command], Command]:
    """Add --by; the command gets `by`, texts for `parse_groups`."""
    return click.option(
        "--by",
        metavar="COLUMN,...",
        multiple=True,
        default=[group.value for group in default],
        show_default=True,
        help="What to group by; may be repeated.",
    )


def _choice(values: type[StrEnum]) -> click.Choice[str]:
    return click.Choice([each.value for each in values])


def _form(*, json: bool, csv: bool) -> OutputFormat:
    if json and csv:
        raise SettingsError("--json and --csv are both given", do="give one of them")
    return OutputFormat.JSON if json else OutputFormat.CSV if csv else OutputFormat.TABLE
