"""`gatemeter statement`: closed bills, and whether they are what was closed."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from gatemeter.billing.bill_table import BILL_COLUMNS, bill_layout
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.statement import Statement, chain_faults, decoded, encoded, statement_of
from gatemeter.billing.statement_amounts import amount_faults
from gatemeter.billing.statement_store import intact_statements, stored_statements
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.plans import period_option
from gatemeter.cli.output import ResultForm, form_options, output, say
from gatemeter.cli.suggestions import SuggestingGroup
from gatemeter.errors import ExitCode, InputError, SettingsError
from gatemeter.output.layout import TableLayout
from gatemeter.output.result_file import write_whole
from gatemeter.output.text import shortened
from gatemeter.wiring.store import open_store

_FILE = click.Path(readable=False, path_type=Path, dir_okay=False)
_COLUMNS = ("number", "period", "closed_at", "lines", "corrections", "sha256")
_LIST = TableLayout(keys=("number", "period"), never_cut=("sha256",), most_important=("lines", "corrections"))


@click.group("statement", cls=SuggestingGroup, short_help="List, show and check closed bills.")
def command() -> None:
    """Closed bills: each is a JSON object with the hash of the one before it."""


@command.command("list")
@store_options
@form_options
def list_command(data: Path | None, clickhouse: str | None, *, form: ResultForm) -> None:
    """All statements of a store, by number."""
    with open_store(data, clickhouse, only_reads=True) as client:
        output([_listed(each) for each in stored_statements(client)], _COLUMNS, form, _LIST)


@command.command("show")
@store_options
@period_option("The period that was closed: 2026-02.")
@click.option("--export", type=_FILE, metavar="FILE", help="Write the statement itself to FILE, for anybody to check.")
@form_options
def show_command(
    data: Path | None, clickhouse: str | None, *, period: str, export: Path | None, form: ResultForm
) -> None:
    """The lines of a statement."""
    asked = str(BillingPeriod.parse(period))
    with open_store(data, clickhouse, only_reads=True) as client:
        found = statement_of(intact_statements(client), asked)
    if found is None:
        raise SettingsError(f"{asked} is not closed", where="--period", do="see gatemeter statement list")
    if export is not None:
        size_bytes = write_whole(export, [encoded(found), b"\n"])
        say(f"{export}: {size_bytes:,} bytes, sha256 {found.sha256}", err=False)
        return
    output(map(msgspec.structs.asdict, found.lines), BILL_COLUMNS, form, bill_layout(found.lines))


@command.command("check")
@click.argument("files", type=_FILE, nargs=-1, metavar="[FILE]...")
@click.option("--data", type=click.Path(readable=False, path_type=Path), help="Check the statements of this directory.")
@click.option("--clickhouse", metavar="URL", help="Check the statements of this server.")
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
