"""Writes what a command found to stdout. Progress, notes and errors go to stderr."""

from collections.abc import Iterable, Sequence

import click

from gatemeter.cli.options.form import ResultForm
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import Record, write_records
from gatemeter.output.text import table_width


def say_captions(captions: Iterable[str]) -> None:
    """Write to stderr what a table has above it, for forms of output that have no place for it."""
    for caption in captions:
        click.echo(caption, err=True)


def output(
    records: Sequence[Record], columns: Sequence[str], form: ResultForm, layout: TableLayout | None = None
) -> None:
    """Write `records` to stdout, each with exactly `columns`, in that order; `layout` arranges a table."""
    # UTF-8 whatever the terminal says: names of consumers hold any letter, and a file keeps what is written.
    stream = click.get_text_stream("stdout", encoding="utf-8", errors="backslashreplace")
    width = None if form.is_wide else table_width(stream)
    write_records(records, columns, form.format, stream, layout=layout, width=width)
    stream.flush()
