"""The options of reports of usage; each decorator hands the command what it needs, checked and typed."""

import functools
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import click

from gatemeter.deploy.result_options import Command, span_options
from gatemeter.queries.period import Period
from gatemeter.queries.usage_parameters import Subject


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
