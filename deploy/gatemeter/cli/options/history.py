"""The options that say how a file of another system's counts is laid out."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, get_args

import click

from gatemeter.errors import SettingsError
from gatemeter.imported_usage.history_file import COLUMNS, HistoryLayout
from gatemeter.reports.period import Period, ReportPeriod

Command = Callable[..., Any]

DEFAULT_SOURCE = "kong-plugin-billable"

period_kind_option = click.option(
    "--period",
    type=click.Choice([period.value for period in get_args(ReportPeriod)]),
    default=Period.MONTH.value,
    show_default=True,
    help="The kind of its periods.",
)


def history_options(command: Command) -> Command:
    """Add --period, --for, --column and --ignore-column; `command` gets `layout: HistoryLayout`."""

    @period_kind_option
    @click.option("--for", "named_period", metavar="PERIOD", help="The period of all rows, where no column has it.")
    @click.option(
        "--column", "columns", multiple=True, metavar="OURS=THEIRS", help="What FILE calls one of the columns."
    )
    @click.option("--ignore-column", "ignored", multiple=True, metavar="THEIRS", help="A column of FILE to leave out.")
    @functools.wraps(command)
    def with_layout(
        *arguments: Any,
        period: str,
        named_period: str | None,
        columns: Sequence[str],
        ignored: Sequence[str],
        **options: Any,
    ) -> Any:
        layout = HistoryLayout(Period(period), named_period, _renamed(columns), ignored)
        return command(*arguments, layout=layout, **options)

    return with_layout


def _renamed(columns: Sequence[str]) -> dict[str, str]:
    renamed: dict[str, str] = {}
    for text in columns:
        ours, equals, theirs = text.partition("=")
        if not equals or not theirs or ours not in COLUMNS or ours in renamed:
            raise SettingsError(
                f"{text!r} does not name one of our columns once", where="--column", do=f"ours are {', '.join(COLUMNS)}"
            )
        renamed[ours] = theirs
    return renamed
