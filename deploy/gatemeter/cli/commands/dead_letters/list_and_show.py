"""`gatemeter dead-letters list` and `show`, and the options that choose dead letters."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.originals import opening_option
from gatemeter.cli.options.usage import span_options
from gatemeter.cli.output import ResultForm, form_options, output, say
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.corrections.replay import original_text
from gatemeter.errors import SettingsError
from gatemeter.escaping import escaped
from gatemeter.metering.originals import OriginalKeys, Unopened
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import Record, json_text
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

_LIMIT_OF_A_TABLE = 100
_ALL = 2**62
_KEPT_AS_THEY_ARE = "\n\t"

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


COLUMNS = tuple(DeadLetterRow.model_fields)
COLUMNS_FOR_PEOPLE = ("place", "topic", "message_time", "format", "reason", "detail", "raw_size_bytes", "kept")
"""The place says log, partition, offset, line and event_index."""

_DEAD_LETTERS = TableLayout(
    keys=("place", "reason"),
    first_left_out=("raw_size_bytes", "kept", "format", "message_time", "topic"),
    never_cut=("place", "reason"),
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
            if not counts:
                say(f"no rows: {_why_none(client)}")
            return
        limit = limit or (_LIMIT_OF_A_TABLE if form.is_table else _ALL)
        rows = list_dead_letters(client, chosen, limit)
        output(*_listed(rows, form), form, _DEAD_LETTERS)
        if not rows:
            say(f"no rows: {_why_none(client)}")
        elif len(rows) == limit:
            _say_how_many_more(client, chosen, limit)


def _listed(rows: Sequence[DeadLetterRow], form: ResultForm) -> tuple[list[Record], Sequence[str]]:
    if not form.is_table:
        return [row.model_dump() for row in rows], COLUMNS
    return [{**row.model_dump(), "message_time": row.message_time or ""} for row in rows], COLUMNS_FOR_PEOPLE


def _why_none(client: Client) -> str:
    counts = count_dead_letters(client, DeadLetterFilter())
    if not counts:
        return "no dead letters are stored"
    reasons = ", ".join(sorted({count.reason for count in counts}))
    return (
        f"{sum(count.letters for count in counts):,} dead letters are stored, and none is like that; reasons: {reasons}"
    )


def _say_how_many_more(client: Client, chosen: DeadLetterFilter, limit: int) -> None:
    more = sum(count.letters for count in count_dead_letters(client, chosen)) - limit
    if more > 0:
        click.echo(f"and {more:,} more; list them with --limit, or count them with --summary", err=True)


@click.command("show")
@click.argument("place", metavar="PLACE")
@store_options
@opening_option
@click.option("--json", is_flag=True, help="A JSON object; bytes of the text that are not UTF-8 are replaced.")
@click.option("--raw", is_flag=True, help="The text alone, its bytes unchanged.")
@click.option("--masked", is_flag=True, help="What is stored in clear, though the key is here.")
def show_command(
    place: str,
    data: Path | None,
    clickhouse: str | None,
    *,
    keys: OriginalKeys | None,
    json: bool,
    raw: bool,
    masked: bool,
) -> None:
    r"""Show one dead letter: all that is known of it, and the event as it was rejected.

    What may hold secrets is stored encrypted. Who has the key sees the event; anybody else sees what is kept in clear
    of it: the fields that are metered, and of all others the type and size. Control characters are shown as \x1b; --raw
    writes them as they are.
    """
    if json and raw:
        raise SettingsError("--json and --raw are both given", do="give one of them")
    wanted = EventLocation.parse(place)
    with open_store(data, clickhouse) as client:
        dead_letter = dead_letter_at(client, wanted)
    text = _text(dead_letter, keys, masked=masked)
    if raw:
        click.get_binary_stream("stdout").write(text)
    elif json:
        record = DeadLetterRow.of(dead_letter).model_dump()
        click.echo(json_text({**record, "raw": text.decode("utf-8", "replace")}), nl=False)
    else:
        click.echo(shown(dead_letter, text))


def _text(dead_letter: DeadLetter, keys: OriginalKeys | None, *, masked: bool) -> bytes:
    """The event if it can be read, else what is kept in clear of it; stderr says why."""
    original = dead_letter.raw if masked else original_text(dead_letter, keys)
    if isinstance(original, Unopened):
        click.echo(f"the original is not shown: {original.why}; this is what is kept in clear", err=True)
        return dead_letter.raw
    return original


def shown(dead_letter: DeadLetter, text: bytes) -> str:
    """The fields, a line each, and `text` below them, with control characters escaped."""
    fields = {
        name: "" if value is None else str(value) for name, value in DeadLetterRow.of(dead_letter).model_dump().items()
    }
    width = max(map(len, fields))
    lines = [f"{name:{width}}  {escaped(value)}" for name, value in fields.items()]
    return "\n".join([*lines, "", escaped(text.decode("utf-8", "backslashreplace"), kept=_KEPT_AS_THEY_ARE)])
