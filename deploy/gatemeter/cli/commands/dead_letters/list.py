"""The options that say which dead letters, and finding one by its place.

`gatemeter dead-letters list`.
"""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.options.form import ResultForm, form_options
from gatemeter.cli.options.span import span_options
from gatemeter.cli.options.store import store_options
from gatemeter.cli.output import output
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.errors import SettingsError
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import Record
from gatemeter.reports.dead_letters import (
    DeadLetterFilter,
    DeadLetterRow,
    ReasonCount,
    count_dead_letters,
    find_dead_letter,
    list_dead_letters,
)
from gatemeter.reports.period import TimeSpan
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.wire.event_location import EventLocation
from gatemeter.wiring.store import open_store

TIMES_NOTE = """--from and --to go by the time at which Kafka says that the message was written, in full hours (UTC).
    Dead letters of files have no such time, and are left out with either."""


def dead_letter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --reason, --topic, --log, --from and --to; `command` gets `chosen: DeadLetterFilter`."""

    @click.option(
        "--reason",
        cls=TableOnlyOption,
        metavar="CODE",
        multiple=True,
        help="Dead letters with this reason; may be repeated.",
    )
    @click.option(
        "--topic",
        cls=TableOnlyOption,
        metavar="NAME",
        default="",
        help="Dead letters of this topic, or of the file at this path.",
    )
    @click.option("--log", metavar="ID", default="", help="Dead letters of this log, the first part of a place.")
    @span_options
    @functools.wraps(command)
    def with_filter(
        *arguments: Any, reason: tuple[str, ...], topic: str, log: str, span: TimeSpan, **options: Any
    ) -> Any:
        return command(*arguments, chosen=DeadLetterFilter(reason, topic, log, span), **options)

    return with_filter


def dead_letter_at(client: Client, place: EventLocation) -> DeadLetter:
    """The dead letter that stands at `place`. Raises SettingsError if there is none."""
    dead_letter = find_dead_letter(client, place)
    if dead_letter is None:
        raise SettingsError(
            "no dead letter stands here (any more)",
            where=str(place),
            do="copy a place from the first column of gatemeter dead-letters list",
        )
    return dead_letter


_LIMIT_OF_A_TABLE = 100
_ALL = 2**62

COLUMNS = tuple(DeadLetterRow.model_fields)
COLUMNS_FOR_PEOPLE = ("place", "topic", "message_time", "format", "reason", "detail", "raw_size_bytes")
"""The place says log, partition, offset, line and event_index."""

_DEAD_LETTERS = TableLayout(
    keys=("place", "reason"),
    first_left_out=("raw_size_bytes", "format", "message_time", "topic"),
    never_cut=("place",),
)
_COUNTS = TableLayout(keys=("topic", "reason"), most_important=("letters",), totals=("letters",))


@click.command(
    "list",
    help=f"""List the dead letters that stand, in the order of their logs.

    The place in the first column is what show and replay take.

    {TIMES_NOTE}
    """,
)
@store_options
@dead_letter_options
@click.option("--limit", type=click.IntRange(min=1), help="The most to list [default: 100 in a table, else all].")
@click.option("--summary", is_flag=True, help="Count them by topic and reason instead.")
@form_options
def list_command(
    data: Path | None,
    clickhouse: str | None,
    *,
    chosen: DeadLetterFilter,
    limit: int | None,
    summary: bool,
    form: ResultForm,
) -> None:
    """List the dead letters that `chosen` leaves; see `help`."""
    with open_store(data, clickhouse) as client:
        if summary:
            counts = [count.model_dump() for count in count_dead_letters(client, chosen)]
            output(counts, tuple(ReasonCount.model_fields), form, _COUNTS)
            return
        limit = limit or (_LIMIT_OF_A_TABLE if form.is_table else _ALL)
        rows = list_dead_letters(client, chosen, limit)
        output(*_listed(rows, form), form, _DEAD_LETTERS)
        if len(rows) == limit:
            _say_how_many_more(client, chosen, limit)


def _listed(rows: Sequence[DeadLetterRow], form: ResultForm) -> tuple[list[Record], Sequence[str]]:
    if not form.is_table:
        return [row.model_dump() for row in rows], COLUMNS
    return [{**row.model_dump(), "message_time": row.message_time or ""} for row in rows], COLUMNS_FOR_PEOPLE


def _say_how_many_more(client: Client, chosen: DeadLetterFilter, limit: int) -> None:
    more = sum(count.letters for count in count_dead_letters(client, chosen)) - limit
    if more > 0:
        click.echo(f"and {more:,} more; list them with --limit, or count them with --summary", err=True)
