"""`gatemeter settle`: add usage up per day and month, so that answers do not slow down with the log."""

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import click

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.duration import Duration
from gatemeter.cli.output import ResultForm, form_options, output
from gatemeter.embedded.end_signals import interrupt_once
from gatemeter.errors import ClickHouseUnavailable, RetryableError, SettingsError
from gatemeter.escaping import escaped
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import Record
from gatemeter.settling.settler import QUIET, Settled, settle
from gatemeter.wiring.store import open_store

_COLUMNS = ("table", "unit", "settled", "rows", "not_over", "touched", "moved")
_LAYOUT = TableLayout(keys=("table",), totals=("settled", "rows"))


@click.command("settle", short_help="Add usage up per day and month: answers come faster.")
@store_options
@click.option("--every", type=Duration(), metavar="TIME", help="Go on until Ctrl-C, and settle every 10m, say.")
@click.option(
    "--quiet",
    type=Duration(),
    default=f"{QUIET.total_seconds() / 60:.0f}m",
    show_default=True,
    metavar="TIME",
    help="Leave days alone that were written to within this time.",
)
@form_options
def command(
    data: Path | None, clickhouse: str | None, every: timedelta | None, quiet: timedelta, form: ResultForm
) -> None:
    """Add the usage of each day (UTC) up, and of each month, so that reports need not read every hour.

    Answers stay the same: a day that was settled and is written to again is read by the hour until it is settled anew.
    A day is settled once it is over, a month once all its days are. Killed at any time, it leaves nothing behind that
    anybody reads. Several may run at once.

    Shows what was settled, and how many days or months are not yet, because they are not over, were just written to
    (touched), or were written to meanwhile (moved).
    """
    if every is not None and not every:
        raise SettingsError("no time lies between two runs", where="--every", do="give 10m, say")
    with interrupt_once():
        if every is None:
            output(_records(_settle(data, clickhouse, quiet)), _COLUMNS, form, _LAYOUT)
            return
        with suppress(KeyboardInterrupt):
            while True:
                _settle_again(data, clickhouse, quiet, form)
                time.sleep(every.total_seconds())


def _settle_again(data: Path | None, clickhouse: str | None, quiet: timedelta, form: ResultForm) -> None:
    """As one of many runs: while the server is down there is nothing to do but to wait for the next."""
    try:
        output(_records(_settle(data, clickhouse, quiet)), _COLUMNS, form, _LAYOUT)
    except (ClickHouseUnavailable, RetryableError) as error:
        click.echo(escaped(str(error)), err=True)


def _settle(data: Path | None, clickhouse: str | None, quiet: timedelta) -> list[Settled]:
    with open_store(data, clickhouse) as client:
        return list(settle(client, quiet=quiet))


def _records(found: Sequence[Settled]) -> list[Record]:
    return [_record(each) for each in found if each.units or each.waiting or each.moved]


def _record(settled: Settled) -> Record:
    return {
        "table": settled.target.rollup.name,
        "unit": settled.target.rung.value,
        "settled": settled.units,
        "rows": settled.rows,
        "not_over": sum(not unit.is_over for unit in settled.waiting),
        "touched": sum(unit.is_over and not unit.is_quiet for unit in settled.waiting),
        "moved": len(settled.moved),
    }
