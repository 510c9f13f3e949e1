"""`gatemeter decode`: how each event of a file is read."""

from collections.abc import Iterable, Iterator
from json import dumps
from pathlib import Path
from typing import Any

import click

from gatemeter.cli.event_record import event_record
from gatemeter.cli.options.file_format import texts_of_format
from gatemeter.cli.options.metering import format_option, reading_options
from gatemeter.escaping import escaped
from gatemeter.formats.explain import explain_decoding
from gatemeter.metering.ruleset import Metering

_COMPUTED = ("cost_computed", "cost_savings", "embeddings_cost")


@click.command("decode", short_help="Show how each event of a file is read.")
@click.argument("path", metavar="FILE", type=click.Path(readable=False, path_type=Path, allow_dash=True))
@reading_options
@format_option
@click.option("--json", is_flag=True, help="A list with an object for each event.")
def command(path: Path, metering: Metering, format: str, *, json: bool) -> None:  # noqa: A002
    """Show how the events of FILE are read, priced and counted, or why one is a dead letter. Nothing is stored.

    Each event is looked at by itself: copies, which metering counts once, are not looked for.

    FILE holds a JSON object a line, one object over many lines, or an array of objects; plain, .gz or .zst; `-` is
    standard input.
    """
    texts, log_format = texts_of_format(path, format)
    records = (
        event_record(event, line, metering.prices)
        for line, text in texts
        for event in explain_decoding(text, metering.times, log_format, meters=metering.meters)
    )
    if json:
        _output_json(records)
    else:
        for record in records:
            click.echo("\n".join(_described(record, metering.prices.currency)))


def _output_json(records: Iterable[dict[str, Any]]) -> None:
    """One object at a time: a file may hold millions of them."""
    separator = "["
    for record in records:
        click.echo(f"{separator}\n  {dumps(record)}", nl=False)
        separator = ","
    click.echo("[]" if separator == "[" else "\n]")


def _described(record: dict[str, Any], currency: str) -> Iterator[str]:
    yield f"line {record['line']}: {record['kind']}" + (f", {record['reason']}" if record["reason"] else "")
    for name, value in record.items():
        if name not in ("line", "kind", "reason"):
            yield from _lines_of(name, _in_currency(value, currency) if name == "llm" else value, "  ")


def _in_currency(calls: Iterable[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    """`calls` with the currency behind what was computed; the log does not name the currency of reported costs."""
    return [
        {key: f"{value} {currency}" if key in _COMPUTED and value is not None else value for key, value in call.items()}
        for call in calls
    ]


def _lines_of(name: str, value: Any, indent: str) -> Iterator[str]:
    """`name: value`; members of objects below it, one paragraph for each object of a list; nothing for no value."""
    if value is None or value == []:
        return
    if isinstance(value, dict):
        members = {key: each for key, each in value.items() if each is not None}
        if members:
            yield f"{indent}{name}: " + ", ".join(f"{key} {_shown(each)}" for key, each in members.items())
    elif isinstance(value, list) and isinstance(value[0], dict):
        for number, each in enumerate(value, 1):
            yield f"{indent}{name} {number}:"
            for key, member in each.items():
                yield from _lines_of(key, member, indent + "  ")
    elif isinstance(value, list):
        yield f"{indent}{name}:"
        yield from (f"{indent}  {_shown(each)}" for each in value)
    else:
        yield f"{indent}{name}: {_shown(value)}"


def _shown(value: Any) -> str:
    return escaped(str(value))
