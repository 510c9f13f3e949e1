"""What a command prints: its form, by the options `--json`, `--csv`, `--parquet` and `--wide`, and writing it.

Results go to stdout, or to a file that is there whole or not at all. Progress, notes and errors go to stderr.
"""

import functools
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import click

from gatemeter.errors import SettingsError
from gatemeter.escaping import escaped
from gatemeter.output.chart import write_chart
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import OutputFormat, Record, write_records
from gatemeter.output.result_file import result_file, write_whole
from gatemeter.output.text import table_width

Command = Callable[..., Any]

_FILE = click.Path(path_type=Path, dir_okay=False)

_WIDE_HELP = (
    "A table with all columns, however long the lines are. Without it, columns are left out to fit COLUMNS or the "
    "terminal, else 80; output to a file or pipe is wide unless COLUMNS is set."
)

_RAW_HELP = (
    "CSV cells as they are. Without it, texts that a spreadsheet takes for a formula (= + - @ in front) begin with an "
    "apostrophe, and a terminal is shown control characters escaped."
)


@dataclass(frozen=True, slots=True)
class ResultForm:
    """The form of the records that a command prints; `is_wide` and `is_chart` concern tables, `is_raw` CSV.

    They go to the file `to`, or to stdout. With `parquet` they are written as Parquet to that file instead.
    """

    format: OutputFormat = OutputFormat.TABLE
    is_wide: bool = False
    is_raw: bool = False
    is_chart: bool = False
    to: Path | None = None
    parquet: Path | None = None

    @property
    def is_table(self) -> bool:
        """Whether people read it."""
        return self.format is OutputFormat.TABLE and self.parquet is None


def export_options(command: Command) -> Command:
    """Add --parquet to what `form_options` adds; a command whose `form` has it calls `output_parquet`."""
    return click.option(
        "--parquet",
        type=_FILE,
        metavar="FILE",
        help="Write FILE, in the columnar format of data tools; it is there whole or not at all.",
    )(form_options(command))


def form_options(command: Command) -> Command:
    """Add --json, --csv, --output, --raw and --wide; `command` gets `form: ResultForm`."""
    to_file = click.option(
        "--output", type=_FILE, metavar="FILE", help="Write FILE, whole or not at all, and nothing to stdout."
    )
    command = to_file(command)
    with_raw = click.option("--raw", is_flag=True, help=_RAW_HELP)(json_form_options(command))
    return click.option("--csv", is_flag=True, help="CSV with a header line.")(with_raw)


def json_form_options(command: Command) -> Command:
    """Add --json and --wide; `command` gets `form: ResultForm`."""

    @click.option("--json", is_flag=True, help="A JSON list of objects.")
    @click.option("--wide", is_flag=True, help=_WIDE_HELP)
    @functools.wraps(command)
    def with_form(*arguments: Any, **options: Any) -> Any:
        return command(*arguments, form=taken_form(options), **options)

    return with_form


def taken_form(options: dict[str, Any]) -> ResultForm:
    """The form that the options say, which are taken out of `options`."""
    taken = {name: options.pop(name, None) for name in ("json", "csv", "raw", "wide", "output", "parquet")}
    others = [taken[name] for name in ("json", "csv", "wide", "output")]
    if taken["raw"] and not taken["csv"]:
        raise SettingsError("--raw is given without --csv", do="add --csv, or leave it out")
    if taken["parquet"] is not None and any(others):
        raise SettingsError("--parquet is given beside another form of output", do="give one of them")
    return ResultForm(
        _format(json=bool(taken["json"]), csv=bool(taken["csv"])),
        bool(taken["wide"]),
        bool(taken["raw"]),
        to=taken["output"],
        parquet=taken["parquet"],
    )


def chart_option(command: Command) -> Command:
    """Add --chart to a command that has the options of `form_options` already; it changes `form: ResultForm`."""

    @click.option(
        "--chart",
        is_flag=True,
        help="A line over the periods for each group, or a bar where there are none, in place of a table.",
    )
    @functools.wraps(command)
    def with_chart(*arguments: Any, chart: bool, form: ResultForm, **options: Any) -> Any:
        return command(*arguments, form=replace(form, is_chart=chart), **options)

    return with_chart


def say_captions(captions: Iterable[str]) -> None:
    """Write to stderr what a table has above it, for forms of output that have no place for it."""
    for caption in captions:
        say(caption)


def say(note: str, *, err: bool = True) -> None:
    """Write a line for people to stderr, or stdout, with what is not printable escaped."""
    click.echo(escaped(note), err=err)


def output(
    records: Iterable[Record], columns: Sequence[str], form: ResultForm, layout: TableLayout | None = None
) -> None:
    """Write `records` as they are read, each with exactly `columns`, in that order.

    `layout` arranges a table or chart.
    """
    # UTF-8 whatever the terminal says: names of consumers hold any letter, and a file keeps what is written.
    if form.to is not None:
        with result_file(form.to) as file:
            text = io.TextIOWrapper(file, "utf-8", "backslashreplace", newline="")
            _write(records, columns, form, layout, text, width=None)
            text.detach()
        return
    stream = click.get_text_stream("stdout", encoding="utf-8", errors="backslashreplace")
    _write(records, columns, form, layout, stream, width=None if form.is_wide else table_width(stream))


def _write(
    records: Iterable[Record],
    columns: Sequence[str],
    form: ResultForm,
    layout: TableLayout | None,
    stream: TextIO,
    *,
    width: int | None,
) -> None:
    if form.is_table and form.is_chart and layout is not None:
        write_chart(records, layout, stream, width)
    else:
        write_records(records, columns, form.format, stream, layout=layout, width=width, is_raw=form.is_raw)
    stream.flush()


def output_parquet(pieces: Iterable[bytes], path: Path) -> None:
    """Write the file, and say its size on stderr."""
    size_bytes = write_whole(path, pieces)
    say(f"{path}: {size_bytes:,} bytes")


def _format(*, json: bool, csv: bool) -> OutputFormat:
    if json and csv:
        raise SettingsError("--json and --csv are both given", do="give one of them")
    return OutputFormat.JSON if json else OutputFormat.CSV if csv else OutputFormat.TABLE
