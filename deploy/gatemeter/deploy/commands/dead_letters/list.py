"""`gatemeter dead-letters list`."""

from collections.abc import Sequence
from pathlib import Path

import click
from clickhouse_connect.driver.client import Client

from gatemeter.deploy.commands.dead_letters.options import TIMES_NOTE, letter_options
from gatemeter.deploy.put_out import put_out
from gatemeter.deploy.result_options import form_options
from gatemeter.deploy.store import open_store
from gatemeter.deploy.store_options import store_options
from gatemeter.queries.dead_letter_report import (
    DeadLetterFilter,
    DeadLetterRow,
    ReasonCount,
    count_dead_letters,
    list_dead_letters,
)
from gatemeter.queries.output import OutputFormat, Record

_LIMIT_OF_A_TABLE = 100
_ALL = 2**62

COLUMNS = tuple(DeadLetterRow.model_fields)
COLUMNS_FOR_PEOPLE = ("place", "topic", "message_time", "format", "reason", "detail", "raw_size_bytes")
"""The place says log, partition, offset, line and event_index."""


@click.command(
    "list",
    help=f"""List the dead letters that stand, in the order of their logs.

    The place in the first column is what show and replay take.

    {TIMES_NOTE}
    """,
)
@store_options
@letter_options
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
    form: OutputFormat,
) -> None:
    """List the letters that `chosen` leaves; see `help`."""
    with open_store(data, clickhouse) as client:
        if summary:
            counts = [count.model_dump() for count in count_dead_letters(client, chosen)]
            put_out(counts, tuple(ReasonCount.model_fields), form)
            return
        limit = limit or (_LIMIT_OF_A_TABLE if form is OutputFormat.TABLE else _ALL)
        rows = list_dead_letters(client, chosen, limit)
        put_out(*_table(rows, form), form)
        if len(rows) == limit:
            _tell_how_many_more(client, chosen, limit)


def _table(rows: Sequence[DeadLetterRow], form: OutputFormat) -> tuple[list[Record], Sequence[str]]:
    if form is not OutputFormat.TABLE:
        return [row.model_dump() for row in rows], COLUMNS
    return [{**row.model_dump(), "message_time": row.message_time or ""} for row in rows], COLUMNS_FOR_PEOPLE


def _tell_how_many_more(client: Client, chosen: DeadLetterFilter, limit: int) -> None:
    more = sum(count.letters for count in count_dead_letters(client, chosen)) - limit
    if more > 0:
        click.echo(f"and {more:,} more; list them with --limit, or count them with --summary", err=True)
