"""Where the records of a report go."""

from collections.abc import Sequence

import click

from gatemeter.queries.output import OutputFormat, Record, write_records


def put_out(records: Sequence[Record], columns: Sequence[str], form: OutputFormat) -> None:
    """Write `records` to stdout, each with exactly `columns`, in that order."""
    # UTF-8 whatever the terminal says: names of consumers hold any letter, and a file keeps what is written.
    write_records(records, columns, form, click.get_text_stream("stdout", encoding="utf-8", errors="backslashreplace"))
