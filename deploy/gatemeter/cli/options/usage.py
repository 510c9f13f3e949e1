"""The options that choose usage: which hours, in which time zone and periods, and whose."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar, get_args

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.output import say
from gatemeter.output.layout import PERIOD, TableLayout
from gatemeter.reports.absence import why_no_rows
from gatemeter.reports.merged_subjects import merged_note, merged_subjects
from gatemeter.reports.period import Period, ReportPeriod, TimeSpan, WrittenSpan
from gatemeter.reports.usage_parameters import Subject, UsageParameters
from gatemeter.reports.zoned_span import UTC_ZONE, span_in_zone

Command = Callable[..., Any]
Row = TypeVar("Row")

_PERIOD_HELP = "What to add up to; weeks are ISO weeks, named by their Monday."


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


@dataclass(frozen=True, slots=True)
class UsageOptions:
    """What the options say; the names are those of `UsageParameters`, and `span` waits for the time zone."""

    period: Period | None
    span: WrittenSpan
    consumers: Sequence[str]
    subject: Subject
    time_zone: str

    def parameters(self, client: Client) -> dict[str, Any]:
        """The fields of `UsageParameters`. Raises as `span_in_zone` does."""
        return {
            "period": self.period,
            "span": span_in_zone(client, self.span, self.time_zone),
            "consumers": self.consumers,
            "subject": self.subject,
            "time_zone": self.time_zone,
        }


def usage_options(default_period: Period | None = Period.MONTH) -> Callable[[Command], Command]:
    """Add --period, --consumer, --subject, --from, --to and --tz; the command gets `usage: UsageOptions`."""

    def decorated(command: Command) -> Command:
        @click.option(
            "--period",
            type=_choice(get_args(ReportPeriod)),
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
            default=UTC_ZONE,
            show_default=True,
            help="Time zone of periods, --from and --to, such as Europe/Berlin. Usage is stored per hour, so its "
            "offsets from UTC have to be whole hours.",
        )
        @functools.wraps(command)
        def with_usage(
            *arguments: Any, period: str | None, consumer: Sequence[str], subject: str, to: str, tz: str, **options: Any
        ) -> Any:
            span = WrittenSpan.parse(options.pop("from"), to)
            if tz == UTC_ZONE:
                span.in_utc()  # what cannot be meant is refused before a store is opened
            usage = UsageOptions(
                None if period is None else Period(period),
                span,
                consumer,
                Subject(subject),
                tz,
            )
            return command(*arguments, usage=usage, **options)

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


def say_merged_subjects(client: Client, parameters: UsageParameters, table: str) -> None:
    """Say on stderr which rows of a report of `table` add consumers of several workspaces up."""
    if note := merged_note(merged_subjects(client, parameters, table=table), parameters.subject):
        say(note)


def with_notes(client: Client, parameters: UsageParameters, table: str, rows: Iterable[Row]) -> Iterator[Row]:
    """`rows` of a report of `table`.

    Before the first row, stderr says which rows add consumers of several workspaces up; after none, why there are none.
    """
    say_merged_subjects(client, parameters, table)
    is_empty = True
    for row in rows:
        is_empty = False
        yield row
    if is_empty:
        say(f"no rows: {why_no_rows(client, parameters, table=table)}")


def zone_caption(layout: TableLayout, usage: UsageParameters) -> TableLayout:
    """`layout` with a line that names the time zone of the periods, if it is not UTC."""
    if usage.time_zone == UTC_ZONE:
        return layout
    caption = {PERIOD: f"periods in the time zone {usage.time_zone}"}
    return replace(layout, column_captions={**layout.column_captions, **caption})


def _choice(values: Iterable[StrEnum]) -> click.Choice[str]:
    return click.Choice([each.value for each in values])
