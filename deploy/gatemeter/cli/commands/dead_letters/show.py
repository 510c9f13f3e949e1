"""`gatemeter dead-letters show`."""

from pathlib import Path

import click

from gatemeter.cli.commands.dead_letters.list import dead_letter_at
from gatemeter.cli.options.store import store_options
from gatemeter.errors import SettingsError
from gatemeter.output.records import json_text
from gatemeter.output.text import escaped
from gatemeter.reports.dead_letters import DeadLetterRow
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.wire.event_location import EventLocation
from gatemeter.wiring.store import open_store

_KEPT_AS_THEY_ARE = "\n\t"


@click.command("show")
@click.argument("place", metavar="PLACE")
@store_options
@click.option("--json", is_flag=True, help="A JSON object; bytes of the text that are not UTF-8 are replaced.")
@click.option("--raw", is_flag=True, help="The kept bytes alone, unchanged.")
def show_command(place: str, data: Path | None, clickhouse: str | None, *, json: bool, raw: bool) -> None:
    r"""Show one dead letter: all that is known of it, and the text that was kept.

    Of an event longer than 16 KiB the first 16 KiB were kept, and credentials and addresses in it were replaced.
    Control characters are shown as \x1b; --raw writes them as they are.
    """
    if json and raw:
        raise SettingsError("--json and --raw are both given", do="give one of them")
    wanted = EventLocation.parse(place)
    with open_store(data, clickhouse) as client:
        dead_letter = dead_letter_at(client, wanted)
    if raw:
        click.get_binary_stream("stdout").write(dead_letter.raw)
    elif json:
        record = DeadLetterRow.of(dead_letter).model_dump()
        click.echo(json_text({**record, "raw": dead_letter.raw.decode("utf-8", "replace")}), nl=False)
    else:
        click.echo(shown(dead_letter))


def shown(dead_letter: DeadLetter) -> str:
    """The fields, a line each, and the text below them, with control characters escaped."""
    fields = {
        name: "" if value is None else str(value) for name, value in DeadLetterRow.of(dead_letter).model_dump().items()
    }
    width = max(map(len, fields))
    lines = [f"{name:{width}}  {escaped(value)}" for name, value in fields.items()]
    text = escaped(dead_letter.raw.decode("utf-8", "backslashreplace"), kept=_KEPT_AS_THEY_ARE)
    return "\n".join([*lines, "", text])
