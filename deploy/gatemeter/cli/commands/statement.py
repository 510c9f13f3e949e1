"""`gatemeter statement`: closed bills, and whether they are what was closed."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.bill_table import bill_layout
from gatemeter.billing.bill_totals import TOTAL_COLUMNS, TOTAL_LAYOUT, account_totals, currency_sums, total_notes
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.statement import Statement, chain_faults, decoded, encoded, statement_of
from gatemeter.billing.statement_amounts import amount_faults
from gatemeter.billing.statement_store import intact_statements, stored_statements
from gatemeter.cli.bill_lines import LINE_COLUMNS, line_records
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.plans import period_option
from gatemeter.cli.output import ResultForm, form_options, output, say, say_captions
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.cli.suggestions import SuggestingGroup
from gatemeter.errors import ExitCode, InputError, SettingsError
from gatemeter.output.layout import TableLayout
from gatemeter.output.result_file import write_whole
from gatemeter.output.text import shortened
from gatemeter.wiring.store import open_store

_FILE = click.Path(readable=False, path_type=Path, dir_okay=False)
_COLUMNS = ("number", "period", "closed_at", "lines", "corrections", "totals", "unknown_amounts", "sha256")
_LIST = TableLayout(
    keys=("number", "period"),
    never_cut=("sha256",),
    most_important=("totals", "lines", "corrections"),
    first_left_out=("unknown_amounts",),
)
_BY_ACCOUNT = click.option(
    "--by", cls=TableOnlyOption, type=click.Choice(["account"]), help="What each account pays in all, by currency."
)


@click.group("statement", cls=SuggestingGroup, short_help="List, show and check closed bills.")
def command() -> None:
    """Closed bills: each is a JSON object with the hash of the one before it."""


@command.command("list")
@store_options
@_BY_ACCOUNT
@form_options
def list_command(data: Path | None, clickhouse: str | None, *, by: str | None, form: ResultForm) -> None:
    """All statements of a store, by number, with what their lines come to in each currency."""
    with open_store(data, clickhouse, only_reads=True) as client:
        statements = stored_statements(client)
    if by is None:
        output(map(_listed, statements), _COLUMNS, form, _LIST)
    else:
        _output_totals([line for each in statements for line in each.lines], form)


@command.command("show")
@store_options
@period_option("The period that was closed: 2026-02.")
@click.option("--export", type=_FILE, metavar="FILE", help="Write the statement itself to FILE, for anybody to check.")
@_BY_ACCOUNT
@form_options
def show_command(
    data: Path | None, clickhouse: str | None, *, period: str, export: Path | None, by: str | None, form: ResultForm
) -> None:
    """The lines of a statement, and what they come to."""
    asked = str(BillingPeriod.parse(period))
    with open_store(data, clickhouse, only_reads=True) as client:
        found = statement_of(intact_statements(client), asked)
    if found is None:
        raise SettingsError(f"{asked} is not closed", where="--period", do="see gatemeter statement list")
    if export is not None:
        size_bytes = write_whole(export, [encoded(found), b"\n"])
        say(f"{export}: {size_bytes:,} bytes, sha256 {found.sha256}", err=False)
        return
    if by is not None:
        _output_totals(found.lines, form)
    else:
        output(line_records(found.lines), LINE_COLUMNS, form, bill_layout(found.lines))
    say_captions(total_notes(found.lines, see_all="--by account"))


@command.command("check")
@click.argument("files", type=_FILE, nargs=-1, metavar="[FILE]...")
@click.option(
    "--data",
    cls=TableOnlyOption,
    type=click.Path(readable=False, path_type=Path),
    help="Check the statements of this directory.",
)
@click.option("--clickhouse", cls=TableOnlyOption, metavar="URL", help="Check the statements of this server.")
def check_command(files: Sequence[Path], *, data: Path | None, clickhouse: str | None) -> ExitCode:
    """Whether statements are unchanged, follow each other, and round as they say; exit code 9 where they do not.

    FILE was written by show --export. No store is needed for files. Of files that begin with a later statement it says
    that the one before was not given.
    """
    if bool(files) == (data is not None or clickhouse is not None):
        raise SettingsError("files or a store are checked", do="name files, or --data DIR, or --clickhouse URL")
    if files:
        statements: Sequence[Statement] = sorted(map(_read, files), key=lambda each: each.number)
    else:
        with open_store(data, clickhouse, only_reads=True) as client:
            statements = stored_statements(client)
    faults = [
        *chain_faults(statements, is_whole=not files),
        *(each for one in statements for each in amount_faults(one)),
    ]
    for fault in faults:
        say(fault, err=False)
    if not faults:
        say(_praise(statements), err=False)
    return ExitCode.DIFFERENCE if faults else ExitCode.OK


def _output_totals(lines: Sequence[BillLine], form: ResultForm) -> None:
    output(map(msgspec.structs.asdict, account_totals(lines)), TOTAL_COLUMNS, form, TOTAL_LAYOUT)


def _praise(statements: Sequence[Statement]) -> str:
    if not statements:
        return "there are no statements"
    first = statements[0].number
    several = f"{len(statements):,} statements are unchanged and follow each other"
    said = f"statement {first} is unchanged" if len(statements) == 1 else several
    if first == 1:
        return said
    return f"{said}; statement {first - 1} was not given, so whether statement {first} follows it is not known"


def _listed(statement: Statement) -> dict[str, Any]:
    return {
        "number": statement.number,
        "period": statement.period,
        "closed_at": statement.closed_at,
        "lines": len(statement.lines),
        "corrections": sum(line.correction_of is not None for line in statement.lines),
        "totals": currency_sums(statement.lines),
        "unknown_amounts": sum(line.amount is None for line in statement.lines),
        "sha256": statement.sha256,
    }


def _read(path: Path) -> Statement:
    try:
        text = path.read_bytes()
        json.loads(text, object_pairs_hook=_named_once)
        return decoded(text)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), do="check the path") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise InputError(f"is no statement: {error}", where=str(path), do="give a file of show --export") from error


def _named_once(members: Sequence[tuple[str, object]]) -> None:
    """Of a member that is there twice some readers take the first, and the hash holds for the last."""
    for place, (name, _) in enumerate(members):
        if any(name == other for other, _ in members[:place]):
            msg = f"{shortened(name)!r} is there twice"
            raise ValueError(msg)
