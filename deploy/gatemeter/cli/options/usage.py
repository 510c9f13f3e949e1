"""The options of the reports of usage: which periods, which hours in which zone, and whose."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

import click

from gatemeter.cli.options.span import Command, moment_options
from gatemeter.output.layout import TableLayout
from gatemeter.reports.period import Period, TimeSpan, parse_zone
from gatemeter.reports.usage_parameters import UTC, Subject, UsageParameters

_PERIOD_HELP = "What to add up to; weeks are ISO weeks, named by their Monday."


def usage_options(default_period: Period | None = Period.MONTH) -> Callable[[Command], Command]:
    """Add --period, --consumer, --subject, --from, --to and --tz; the command gets the fields of `UsageParameters`."""

    def decorated(command: Command) -> Command:
        @click.option(
            "--period",
            type=_choice(Period),
            default=default_period and default_period.value,
            show_default=default_period is not None,
            help=_PERIOD_HELP if default_period else f"{_PERIOD_HELP} Without it, the whole span.",
        )
        @click.option("--consumer", metavar="NAME", multiple=True, help="Id, user name or custom id; may be repeated.")
        @click.option(
            "--subject",
            type=_choice(Subject),
            default=Subject.ID.value,
            show_default=True,
            help="The consumer's name to bill by; the id where there is none.",
        )
        @moment_options
        @click.option(
            "--tz",
            metavar="ZONE",
            default=UTC,
            show_default=True,
            help="Time zone of periods, --from and --to, such as Europe/Berlin. Usage is stored per hour, so its "
            "offsets from UTC have to be whole hours.",
        )
        @functools.wraps(command)
        def with_usage(
            *arguments: Any, period: str | None, consumer: Sequence[str], subject: str, to: str, tz: str, **options: Any
        ) -> Any:
            usage = {
                "period": None if period is None else Period(period),
                "span": TimeSpan.parse(options.pop("from"), to, parse_zone(tz)),
                "consumers": consumer,
                "subject": Subject(subject),
                "time_zone": tz,
            }
            return command(*arguments, **usage, **options)

        return with_usage

    return decorated


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


def zone_caption(layout: TableLayout, usage: UsageParameters) -> TableLayout:
    """`layout` with a line that names the time zone of the periods, if it is not UTC."""
    if usage.time_zone == UTC:
        return layout
    return replace(layout, captions=(*layout.captions, f"periods in the time zone {usage.time_zone}"))


def _choice(values: type[StrEnum]) -> click.Choice[str]:
    return click.Choice([each.value for each in values])
